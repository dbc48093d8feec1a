// What stands behind a number: a card near its cell, by mouse, touch and keyboard.
const card = document.getElementById("asked");
const HOVER = 350; // milliseconds before a card opens under a resting mouse
const GRACE = 250; // and before it goes, so that the mouse can reach it
const NARROW = 768; // pixels: under it the card is at the screen's foot, and a cell that it would cover is scrolled free
let current = null; // the cell whose card is open
let pinned = false; // whether it stays until it is closed
let waiting = 0;

async function ask(cell, { pin = false, aloud = false } = {}) {
  clearTimeout(waiting);
  hush();
  current = cell;
  pinned = pin;
  const data = await dataOrSaid();
  if (!data || current !== cell) return;
  const { table, number } = whereIs(cell);
  const details = detailsOf(data, number);
  if (!details.length) {
    if (!pin) current = null;
    else cell.classList.add("asked");
    return;
  }
  const title = titleOf(cell);
  const list = make("dl", {}, ...details.map(([label, text]) => make("div", {}, make("dt", {}, label), make("dd", {}, text))));
  card.replaceChildren(make("p", { className: "of" }, title), list);
  const address = addressOf(cell);
  if (address) card.append(make("button", { onclick: () => copyLink(address) }, "Copy link to this cell"));
  const { signature } = table.told;
  if (signature) card.append(make("details", {}, make("summary", {}, "Signature"), make("code", {}, signature)));
  cell.classList.add("asked");
  card.hidden = false;
  place();
  if (pin && innerWidth < NARROW) scrollBy(0, Math.max(0, cell.getBoundingClientRect().bottom + 8 - card.getBoundingClientRect().top));
  if (aloud) tell(`${title}. ${details.map(([label, text]) => `${label}: ${text}`).join(". ")}`);
}

function hush() {
  clearTimeout(waiting);
  card.hidden = true;
  current?.classList.remove("asked");
  current = null;
  pinned = false;
}

function titleOf(cell) {
  const { table, column } = whereIs(cell);
  const row = cell.parentElement;
  return [groupOf(table, row).title, stubOf(row), table.titles[column + 1].title].filter(Boolean).join(" · ");
}

// Beneath the cell, or above it where there is more room; on a narrow screen the style puts the card at its foot.
function place() {
  if (!current || card.hidden) return;
  const cell = current.getBoundingClientRect();
  const box = current.closest(".scroll").getBoundingClientRect();
  if (cell.bottom < Math.max(0, box.top) || cell.top > Math.min(innerHeight, box.bottom)) return hush();
  const beneath = innerHeight - cell.bottom > card.offsetHeight + 12 || innerHeight - cell.bottom > cell.top;
  const left = Math.min(Math.max(8, cell.left), innerWidth - card.offsetWidth - 16);
  const top = beneath ? Math.min(cell.bottom + 6, innerHeight - card.offsetHeight - 8) : Math.max(8, cell.top - card.offsetHeight - 6);
  card.style.setProperty("--left", `${left}px`);
  card.style.setProperty("--top", `${top}px`);
}

function cellAt(target) {
  const cell = target instanceof Element ? target.closest("figure.table tbody td") : null;
  return cell && places.has(cell.parentElement) ? cell : null;
}

function listenToMouse() {
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse" || pinned || event.buttons) return;
    const cell = cellAt(event.target);
    clearTimeout(waiting);
    if (cell) waiting = cell === current ? 0 : setTimeout(() => ask(cell), HOVER);
    else if (current && !card.contains(event.target)) waiting = setTimeout(hush, GRACE);
  });
  document.addEventListener("click", (event) => {
    if (card.contains(event.target) || event.target.closest("a")) return;
    const cell = cellAt(event.target);
    if (!cell) return hush();
    if (String(getSelection())) return;
    if (cell === current && pinned) hush();
    else ask(cell, { pin: true, aloud: true });
  });
  let frame = 0;
  const moved = () => {
    cancelAnimationFrame(frame);
    if (current && !card.hidden) frame = requestAnimationFrame(place);
  };
  document.addEventListener("scroll", moved, { capture: true, passive: true });
  addEventListener("resize", moved);
}
