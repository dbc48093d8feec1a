// Figures under the page's filters: what speaks of something that does not stay is veiled, a figure of a model that does not stay is hidden,
// and a filter that a figure does not know is named beneath it.
const REACHED = { model: ["model"], arm: ["arm"], target: ["group"], language: ["family", "script"] };

function filterFigures() {
  for (const box of document.querySelectorAll("figure.picture")) {
    const veils = [...box.querySelectorAll(".veils path")];
    const kindOf = (veil) => veil.parentElement.dataset.kind;
    const stays = (kind, name) => !names || staysWith({ [kind]: names[kind].get(name) });
    for (const veil of veils) veil.classList.toggle("on", !stays(kindOf(veil), veil.dataset.name));
    const gone = "model" in box.dataset && !stays("model", box.dataset.model);
    box.classList.toggle("emptied", gone);
    const reached = new Set(veils.flatMap((veil) => REACHED[kindOf(veil)]));
    if ("model" in box.dataset) reached.add("model");
    const unknown = KINDS.filter(({ kind }) => chosen[kind].size && !reached.has(kind)).map(({ title }) => title.toLowerCase());
    if (wanted) unknown.push("name of the row");
    saidOf(box, gone ? "The filter hides this figure." : unknown.length ? `This figure is not filtered by ${unknown.join(", ")}.` : "");
  }
}

function saidOf(box, text) {
  let said = box.querySelector(".none");
  if (!said && text) box.append((said = make("p", { className: "none" })));
  if (!said) return;
  said.textContent = text;
  said.hidden = !text;
}
