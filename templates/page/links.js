// Links to cells: #table-xtreme:xlmr-base/squad|xnli/* opens the page there, whatever is sorted or filtered; state.js has what stands behind "?".
const encoded = (key) => encodeURIComponent(key).replaceAll("%2F", "/");

function addressOf(cell) {
  const { table, row, column } = whereIs(cell);
  const keys = [table.told.rows[row], table.told.columns[column]];
  return keys.every(Boolean) ? `#${table.box.id}:${keys.map(encoded).join("|")}` : "";
}

function copyLink(address) {
  return copyText(location.href.split("#")[0] + address, "the link to this cell");
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function follow() {
  const [hash, state] = location.hash.slice(1).split("?");
  if (state !== undefined) await restoreState(state);
  else keepState();
  const cut = hash.indexOf(":");
  const box = document.getElementById(decoded(cut < 0 ? hash : hash.slice(0, cut)));
  if (!box) return;
  if (box.classList.contains("off")) {
    showMetric(box);
    box.scrollIntoView();
  }
  if (cut >= 0) await openCell(tables.find((table) => table.box === box), hash.slice(cut + 1));
  else if (state !== undefined) box.scrollIntoView();
}

async function openCell(table, keys) {
  if (!table || !(await dataOrSaid())) return;
  const [row, column] = (keys.includes("|") ? keys.split("|").map(decoded) : decoded(keys).split("|")).slice(0, 2);
  const line = table.rows[table.told.rows.indexOf(row)];
  const cell = line?.cells[table.told.columns.indexOf(column) + 1];
  if (!column || !cell || cell.localName !== "td") {
    table.box.scrollIntoView();
    return say("The cell of this link is not in this report.");
  }
  const behind = line.hidden || cell.hidden;
  if (behind) clearFilters();
  document.querySelector("td.linked")?.classList.remove("linked");
  cell.classList.add("linked");
  table.box.scrollIntoView({ behavior: "instant" });
  cell.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  await ask(cell, { pin: true, aloud: !behind });
  if (behind) say("The filter hid the cell of this link: it is cleared.");
}
