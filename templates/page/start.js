// Everything is put in place once; without this script the page reads as it stands.
function longControl(table) {
  if (!table.scroll.classList.contains("long")) return [];
  const button = make("button", { className: "more", "aria-pressed": "false" }, `Show all ${table.rows.length.toLocaleString("en")} rows`);
  button.addEventListener("click", () => {
    const open = table.scroll.classList.toggle("open");
    button.setAttribute("aria-pressed", String(open));
  });
  return [button];
}

readTables();
readFamilies();
for (const table of tables) {
  sortHeads(table);
  table.tools.append(...metricControl(table), ...viewControls(table), ...acrossControl(table), ...longControl(table), copyButtons(table));
}
filterBar();
listenToMouse();
listenToKeys();
addEventListener("hashchange", follow);
follow();
