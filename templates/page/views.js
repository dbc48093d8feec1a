// Views of a table's cells: both numbers, one of them, or one seed's values.
const firstState = new WeakMap(); // a cell -> its nodes and class as written

async function setView(table, view, seed = "") {
  const data = view === "seed" ? await dataOrSaid() : null;
  if (view === "seed" && !data) return false;
  Object.assign(table, { view, seed });
  for (const row of table.rows) for (const cell of [...row.cells].slice(1)) showCell(cell, view, seed, data);
  if (table.sorted.direction !== "none") arrange(table);
  return true;
}

function showCell(cell, view, seed, data) {
  if (!firstState.has(cell)) {
    if (view === "both") return;
    firstState.set(cell, { nodes: [...cell.childNodes], name: cell.className });
  }
  const { nodes, name } = firstState.get(cell);
  const second = nodes.find((node) => node.localName === "p");
  cell.className = cell.classList.contains("linked") ? `${name} linked` : name;
  if (view === "both" || cell.classList.contains("m")) return cell.replaceChildren(...nodes);
  if (view === "first") return cell.replaceChildren(...nodes.filter((node) => node !== second));
  if (view === "second") return cell.replaceChildren(...alone(second));
  const values = seedValues(detailsOf(data, whereIs(cell).number));
  if (!values) return cell.replaceChildren(...nodes.filter((node) => node !== second));
  const value = values.get(seed) ?? values.get("");
  cell.classList.toggle("m", !value);
  cell.replaceChildren(value ?? "–");
}

// The second number as the only one, grey as it was.
function alone(second) {
  if (!second) return [];
  const nodes = [...second.cloneNode(true).childNodes];
  return second.classList.contains("k") ? nodes : [make("i", {}, ...nodes)];
}

// Each seed's value; under "" the one of a model that was not trained, which stands for all; null where the cell has none.
function seedValues(details) {
  const told = Object.fromEntries(details);
  const found = new Map([...(told.seeds ?? "").matchAll(/(?:^|, )(\d+): ([−+]?[\d.]+)/g)].map(([, seed, value]) => [seed, value]));
  const constant = /^[−+]?[\d.]+/.exec(told.value ?? "");
  if (constant) found.set("", constant[0]);
  return found.size ? found : null;
}

function seedsOf(table, data) {
  const found = new Set();
  for (let number = table.first; number < table.first + table.rows.length * (table.heads.length - 1); number++) {
    for (const seed of seedValues(detailsOf(data, number))?.keys() ?? []) if (seed) found.add(seed);
  }
  return [...found].sort((a, b) => a - b);
}

// The controls: a choice of view, and of a seed once that view is asked for.
function viewControls(table) {
  const { second, box } = table;
  const options = [];
  if (second === "gain") options.push(["both", "means and gains"], ["first", "means"], ["second", "gains"]);
  else if (second) options.push(["both", `with ${second}`], ["first", `without ${second}`]);
  else options.push(["both", "means"]);
  if ("seeds" in box.dataset) options.push(["seed", "one seed"]);
  if (options.length < 2) return [];
  const views = choice("Show", options, async (view) => {
    seeds.hidden = view !== "seed";
    if (view === "seed") {
      const data = await dataOrSaid();
      const list = seeds.querySelector("select");
      if (data && !list.length) list.append(...seedsOf(table, data).map((seed) => make("option", { value: seed }, seed)));
      if (!(await setView(table, view, list.value))) views.querySelector("select").value = table.view;
    } else await setView(table, view);
  });
  const seeds = choice("seed", [], (seed) => setView(table, "seed", seed));
  seeds.hidden = true;
  return [views, seeds];
}
