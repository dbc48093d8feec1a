// Filters of the whole page: which rows and columns stay. Nothing chosen of a kind means all of it; a table that does not name it stays whole.
const KINDS = [
  { kind: "model", title: "Model", of: (named) => named.model?.name },
  { kind: "arm", title: "Intermediate task", of: (named) => named.arm?.name },
  { kind: "group", title: "Group of targets", of: (named) => named.target?.groups.group ?? named.group },
  { kind: "family", title: "Language family", of: (named) => named.language?.groups.family },
  { kind: "script", title: "Script", of: (named) => named.language?.groups.script },
];
const chosen = Object.fromEntries(KINDS.map(({ kind }) => [kind, new Set()]));
let wanted = ""; // what names of rows must hold
let names = null;

function isFiltered() {
  return wanted !== "" || KINDS.some(({ kind }) => chosen[kind].size);
}

function staysWith(named) {
  return KINDS.every(({ kind, of }) => {
    const name = of(named);
    return !chosen[kind].size || name === undefined || chosen[kind].has(name);
  });
}

// What can be chosen of each kind, as [name, title].
function choices() {
  const grouped = (kind, group) => [...new Set([...names[kind].values()].map((one) => one.groups[group]).filter(Boolean))];
  const pairs = (kind) => [...names[kind].values()].map((one) => [one.name, one.title]);
  return {
    model: pairs("model"),
    arm: pairs("arm"),
    group: grouped("target", "group").map((name) => [name, name]),
    family: grouped("language", "family").sort().map((name) => [name, name]),
    script: grouped("language", "script").sort().map((name) => [name, name]),
  };
}

// Hides what does not stay; gives how many rows and columns are hidden.
function applyFilters() {
  let rows = 0;
  let columns = 0;
  for (const table of tables) {
    rows += filterRows(table);
    columns += filterColumns(table);
    hideEmpty(table);
  }
  return { rows, columns };
}

function filterRows(table) {
  let hidden = 0;
  table.rows.forEach((row, place) => {
    const named = names ? namedByRow(names, table.told.rows[place]) : {};
    if (row.classList.contains("base")) delete named.arm;
    const stays = staysWith(named) && (!wanted || holds(stubOf(row), wanted));
    row.hidden = !stays;
    hidden += stays ? 0 : 1;
  });
  return hidden;
}

function holds(text, part) {
  return text.toLocaleLowerCase("en").includes(part.toLocaleLowerCase("en"));
}

function filterColumns(table) {
  const stay = table.titles.map((_, place) => !place || !names || staysWith(namedByColumn(names, table.told.columns[place - 1])));
  const before = table.stay ?? stay.map(() => true);
  stay.forEach((stays, place) => {
    if (stays === before[place]) return;
    table.heads[place].hidden = !stays;
    for (const row of table.rows) row.cells[place].hidden = !stays;
  });
  table.stay = stay;
  const left = stay.filter(Boolean).length;
  for (const group of table.groups) if (group.head) group.head.cells[0].colSpan = left;
  let place = 0;
  for (const { cell, width } of table.spanners) {
    const kept = stay.slice(place, place + width).filter(Boolean).length;
    cell.hidden = !kept;
    if (kept) cell.colSpan = kept;
    place += width;
  }
  return stay.length - left;
}

// Groups without a row are not shown; a table without any says so.
function hideEmpty(table) {
  const across = table.box.classList.contains("across");
  for (const group of table.groups) {
    group.body.hidden = across ? group !== table.groups[0] : group.rows.every((row) => row.hidden);
    if (group.head) group.head.hidden = across;
  }
  const columns = (table.stay ?? []).slice(1);
  const empty = table.rows.every((row) => row.hidden) || (columns.length > 0 && !columns.some(Boolean));
  table.box.classList.toggle("emptied", empty);
  if (empty && !table.said) table.scroll.after((table.said = make("p", { className: "none" }, "The filter hides all of this table.")));
  if (table.said) table.said.hidden = !empty;
}
