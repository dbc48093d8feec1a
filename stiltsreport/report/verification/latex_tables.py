"""Our tables in a LaTeX file, alone or amid a paper, read back by the comments that they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stiltsreport.report.verification.grid import Grid, ShownCell, ShownRow, occurrences
from stiltsreport.report.verification.latex_cells import braced, plain, shown

_TABLE = re.compile(r"^[ \t]*%[ \t]*table:[ \t]*(?P<id>.*?);[ \t]*study:[ \t]*(?P<study>[0-9a-f]+)[ \t]*$", re.MULTILINE)
_SIGNATURE = re.compile(r"^[ \t]*%[ \t]*signature:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_COLUMNS = re.compile(r"^[ \t]*%[ \t]*columns:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_BEGIN = re.compile(r"\\begin\{tabular(\*|x)?\}")
_ROW = re.compile(r"%[ \t]*row:[ \t]*(.*?)[ \t]*$")
_RULES = ("toprule", "midrule", "bottomrule", "addlinespace", "cmidrule", "hline", "cline", "specialrule")
_AFTER_RULE = re.compile(r"\s*(\([^)]*\)|\[[^\]]*\]|\{[^}]*\})")
_SECOND = re.compile(r"\\stiltssecond|\\stiltssmaller")


@dataclass(frozen=True)
class Pasted:
    """One of our tables as a file has it. `panels` are its tabulars."""

    id: str
    study: str
    signature: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Panel:
    """One tabular. `keys` are those of its comment, () without one; `titles` the headers over each column, spanners first."""

    keys: tuple[str, ...]
    titles: tuple[str, ...]
    rows: tuple[tuple[ShownRow, tuple[ShownCell, ...]], ...]


@dataclass(frozen=True)
class _Line:
    """A line of a tabular: its cells in LaTeX, and the key that stands before it."""

    key: str | None
    cells: tuple[str, ...]
    head: bool


def tables_in(text: str) -> list[Pasted]:
    """Every table of ours in that LaTeX, known by its comment; [] where there is none."""
    marks = [found for found in _TABLE.finditer(text) if found["id"]]
    ends = [*(found.start() for found in marks[1:]), len(text)]
    return [_pasted(found, text[found.end() : end]) for found, end in zip(marks, ends, strict=False)]


def grid(pasted: Pasted, right: Pasted) -> tuple[Grid, list[str]]:
    """The pasted table with the rows and columns of the table that it comes from; and columns that cannot be told, in words."""
    names, ids = _columns(right)
    rows: dict[object, ShownRow] = {}
    cells: dict[tuple[object, object], ShownCell] = {}
    columns: dict[object, str] = {}
    lost: list[str] = []
    before: dict[tuple[object, ...], list[tuple[ShownRow, tuple[ShownCell, ...]]]] = {}
    for place, panel in enumerate(pasted.panels):
        if pasted is right:
            mapped: list[object | None] = list(ids[place])
        else:
            mapped = _mapped(panel, right, ids, names)
            lost += [
                f"column {title or number} cannot be told from its title"
                for number, (title, found) in enumerate(zip(panel.titles, mapped, strict=True), 1)
                if found is None
            ]
        before.setdefault(tuple(mapped), []).extend(panel.rows)
    for mapped_columns, lines in before.items():
        keys = occurrences([row.key or (row.group, row.stub) for row, _ in lines])
        for key, (row, line) in zip(keys, lines, strict=True):
            rows.setdefault(key, row)
            for column, cell in zip(mapped_columns, line, strict=False):
                if column is not None:
                    columns.setdefault(column, names[column])
                    cells[key, column] = cell
    return Grid(rows, columns, cells), lost


def _columns(right: Pasted) -> tuple[dict[object, str], list[list[object]]]:
    """What each column is called, by its id, and the ids of each panel's."""
    names: dict[object, str] = {}
    ids = []
    for panel in right.panels:
        pairs = list(zip(panel.keys or [""] * len(panel.titles), panel.titles, strict=True))
        found: list[object] = list(occurrences(pairs))
        names |= {one: key or title for one, (key, title) in zip(found, pairs, strict=True)}
        ids.append(found)
    return names, ids


def _mapped(panel: Panel, right: Pasted, ids: Sequence[Sequence[object]], names: dict[object, str]) -> list[object | None]:
    """The column that each of a pasted panel's is: by its title, which authors move with it; else by the key in the comment."""
    titles = {one: title for part, found in zip(right.panels, ids, strict=True) for one, title in zip(found, part.titles, strict=True)}
    keyed = len(panel.keys) == len(panel.titles)
    chosen: list[object | None] = []
    for place, title in enumerate(panel.titles):
        by_key = [one for one, name in names.items() if keyed and panel.keys[place] and name == panel.keys[place]]
        exact = [one for one in by_key if titles[one] == title]
        alike = [one for one, its in titles.items() if its == title or its.rpartition(" / ")[2] == title]
        named = [one for one in alike if names[one] in panel.keys] or alike
        free = [one for one in named if one not in chosen]
        found = exact or (alike if len(alike) == 1 else by_key or free)
        chosen.append(found[0] if found else None)
    return chosen


