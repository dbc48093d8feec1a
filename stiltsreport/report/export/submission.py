"""Whether a folder of predictions is a whole submission to XTREME or XTREME-R: which files there must be, and the form of each.

The rules are those of evaluate.py and of the mock predictions of google-research/xtreme (xtreme.py has them in words): every task in every
language of the benchmark, a prediction for each official example, in the task's own labels. LAReQA has no files there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from stiltsreport.report.export.xtreme import LAYOUT, RANKED
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import Benchmark, Task

Check = Callable[[str, Task, str], int]  # (text, task, language) -> predictions in it; raises ValueError with what is wrong


def benchmark_of(tasks: Collection[str]) -> Benchmark:
    """The benchmark that most of these tasks are of, XTREME where both are as near."""
    return max(BENCHMARKS.values(), key=lambda one: len(expected(one).keys() & set(tasks)))


def expected(benchmark: Benchmark) -> dict[str, tuple[str, ...]]:
    """The tasks that a submission has files of, and their languages."""
    return {task: languages for task, languages in benchmark.tasks if task in LAYOUT}


def missing(benchmark: Benchmark, present: Collection[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What of a submission is not there: languages by task."""
    absent = {
        task: tuple(language for language in languages if (task, language) not in present)
        for task, languages in expected(benchmark).items()
    }
    return {task: languages for task, languages in absent.items() if languages}


def faults(files: Mapping[str, str]) -> Iterator[str]:
    """What is wrong in the files of a submission, TASK/test-LANGUAGE.* -> text: "PATH: what, and what would be right"."""
    for path, text in files.items():
        found = re.fullmatch(r"(\w+)/test-([a-z]{2,3})\.(\w+)", path)
        if found is None or found[1] not in LAYOUT or LAYOUT[found[1]][0] != found[3]:
            forms = ", ".join(f"{task} .{kind}" for task, (kind, _) in LAYOUT.items())
            yield f"{path}: no file of a submission; TASK/test-LANGUAGE, as {forms}"
            continue
        task, language = TASKS[found[1]], found[2]
        try:
            count = _CHECKS[task.name](text, task, language)
        except ValueError as error:
            yield f"{path}: {error}"
            continue
        official = _official(task, language)
        if official is not None and count != official:
            yield f"{path}: {count:,} predictions; {official:,} are asked for"


def _official(task: Task, language: str) -> int | None:
    """The number of examples that are scored; None where it is not recorded, and where any number of pairs may be mined."""
    if task.type == "bitext_mining":
        return None
    sizes = dict(task.sizes)
    return sizes.get(f"{task.official_split}.{language}", sizes.get(task.official_split))


def _lines(text: str) -> list[str]:
    """As evaluate.py reads them: without what follows the last line break."""
    if not text.endswith("\n"):
        raise ValueError("the last line does not end, and would not be read")
    return text.split("\n")[:-1]


def _labels(text: str, task: Task, _language: str) -> int:
    lines = _lines(text)
    _known(lines, task)
    return len(lines)


def _tags(text: str, task: Task, _language: str) -> int:
    lines = _lines(text)
    _known([line for line in lines if line], task)
    if lines[-1:] != [""]:
        raise ValueError("no blank line after the last sentence")
    return lines.count("")


def _known(labels: Collection[str], task: Task) -> None:
    for number, label in enumerate(labels, start=1):
        if label not in task.labels:
            raise ValueError(f"label {number} is {label!r}; must be one of {', '.join(task.labels)}")


def _answers(text: str, _task: Task, _language: str) -> int:
    answers = _object(text)
    for name, answer in answers.items():
        if not isinstance(answer, str):
            raise ValueError(f"the answer to {name} is no text")  # noqa: TRY004 - a fault of the file
    return len(answers)


def _rankings(text: str, _task: Task, _language: str) -> int:
    rankings = _object(text)
    for name, found in rankings.items():
        if not isinstance(found, list) or len(found) > RANKED or not all(isinstance(one, str) for one in found):
            raise ValueError(f"{name} has no list of at most {RANKED} entities")
    return len(rankings)


def _object(text: str) -> dict[str, object]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("an id stands there twice")
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - a fault of the file
    return found


def _choices(text: str, _task: Task, _language: str) -> int:
    lines = _lines(text)
    for number, line in enumerate(lines, start=1):
        found = _object(line)
        if found not in ({"label": 0}, {"label": 1}) or isinstance(found["label"], bool):
            raise ValueError(f'line {number} must be {{"label": 0}} or {{"label": 1}}')
    return len(lines)


def _pairs(text: str, _task: Task, language: str) -> int:
    lines = _lines(text)
    form = re.compile(rf"{language}-\d+\ten-\d+")
    for number, line in enumerate(lines, start=1):
        if not form.fullmatch(line):
            raise ValueError(f"line {number} must be {language}-NUMBER, a tab, en-NUMBER")
    if len(set(lines)) < len(lines):
        raise ValueError("a pair stands there twice")
    return len(lines)


def _row_numbers(text: str, task: Task, language: str) -> int:
    lines = _lines(text)
    pool = _official(task, language) or len(lines)
    for number, line in enumerate(lines, start=1):
        if not re.fullmatch(r"0|[1-9]\d*", line) or int(line) >= pool:
            raise ValueError(f"line {number} must be a row number from 0 to {pool - 1}")
    return len(lines)


_CHECKS: dict[str, Check] = {
    "xnli": _labels,
    "pawsx": _labels,
    "panx": _tags,
    "udpos": _tags,
    "xquad": _answers,
    "mlqa": _answers,
    "tydiqa": _answers,
    "bucc2018": _pairs,
    "tatoeba": _row_numbers,
    "xcopa": _choices,
    "mewslix": _rankings,
}
