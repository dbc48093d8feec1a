// Copy buttons, and cells that say what stands behind them: by keyboard, touch and mouse. Without this script the page reads as it stands.
"use strict";
(() => {
  const asked = document.getElementById("asked");

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  for (const box of document.querySelectorAll("figure.table")) {
    const forms = box.querySelectorAll("pre[data-form]");
    if (!forms.length) continue;
    const bar = document.createElement("div");
    bar.className = "buttons";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Copy this table as");
    const word = document.createElement("span");
    word.textContent = "Copy as";
    bar.append(word);
    for (const form of forms) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = form.dataset.form;
      button.setAttribute("aria-label", `Copy the table as ${form.dataset.form}`);
      button.addEventListener("click", async () => {
        const done = await copy(form.textContent);
        button.textContent = done ? "Copied" : "Not copied";
        button.classList.toggle("done", done);
        say(done ? `Copied as ${form.dataset.form}.` : "The browser did not allow copying: open the text below the table.", true);
        setTimeout(() => { button.textContent = form.dataset.form; button.classList.remove("done"); }, 1600);
      });
      bar.append(button);
    }
    box.querySelector("details.copy").before(bar);
  }

  let current = null;
  let timer = 0;
  function say(text, brief) {
    clearTimeout(timer);
    asked.textContent = text;
    asked.hidden = !text;
    if (brief) timer = setTimeout(hush, 2400);
  }
  function hush() {
    asked.hidden = true;
    asked.textContent = "";
    current?.classList.remove("asked");
    current = null;
  }
  function ask(cell) {
    hush();
    if (!cell?.title) return;
    current = cell;
    cell.classList.add("asked");
    const row = cell.parentElement.cells[0].textContent;
    const heads = cell.closest("table").tHead.rows;
    const head = heads[heads.length - 1].cells[cell.cellIndex];
    say(`${row} · ${head.firstChild.textContent}\n${cell.title}`);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#asked, .buttons")) return;
    const cell = event.target.closest("td[title]");
    if (cell && cell === current) hush();
    else ask(cell);
  });

  // Enter goes from a table's box into its cells, arrows move, Escape leaves.
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  function enter(cell) {
    cell.tabIndex = -1;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    ask(cell);
  }
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (event.key === "Escape") {
      if (here?.tagName === "TD") here.closest(".scroll").focus();
      hush();
    } else if (event.key === "Enter" && here?.matches("figure.table .scroll")) {
      const first = here.querySelector("td[title]");
      if (first) enter(first);
    } else if (here?.tagName === "TD" && moves[event.key]) {
      event.preventDefault();
      const [down, right] = moves[event.key];
      const rows = [...here.closest("table").querySelectorAll("tbody tr:not(.group)")];
      const row = rows[rows.indexOf(here.parentElement) + down];
      const next = row?.cells[here.cellIndex + right];
      if (next?.tagName === "TD") enter(next);
    }
  });
})();
