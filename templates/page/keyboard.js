// Enter goes from a table's box into its cells, arrows move among cells and heads, Escape leaves.
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Escape") leave(here);
    else if (event.key === "Enter" && here.matches("figure.table .scroll")) enterTable(here, event);
    else if (event.key === "Enter" && here.matches("figure.table td")) here.querySelector("a")?.click();
    else if (MOVES[event.key]) move(here, MOVES[event.key], event);
  });
}

function leave(here) {
  const cell = card.contains(here) ? current : here;
  hush();
  if (cell?.matches?.("figure.table td, figure.table th button")) cell.closest(".scroll").focus();
}

function enterTable(box, event) {
  const table = tables.find((one) => one.scroll === box);
  const row = visibleLines(table)[1];
  const cell = row && [...row.cells].slice(1).find((one) => !one.hidden);
  if (!cell) return;
  event.preventDefault();
  enter(cell);
}

function move(here, [down, right], event) {
  const place = here.closest("figure.table td, figure.table thead th");
  if (!place || !(here === place || here.parentElement === place)) return;
  event.preventDefault();
  const table = tables.find((one) => one.element.contains(place));
  const lines = visibleLines(table);
  const line = lines[lines.indexOf(place.parentElement) + down];
  const columns = table.heads.map((_, column) => column).filter((column) => !table.heads[column].hidden);
  const column = columns[columns.indexOf(place.cellIndex) + right];
  const next = column === undefined ? null : line?.cells[column];
  if (next) enter(next);
}

// The line of heads, and the rows in view in their order.
function visibleLines(table) {
  const heads = table.heads[0].parentElement;
  return [heads, ...[...table.element.tBodies].filter((body) => !body.hidden).flatMap(visibleRows)];
}

function enter(cell) {
  const button = cell.querySelector("button");
  const goal = button ?? (cell.localName === "td" ? cell : null);
  if (!goal) return;
  if (!button) goal.tabIndex = -1;
  goal.focus({ preventScroll: true });
  bringNear(cell);
  if (button) hush();
  else ask(cell, { pin: true, aloud: true });
}

// Scrolls the cell into view, clear of the head and the column of names that stand before it.
function bringNear(cell) {
  const box = cell.closest(".scroll");
  const stub = cell.parentElement.cells[0].offsetWidth;
  const head = cell.closest("table").tHead.offsetHeight;
  cell.style.scrollMargin = `${head + 8}px 8px 8px ${Math.min(stub, box.clientWidth / 2) + 8}px`;
  cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}
