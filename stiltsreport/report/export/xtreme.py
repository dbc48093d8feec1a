"""Predictions in the layout that XTREME's evaluate.py reads and its leaderboard asks for: FOLDER/TASK/test-LANGUAGE.(tsv|json|jsonl).

Taken from the reading functions, the README and the mock predictions of google-research/xtreme:

* xnli, pawsx: one label a line (entailment, neutral, contradiction; 0, 1), in the order of the official test file.
* panx, udpos: one tag a line, a blank line after each sentence.
* xquad, mlqa, tydiqa (.json): an object from question id to answer text.
* bucc2018: SOURCE_ID tab ENGLISH_ID, mined pairs alone, in any order.
* tatoeba: for each English query the row number, from 0, of the sentence found in the file of the other language.
* XTREME-R: xcopa (.jsonl): {"label": 0 or 1} a line; mewslix (.json): an object from mention id to at most 20 entity ids. It scores no
  lareqa (its list of languages is empty), so there is none here.

Not certain: whether the leaderboard takes answers for questions that its files lack. XTREME shuffles the test sentences of tatoeba when it
downloads them: row numbers are worth something only for predictions on those very files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean

_XNLI = ("entailment", "neutral", "contradiction")
_BINARY = ("0", "1")
RANKED = 20  # Mewsli-X is scored to this depth
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was predicted for one example: a label or index, tags, a text, ids in rank order, or the mined id (None: none was mined)."""

    id: str
    prediction: Any


Rows = Sequence[Prediction]
Writer = Callable[[Rows, Sequence[str], str], str]  # (rows, ids of the pool in file order, where) -> content


