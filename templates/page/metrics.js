// Tables of one target by several metrics become one with a choice of metric.
const families = new Map(); // a base table's id -> its boxes

function readFamilies() {
  for (const box of document.querySelectorAll("figure.table[data-of]")) {
    const base = document.getElementById(box.dataset.of);
    if (!families.has(base)) families.set(base, [base]);
    families.get(base).push(box);
  }
  for (const boxes of families.values()) for (const box of boxes.slice(1)) box.classList.add("off");
}

function metricControl(table) {
  const boxes = families.get(familyOf(table.box));
  if (!boxes) return [];
  const control = choice("Metric", boxes.map((box) => [box.id, box.dataset.metric]), (id) => {
    const box = document.getElementById(id);
    showMetric(box);
    box.querySelector(".metric select").focus();
  });
  control.classList.add("metric");
  control.querySelector("select").value = table.box.id;
  return [control];
}

function familyOf(box) {
  return box.dataset.of ? document.getElementById(box.dataset.of) : box;
}

// Brings a table into view that another metric's stands for.
function showMetric(box) {
  const boxes = families.get(familyOf(box));
  if (!boxes) return;
  for (const one of boxes) {
    one.classList.toggle("off", one !== box);
    const list = one.querySelector(".metric select");
    if (list) list.value = one.id;
  }
}
