// What the keys of rows and columns name: a model, an arm, a target, a language. "xlmr-base/squad", "xlmr-base/sw", "xnli/*:gain", "group:qa".
function readNames(facets) {
  const names = { model: new Map(), target: new Map(), language: new Map(), arm: new Map() };
  const titles = new Map(); // "qa", as keys have it -> "QA", as facets have it
  for (const facet of facets) {
    const groups = Object.fromEntries(facet.groups);
    names[facet.kind].set(facet.name, { ...facet, groups });
    if (groups.group) titles.set(groups.group.toLowerCase(), groups.group);
  }
  names.group = titles;
  for (const table of tables) {
    if (!table.told.columns.some((key) => names.target.has(splitColumn(key)[0]))) continue;
    table.told.rows.forEach((key, place) => {
      const [model, arm, ...more] = key.split("/");
      const row = table.rows[place];
      const ours = arm && !more.length && names.model.has(model) && !names.language.has(arm) && !names.target.has(arm);
      if (ours && !row.classList.contains("base") && !names.arm.has(arm)) names.arm.set(arm, { name: arm, title: stubOf(row) });
    });
  }
  return names;
}

function splitColumn(key) {
  return key.split(":")[0].split("/");
}

function namedByRow(names, key) {
  const [model, ...parts] = key.split("/");
  const found = { model: names.model.get(model) };
  for (const part of parts) for (const kind of ["arm", "target", "language"]) found[kind] ??= names[kind].get(part);
  return found;
}

function namedByColumn(names, key) {
  if (key.startsWith("group:")) {
    const name = key.split(":")[1];
    return { group: names.group.get(name) ?? name };
  }
  if (key.startsWith("model:")) return { model: names.model.get(key.slice("model:".length)) };
  const [name, language] = splitColumn(key);
  const target = names.target.get(name);
  if (!target) return { arm: names.arm.get(name) };
  return { target, language: names.language.get(language) ?? names.language.get((language ?? "").replace("*-", "")) };
}