def _pasted(mark: re.Match[str], text: str) -> Pasted:
    signature = _SIGNATURE.search(text)
    return Pasted(mark["id"], mark["study"], signature[1] if signature else "", tuple(_panels(text)))


def _panels(text: str) -> Iterator[Panel]:
    """The tabulars, the author's own behind our last one aside: they have no keys where ours do."""
    found: list[tuple[Panel, bool]] = []
    place = 0
    while begin := _BEGIN.search(text, place):
        end = text.find(r"\end{tabular", begin.end())
        end = len(text) if end < 0 else end
        comments = _COLUMNS.findall(text, place, begin.start())
        start = begin.end()
        for _ in range(2 if begin[1] else 1):
            argument = braced(text, start)
            start = argument[1] if argument else start
        body = text[start:end]
        keys = tuple(key.strip() for key in re.split(r" *\| *", comments[-1])) if comments else ()
        found.append((_panel(keys, body), bool(comments) or bool(re.search(r"^[ \t]*% *row:", body, re.MULTILINE))))
        place = end
    ours = [panel for panel, keyed in found if keyed]
    yield from ours or [panel for panel, _ in found]


def _panel(keys: tuple[str, ...], body: str) -> Panel:
    lines = list(_lines(body))
    width = max((len(_spread(line.cells)) for line in lines), default=1) - 1
    titles: list[list[str]] = [[] for _ in range(width)]
    for line in lines:
        if line.head:
            for place, title in enumerate(_spread(line.cells)[1:]):
                titles[place].extend([plain(title)] if plain(title) else [])
    rows: list[tuple[ShownRow, tuple[ShownCell, ...]]] = []
    group = ""
    for line in lines:
        if line.head:
            continue
        stub = plain(line.cells[0]) if line.cells else ""
        if len(line.cells) == 1 and width and r"\multicolumn" in line.cells[0]:
            group = plain(_content(line.cells[0]))
        elif rows and line.key is None and (_SECOND.search(line.cells[0]) or not stub):
            rows[-1] = (rows[-1][0], _with_second(rows[-1][1], line.cells[1:]))
        else:
            cells = tuple(ShownCell(shown(cell)) for cell in _spread(line.cells)[1:])
            rows.append((ShownRow(group, stub, line.key or ""), cells))
    return Panel(keys, tuple(" / ".join(parts) for parts in titles), tuple(rows))


def _with_second(cells: tuple[ShownCell, ...], beneath: Sequence[str]) -> tuple[ShownCell, ...]:
    seconds = [shown(text) if text.strip() else None for text in beneath]
    seconds += [None] * (len(cells) - len(seconds))
    return tuple(ShownCell(cell.first, second) for cell, second in zip(cells, seconds, strict=False))


def _spread(cells: Sequence[str]) -> list[str]:
    r"""The cells, those of \multicolumn as many times as they take columns."""
    found: list[str] = []
    for cell in cells:
        many = re.match(r"\s*\\multicolumn\{(\d+)\}", cell)
        found += [_content(cell)] * int(many[1]) if many else [cell]
    return found


def _content(cell: str) -> str:
    r"""What a \multicolumn holds."""
    start = cell.index(r"\multicolumn") + len(r"\multicolumn")
    inner = ""
    for _ in range(3):
        argument = braced(cell, start)
        if argument is None:
            return inner
        inner, start = argument
    return inner


def _lines(body: str) -> Iterator[_Line]:
    r"""The lines of a tabular, ended by \\; comments are taken out, and rules told apart from what stands in cells."""
    cells, key, head = [""], None, r"\midrule" in body
    place, depth = 0, 0
    while place < len(body):
        sign = body[place]
        if sign == "%":
            end = body.find("\n", place)
            end = len(body) if end < 0 else end + 1
            row = _ROW.match(body[place:end].rstrip("\n"))
            key = row[1] if row else key
            place = end
        elif sign == "\\" and body[place + 1 : place + 2] == "\\" and depth == 0:
            place += 2
            after = re.compile(r"\*?[ \t]*(\[[^\]]*\])?").match(body, place)
            place = after.end() if after else place
            if any(cell.strip() for cell in cells) or len(cells) > 1:
                yield _Line(key, tuple(cell.strip() for cell in cells), head)
            cells, key = [""], None
        elif sign == "\\":
            command = re.compile(r"\\([a-zA-Z]+|.)", re.DOTALL).match(body, place)
            name = command[1] if command else ""
            place = command.end() if command else place + 1
            if name in _RULES:
                head = head and name != "midrule"
                while argument := _AFTER_RULE.match(body, place):
                    place = argument.end()
            else:
                cells[-1] += f"\\{name}"
        else:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if sign == "&" and depth == 0:
                cells.append("")
            else:
                cells[-1] += sign
            place += 1
    if any(cell.strip() for cell in cells):
        yield _Line(key, tuple(cell.strip() for cell in cells), head)
