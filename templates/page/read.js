// A cell as it is shown: its numbers with their signs, and what a number is worth when rows are put in order.
const MINUS = "\u2212";
const UNITS = {
  s: 1, min: 60, h: 3600, d: 86400, K: 1e3, k: 1e3, M: 1e6, B: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30,
};

// {first, second}, each with text, signs, best, tied; second is null where there is none in view.
function readCell(cell) {
  const second = [...cell.children].find((child) => child.localName === "p");
  return { first: readNumber([...cell.childNodes].filter((node) => node !== second)), second: second ? readNumber([...second.childNodes]) : null };
}

function readNumber(nodes) {
  const found = { text: "", signs: "", best: false, tied: false };
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.text += node.data;
    else if (node.localName === "sup") found.signs += node.textContent;
    else {
      if (node.localName === "b") found.best = true;
      if (node.localName === "u") found.tied = true;
      node.childNodes.forEach(walk);
    }
  };
  nodes.forEach(walk);
  return { ...found, text: found.text.trim() };
}

// The value of a text that starts with a number: "−0.3", "±0.2", "1,070", "< .001", "[−0.2, 0.0]", "1.2 h", "278M"; null of any other.
function valueOf(text) {
  const plain = text.trim().replaceAll(MINUS, "-").replace(/(\d),(?=\d{3})/g, "$1");
  const found = /^[±<>≤≥≈[(]*\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\s*(KiB|MiB|GiB|min|[shdkKMB])(?![a-z]))?/.exec(plain);
  if (!found) return null;
  const value = Number(found[1]) * (UNITS[found[2]] ?? 1);
  return plain.startsWith("<") ? value * (1 - 1e-9) : value;
}

// Whether nothing stands there: a missing result, or a blank.
function isBlank(cell) {
  return cell.classList.contains("m") || cell.textContent.trim() === "";
}
