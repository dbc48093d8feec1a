// Rows in order: by a click on a column's head up, down and as they were; within groups, where the baseline stays first, or over all of them.
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

function sortHeads(table) {
  table.heads.forEach((head, place) => {
    const button = make("button", { tabIndex: place ? -1 : 0, onclick: () => sortBy(table, place) });
    button.append(...head.childNodes);
    head.append(button);
  });
}

function sortBy(table, column) {
  const direction = NEXT[table.sorted.column === column ? table.sorted.direction : "none"];
  sortTo(table, column, direction);
  const { title } = table.titles[column];
  tell(direction === "none" ? "Rows as they were." : `Sorted by ${title}, ${direction}.`);
  stateChanged();
}

function sortTo(table, column, direction) {
  table.sorted = { column, direction };
  table.heads.forEach((head, place) => {
    if (place === column && direction !== "none") head.setAttribute("aria-sort", direction);
    else head.removeAttribute("aria-sort");
  });
  arrange(table);
}

function arrange(table) {
  const sorted = table.sorted.direction !== "none";
  const across = sorted && table.across;
  table.box.classList.toggle("across", across);
  if (across) nameGroups(table);
  for (const group of table.groups) {
    if (group.head) group.body.prepend(group.head);
    if (!across) group.body.append(...(sorted ? inOrder(table, group.rows, true) : group.rows));
  }
  if (across) table.groups[0].body.append(...inOrder(table, table.rows, false));
  hideEmpty(table);
}

// The name of each row's group before its own: seen while groups are dissolved.
function nameGroups(table) {
  if (table.named) return;
  table.named = true;
  for (const group of table.groups) {
    if (!group.title) continue;
    for (const row of group.rows) row.cells[0].prepend(make("span", { className: "of" }, `${group.title} · `));
  }
}

function inOrder(table, rows, baselineFirst) {
  const { column, direction } = table.sorted;
  const turn = direction === "descending" ? -1 : 1;
  const keyed = rows.map((row) => {
    const cell = row.cells[column];
    const text = column ? readCell(cell).first.text.trim() : stubOf(row);
    return { row, text, blank: column > 0 && isBlank(cell), value: column ? valueOf(text) : null, base: baselineFirst && row.classList.contains("base") };
  });
  const numeric = keyed.every((one) => one.blank || one.value !== null);
  const compare = (a, b) => (numeric && column ? a.value - b.value : a.text.localeCompare(b.text, "en", { numeric: true }));
  keyed.sort((a, b) => b.base - a.base || a.blank - b.blank || (a.blank ? 0 : turn * compare(a, b)));
  return keyed.map((one) => one.row);
}

function acrossControl(table) {
  if (table.groups.filter((group) => group.title).length < 2) return [];
  const box = make("input", { type: "checkbox", onchange: () => { table.across = box.checked; arrange(table); stateChanged(); } });
  return [make("label", { className: "choice over" }, box, make("span", {}, "sort over all groups"))];
}
