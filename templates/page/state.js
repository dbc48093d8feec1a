// What is filtered and sorted, in the page's address behind "?", so that a link shows what is in view: #?model=a,b&rows=sw&sort=table-xtreme:2:descending
function stateOf() {
  const parts = KINDS.filter(({ kind }) => chosen[kind].size).map(({ kind }) => `${kind}=${[...chosen[kind]].map(encodeURIComponent).join(",")}`);
  if (wanted) parts.push(`rows=${encodeURIComponent(wanted)}`);
  for (const { box, sorted, across } of tables) {
    if (sorted.direction !== "none") parts.push(`sort=${[encodeURIComponent(box.id), sorted.column, sorted.direction, ...(across ? ["all"] : [])].join(":")}`);
  }
  return parts.join("&");
}

function keepState() {
  const state = stateOf();
  const place = location.hash.slice(1).split("?")[0];
  const address = place + (state && `?${state}`);
  history.replaceState(null, "", location.href.split("#")[0] + (address && `#${address}`));
}

// Puts the page as such an address says; what it names and this report lacks is left out, and said.
async function restoreState(text) {
  if (text === stateOf()) return;
  const asked = text.split("&").map((part) => part.split("=")).filter((part) => part.length === 2);
  if (!(await readFacets())) return;
  const offered = choices();
  let lost = 0;
  wanted = "";
  for (const { kind } of KINDS) chosen[kind].clear();
  const sorts = new Map();
  for (const [key, value] of asked) {
    if (key === "rows") wanted = decoded(value).trim();
    else if (key === "sort") lost += readSort(value, sorts) ? 0 : 1;
    else for (const name of value.split(",").map(decoded)) {
      if (Object.hasOwn(offered, key) && offered[key].some(([known]) => known === name)) chosen[key].add(name);
      else lost += 1;
    }
  }
  for (const table of tables) {
    const { column, direction, across } = sorts.get(table) ?? { column: -1, direction: "none", across: false };
    const box = table.tools.querySelector(".over input");
    if (box) box.checked = table.across = across;
    if (direction !== table.sorted.direction || column !== table.sorted.column || across) sortTo(table, column, direction);
  }
  shown.search.value = wanted;
  shown.panel.replaceChildren();
  if (!shown.panel.hidden) await openPanel(true);
  refresh();
  if (lost) say("The link names something that is not in this report.");
}

function readSort(text, sorts) {
  const [id, column, direction, all] = text.split(":");
  const table = tables.find(({ box }) => box.id === decoded(id));
  if (!table || !/^\d+$/.test(column) || !table.heads[column] || !["ascending", "descending"].includes(direction)) return false;
  sorts.set(table, { column: Number(column), direction, across: all === "all" });
  return true;
}
