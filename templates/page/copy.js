// Tables to take along: LaTeX as the report wrote it, whole; CSV and Markdown of what is in view, in its order.
const RAISED = { t: "ᵗ", s: "ˢ", p: "ᵖ", n: "ⁿ", f: "ᶠ", d: "ᵈ" };
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

// What moves a terminal's cursor or turns the text around it.
const UNSHOWN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const onOneLine = (text) => text.replace(UNSHOWN, "").replace(SPACES, " ").replace(/^ | $/g, "");
const raised = (signs) => [...signs].map((sign) => RAISED[sign] ?? sign).join("");
const escaped = (text) => onOneLine(text).replace(/[\\`*_[\]|#~$^]/g, "\\$&").replaceAll("&", "&amp;").replaceAll("<", "&lt;");

// What is in view: titles of the visible columns, and groups of visible rows in their order.
function inView(table) {
  const columns = table.titles.map((_, place) => place).filter((place) => !table.heads[place].hidden);
  const across = table.box.classList.contains("across");
  const groups = table.groups.map((group) => ({ title: group.title, rows: visibleRows(group.body) })).filter((group) => group.rows.length);
  const titles = columns.map((place) => {
    const { title, subtitle } = table.titles[place];
    return subtitle ? `${title} (${subtitle})` : title;
  });
  return { columns, titles, groups, across, alone: VIEW_WORDS[table.view]?.(table) ?? "" };
}

const VIEW_WORDS = { second: (table) => table.second, seed: (table) => `seed ${table.seed}` };

function visibleRows(body) {
  return [...body.rows].filter((row) => !row.hidden && !row.classList.contains("group"));
}

function asCsv(table) {
  const { columns, titles, groups, alone } = inView(table);
  const doubled = columns.map((place) => table.view === "both" && table.rows.some((row) => row.cells[place].querySelector("p")));
  const grouped = table.groups.some((group) => group.title);
  const head = grouped ? ["group"] : [];
  titles.forEach((title, place) => {
    if (place && alone) head.push(`${title}: ${alone}`);
    else head.push(title);
    if (place && doubled[place]) head.push(`${title}: ${table.second}`);
  });
  const lines = [head.map(onOneLine)];
  for (const row of groups.flatMap((group) => group.rows)) {
    const line = grouped ? [groupOf(table, row).title] : [];
    columns.forEach((place, index) => {
      if (!place) return line.push(stubOf(row));
      const { first, second } = readCell(row.cells[place]);
      line.push(row.cells[place].classList.contains("m") ? "" : plainNumber(first.text));
      if (doubled[index]) line.push(second ? plainNumber(second.text) : "");
    });
    lines.push(line.map(onOneLine));
  }
  return lines.map((line) => `${line.map(quoted).join(",")}\n`).join("");
}

// A number without ± and +, and with a plain minus sign, so that programs read it; other text as it is.
function plainNumber(text) {
  return /^±?[+−]?\d+(\.\d+)?$/.test(text) ? text.replace(/[±+]/g, "").replace(MINUS, "-") : text;
}

function quoted(field) {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function asMarkdown(table) {
  const view = inView(table);
  const lines = [];
  for (const group of view.groups) {
    if (group.title && !view.across) lines.push([`**${escaped(group.title)}**`, ...view.columns.slice(1).map(() => "")]);
    for (const row of group.rows) {
      const stub = view.across ? row.cells[0].textContent : stubOf(row);
      lines.push(view.columns.map((place) => (place ? markdownCell(row.cells[place]) : escaped(stub))));
    }
  }
  const head = view.titles.map(escaped);
  const right = view.columns.map((place) => place > 0 && !table.heads[place].classList.contains("l"));
  const widths = head.map((_, place) => Math.max(...[head, ...lines].map((line) => [...line[place]].length)));
  const rule = widths.map((width, place) => (right[place] ? `${"-".repeat(Math.max(width, 3) - 1)}:` : "-".repeat(Math.max(width, 3))));
  const grid = [head, rule, ...lines].map((line) => `| ${line.map((text, place) => padded(text, widths[place], right[place])).join(" | ")} |`);
  const texts = (selector) => [...table.box.querySelectorAll(selector)].map((node) => node.textContent);
  const signs = [...table.box.querySelectorAll(".signs > span")].map((one) => `${raised(one.firstChild.textContent)}${one.lastChild.data}`);
  const notes = [...texts("figcaption > span"), ...(signs.length ? [`${signs.join("; ")}.`] : []), ...texts(".sources > span"), ...leftOut(table)];
  const [title] = texts("caption");
  return `**${escaped(title)}**\n\n${grid.join("\n")}\n\n${notes.map(escaped).join("\n\n")}\n`;
}

// What a copy must say of itself, where it is not the whole table as written.
function leftOut(table) {
  const rows = table.rows.filter((row) => row.hidden).length;
  const columns = table.heads.filter((head) => head.hidden).length;
  const found = [];
  if (table.view === "seed") found.push(`Of seed ${table.seed} alone.`);
  if (rows || columns) found.push(`Left out by a filter: rows ${rows}, columns ${columns}.`);
  return found;
}

function markdownCell(cell) {
  const { first, second } = readCell(cell);
  let text = escaped(first.text + raised(first.signs));
  if (first.best) text = `**${text}**`;
  if (first.tied) text = `<u>${text}</u>`;
  return second ? `${text} (${escaped(second.text + raised(second.signs))})` : text;
}

function padded(text, width, right) {
  const room = " ".repeat(Math.max(0, width - [...text].length));
  return right ? room + text : text + room;
}

const FORMS = { LaTeX: async (table) => (await dataOrSaid()) && table.told.latex, CSV: asCsv, Markdown: asMarkdown };

function copyButtons(table) {
  const buttons = Object.entries(FORMS).map(([form, write]) => {
    const button = make("button", { "aria-label": `Copy the table as ${form}` }, form);
    button.addEventListener("click", async () => {
      const text = await write(table);
      if (text) await copyText(text, `the table as ${form}`);
    });
    return button;
  });
  return make("div", { className: "copy", role: "group", "aria-label": "Copy this table" }, make("span", {}, "Copy"), ...buttons);
}