def write_xtreme(
    rows_by_task: Mapping[tuple[str, str], Rows],
    folder: Path,
    pools: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> list[Path]:
    """Write the files of `xtreme_files` into what evaluate.py calls --prediction_folder, and return their paths; all of them or none.

    The folder is made where it is absent; files of the same names are replaced. Raises StiltsReportError as `xtreme_files`, and for a path
    that leads out of the folder.
    """
    return write_files(xtreme_files(rows_by_task, pools), folder)


def write_files(contents: Mapping[str, str], folder: Path) -> list[Path]:
    """Write texts by their path in a folder. Raises StiltsReportError, and writes none, where a link leads one out of it."""
    paths = {Path(folder) / name: text for name, text in contents.items()}
    for path in paths:
        if not path.resolve().is_relative_to(Path(folder).resolve()):
            raise StiltsReportError(f"{path} leads out of {folder}", where=path.parent.name, hint="remove the link")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(paths)


def xtreme_files(
    rows_by_task: Mapping[tuple[str, str], Rows], pools: Mapping[tuple[str, str], Sequence[str]] | None = None
) -> dict[str, str]:
    """The text of one file for each (task, language), by its path TASK/test-LANGUAGE.*.

    Args:
        rows_by_task: (task, language) -> predictions, in the order of the official test file.
        pools: (task, language) -> ids of the pool in file order, which turns tatoeba's ids into row numbers. Without it its ids must be
            the row numbers.

    Raises:
        StiltsReportError: an unknown task, a language that is no code, no predictions, a prediction that the layout cannot hold, or two
            predictions for one id.
    """
    contents: dict[str, str] = {}
    for (task, language), rows in sorted(rows_by_task.items()):
        where = f"{task}/{language}"
        if task not in LAYOUT:
            raise StiltsReportError(f"XTREME's prediction files have no task {task!r}", hint=did_you_mean(task, LAYOUT))
        if not _LANGUAGE.fullmatch(language):
            raise StiltsReportError(f"{language!r} is no language code", where=task, hint="two or three small letters, as 'de'")
        if not rows:
            raise StiltsReportError("no predictions", where=where, hint="leave the language out, or evaluate it first")
        extension, content = LAYOUT[task]
        _refuse_repeated(rows, where)
        contents[f"{task}/test-{language}.{extension}"] = content(rows, (pools or {}).get((task, language), ()), where)
    return contents


def _labels(known: tuple[str, ...]) -> Writer:
    def content(rows: Rows, _pool: Sequence[str], where: str) -> str:
        for row in rows:
            if str(row.prediction) not in known:
                raise _unfit(row, where, f"one of {', '.join(known)}")
        return "".join(f"{row.prediction}\n" for row in rows)

    return content


def _tags(rows: Rows, _pool: Sequence[str], where: str) -> str:
    for row in rows:
        if isinstance(row.prediction, str) or not all(_is_word(tag) for tag in row.prediction):
            raise _unfit(row, where, "a list of tags without blanks")
    # A blank line after each sentence, the last included: evaluate.py then counts a sentence without words as well.
    return "".join("".join(f"{tag}\n" for tag in row.prediction) + "\n" for row in rows)


def _answers(rows: Rows, _pool: Sequence[str], where: str) -> str:
    for row in rows:
        if not isinstance(row.prediction, str):
            raise _unfit(row, where, "a text")
    # Escaped to ASCII, since evaluate.py opens files in the encoding of its machine.
    return json.dumps({row.id: row.prediction for row in rows}, indent=1) + "\n"


def _rankings(rows: Rows, _pool: Sequence[str], where: str) -> str:
    for row in rows:
        if isinstance(row.prediction, str) or not all(_is_word(found) for found in row.prediction):
            raise _unfit(row, where, "a list of entity ids")
    return json.dumps({row.id: list(row.prediction[:RANKED]) for row in rows}, indent=1) + "\n"


def _choices(rows: Rows, _pool: Sequence[str], where: str) -> str:
    for row in rows:
        if row.prediction not in (0, 1) or isinstance(row.prediction, bool):
            raise _unfit(row, where, "0 or 1")
    return "".join(json.dumps({"label": int(row.prediction)}) + "\n" for row in rows)


def _pairs(rows: Rows, _pool: Sequence[str], where: str) -> str:
    mined = [row for row in rows if row.prediction is not None]
    for row in mined:
        if not _is_word(row.id) or not _is_word(row.prediction):
            raise _unfit(row, where, "ids without blanks, or none")
    return "".join(f"{row.id}\t{row.prediction}\n" for row in mined)


def _row_numbers(rows: Rows, pool: Sequence[str], where: str) -> str:
    number = {name: row for row, name in enumerate(pool)}
    lines = []
    for row in rows:
        found = row.prediction
        if isinstance(found, Sequence) and not isinstance(found, str):
            found = found[0] if found else None
        if pool and found in number:
            lines.append(f"{number[found]}\n")
        elif not pool and re.fullmatch(r"0|[1-9][0-9]*", str(found)):
            lines.append(f"{found}\n")
        else:
            raise _unfit(row, where, "an id of the pool" if pool else "a row number, or give the pool's ids in file order")
    return "".join(lines)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.split() == [value]


def _unfit(row: Prediction, where: str, right: str) -> StiltsReportError:
    return StiltsReportError(f"cannot write the prediction {row.prediction!r}", where=f"{where}: {row.id}", hint=f"must be {right}")


def _refuse_repeated(rows: Rows, where: str) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise StiltsReportError(f"two predictions for {row.id!r}", where=where, hint="export one evaluation at a time")
        seen.add(row.id)


LAYOUT: dict[str, tuple[str, Writer]] = {
    "xnli": ("tsv", _labels(_XNLI)),
    "pawsx": ("tsv", _labels(_BINARY)),
    "panx": ("tsv", _tags),
    "udpos": ("tsv", _tags),
    "xquad": ("json", _answers),
    "mlqa": ("json", _answers),
    "tydiqa": ("json", _answers),
    "bucc2018": ("tsv", _pairs),
    "tatoeba": ("tsv", _row_numbers),
    "xcopa": ("jsonl", _choices),
    "mewslix": ("json", _rankings),
}
