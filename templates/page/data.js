// What cells say when asked: unpacked once, when something first needs it.
const CANNOT = "This browser cannot unpack the details of this report; a newer one can.";
let unpacking = null;

function openData() {
  unpacking ??= unpack();
  return unpacking;
}

async function unpack() {
  if (typeof DecompressionStream !== "function") throw new Error(CANNOT);
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { tables: told, details, facets } = await new Response(stream).json();
  tables.forEach((table, place) => { table.told = told[place]; });
  const labels = Object.entries(details).map(([label, { cells, texts }]) => {
    let number = 0;
    return { label, texts, numbers: Int32Array.from(cells, (distance) => (number += distance)) };
  });
  return { facets, labels };
}

// The (label, text) pairs of a cell, in the order in which a cell shows them.
function detailsOf(data, number) {
  const found = [];
  for (const { label, texts, numbers } of data.labels) {
    const place = placeIn(numbers, number);
    if (place >= 0) found.push([label, texts[place]]);
  }
  return found;
}

function placeIn(numbers, number) {
  let low = 0;
  let high = numbers.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] === number) return middle;
    if (numbers[middle] < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

// The data, or null after having told the reader why there is none.
async function dataOrSaid() {
  try {
    return await openData();
  } catch (error) {
    say(error.message === CANNOT ? CANNOT : "The details of this report are damaged: they could not be unpacked.");
    return null;
  }
}
