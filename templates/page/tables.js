// The page's tables as they stand at first: their cells' numbers, titles, groups and rows. Sorting and filtering change the page, not these.
const tables = [];
const places = new WeakMap(); // a row -> its table and its place there

function readTables() {
  let first = 0;
  for (const box of document.querySelectorAll("figure.table")) {
    const element = box.querySelector("table");
    if (!element) continue;
    const lines = element.tHead.rows;
    const heads = [...lines[lines.length - 1].cells];
    const table = {
      box, element, heads, first,
      scroll: box.querySelector(".scroll"),
      tools: box.querySelector(".tools"),
      second: box.dataset.second ?? "",
      titles: heads.map((head) => ({ title: ownText(head), subtitle: head.querySelector("small")?.textContent ?? "" })),
      spanners: lines.length > 1 ? [...lines[0].cells].map((cell) => ({ cell, width: cell.colSpan })) : [],
      groups: [...element.tBodies].map(readGroup),
      view: "both", seed: "", across: false, sorted: { column: -1, direction: "none" },
    };
    table.rows = table.groups.flatMap((group) => group.rows);
    table.rows.forEach((row, place) => places.set(row, { table, place }));
    first += table.rows.length * (heads.length - 1);
    tables.push(table);
  }
}

function readGroup(body) {
  const rows = [...body.rows];
  const head = rows[0]?.classList.contains("group") ? rows.shift() : null;
  return { body, head, rows, title: head ? head.textContent : "" };
}

// A cell's table, the places of its row and column, and its number in the page's data.
function whereIs(cell) {
  const { table, place } = places.get(cell.parentElement);
  const column = cell.cellIndex - 1;
  return { table, row: place, column, number: table.first + place * (table.heads.length - 1) + column };
}

function groupOf(table, row) {
  return table.groups.find((group) => group.rows.includes(row));
}

// A row's name, without the group's that stands before it while groups are dissolved.
function stubOf(row) {
  return ownText(row.cells[0]);
}

// The text of an element's own text nodes.
function ownText(element) {
  return [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
}

// An element with text and listeners; what a study's author wrote is only ever text.
function make(name, settings = {}, ...children) {
  const made = document.createElement(name);
  if (name === "button") made.type = "button";
  for (const [key, value] of Object.entries(settings)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.startsWith("aria")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// A choice of one, with its word before it.
function choice(word, options, onchange) {
  const list = make("select", { onchange: () => onchange(list.value) });
  list.append(...options.map(([value, text]) => make("option", { value }, text)));
  return make("label", { className: "choice" }, make("span", {}, word), list);
}
