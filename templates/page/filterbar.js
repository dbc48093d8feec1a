// The bar that filters the page: quiet until opened, and always saying what is on.
const bar = document.getElementById("filters");
const shown = {};

function filterBar() {
  const panel = make("div", { id: "choices", hidden: true });
  const opener = make("button", { className: "opener", "aria-expanded": "false", "aria-controls": "choices" }, "Filter");
  opener.addEventListener("click", () => openPanel(panel.hidden));
  const search = make("input", { type: "search", placeholder: "Rows named …", "aria-label": "Show rows whose name holds", spellcheck: false });
  search.addEventListener("input", () => { wanted = search.value.trim(); refresh(); });
  const state = make("p", { className: "state" });
  const clear = make("button", { className: "clear", hidden: true, onclick: () => { clearFilters(); opener.focus(); } }, "Clear");
  const link = make("button", { hidden: true, onclick: () => copyText(location.href, "a link to what is in view") }, "Copy link");
  bar.append(make("div", { className: "line" }, opener, search, state, link, clear), panel);
  Object.assign(shown, { panel, opener, search, state, link, clear });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden || !bar.contains(document.activeElement)) return;
    openPanel(false);
    opener.focus();
  });
}

async function openPanel(open) {
  const { panel, opener } = shown;
  if (open && !panel.childElementCount) {
    if (!(await readFacets())) return;
    const offered = choices();
    panel.append(...KINDS.filter(({ kind }) => offered[kind].length > 1).map((one) => fieldOf(one, offered[one.kind])));
  }
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
}

async function readFacets() {
  const data = await dataOrSaid();
  if (data) names ??= readNames(data.facets);
  return Boolean(data);
}

function fieldOf({ kind, title }, offered) {
  const boxes = offered.map(([name, text]) => {
    const box = make("input", { type: "checkbox", checked: chosen[kind].has(name), onchange: () => { chosen[kind][box.checked ? "add" : "delete"](name); refresh(); } });
    return make("label", {}, box, make("span", {}, text));
  });
  return make("fieldset", {}, make("legend", {}, title), make("div", {}, ...boxes));
}

function refresh() {
  const { rows, columns } = applyFilters();
  const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const on = KINDS.filter(({ kind }) => chosen[kind].size).map(({ kind, title }) => {
    const titles = choices()[kind].filter(([name]) => chosen[kind].has(name)).map(([, text]) => text);
    return `${title}: ${titles.join(", ")}`;
  });
  if (wanted) on.push(`Rows named “${wanted}”`);
  const hidden = `${counted(rows, "row")}, ${counted(columns, "column")} hidden`;
  filterFigures();
  const { state, clear, opener } = shown;
  state.replaceChildren();
  if (on.length) state.append(make("span", { className: "on" }, on.join("; ")), " ", hidden);
  clear.hidden = !on.length;
  opener.classList.toggle("active", on.length > 0);
  tell(on.length ? hidden : "All rows and columns are shown.");
  hush();
  stateChanged();
}

// The address follows what is in view; a link to it can be had while it is not all.
function stateChanged() {
  keepState();
  shown.link.hidden = !stateOf();
}

function clearFilters() {
  wanted = "";
  shown.search.value = "";
  for (const { kind } of KINDS) chosen[kind].clear();
  for (const box of shown.panel.querySelectorAll("input")) box.checked = false;
  refresh();
}
