"""Readers of tables: sentence pairs, multiple choice, and a study's own columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Example, Passage, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.identities import Identities
from stiltsreport.tasks.rows import FIRST, LABEL, Row, example_from_row, identity, words_of
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import SEARCHED, Task

Reader = Callable[[Task, Sequence[SourceFile], str], Split]
_LINE = "sentence<TAB>sentence<TAB>label, without tabs inside"
_PAIR, _BARE = 2, 3  # columns: two sentences; with their label
_QQP_HEADER = ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"]
_QQP_CUT = 10  # GLUE's table of QQP has a few rows that a line break inside a question cuts in two: every reader of GLUE leaves them out
_PAIR_COLUMNS = {*FIRST, *LABEL, "hypothesis", "sentence2", "language"}


def _examples(task: Task, rows: Iterator[tuple[str, Row]]) -> tuple[Example, ...]:
    """The examples of rows, which are numbered through all files; rows without a gold label are left out."""
    found, ids = [], Identities()
    for number, (where, row) in enumerate(rows, start=1):
        example = example_from_row(task, row, str(number), where)
        if example is not None:
            ids.take(example.id, where)
            found.append(example)
    return tuple(found)


def read_table(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Rows with named columns, file after file."""
    del language
    return _examples(task, (pair for file in files for pair in text.rows(file.path)))


def read_sentence_pairs(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Sentence pairs: JSON lines, a table with a header (of one language, or of all with a column `language`), or three bare columns."""
    return _examples(task, (pair for file in files for pair in _pair_rows(file.path, language)))


def _pair_rows(path: str, language: str) -> Iterator[tuple[str, Row]]:
    if text.is_json(path):
        rows = text.json_lines(path)
    else:
        header = next(text.tab_fields(path))[1]
        if len(_PAIR_COLUMNS & set(header)) < _PAIR:
            yield from _bare_pairs(path)
            return
        rows = text.tab_rows(path, cut_rows=_QQP_CUT if header == _QQP_HEADER else 0)
    for where, row in rows:
        if row.get("language", language) == language:
            yield where, row


def _bare_pairs(path: str) -> Iterator[tuple[str, Row]]:
    for where, fields in text.tab_fields(path):
        if len(fields) != _BARE:
            hint = "XTREME's download leaves the labels of its test files out: take the publisher's" if len(fields) == _PAIR else _LINE
            raise DataError(f"{len(fields)} columns between tabs, not 3", where=where, hint=hint)
        yield where, {"sentence1": fields[0], "sentence2": fields[1], "label": fields[2]}


def read_socialiqa(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Social IQa: JSON lines with the answer in `correct`, or as published with answers 1 to 3 in a list of their own."""
    del language
    data, gold = [file for file in files if file.role == "data"], [file for file in files if file.role == "gold"]
    rows = [pair for file in data for pair in text.json_lines(file.path)]
    if gold:
        answers = [(where, line.strip()) for file in gold for where, line in text.numbered(file.path)]
        if len(answers) != len(rows):
            raise DataError(
                f"{len(answers)} answers for {len(rows)} questions",
                where=gold[0].path,
                hint="an answer a line, in the order of the questions",
            )
        rows = [(where, {**row, "label": answer}) for (where, row), (_, answer) in zip(rows, answers, strict=True)]
    return _examples(task, iter(rows))


def read_columns(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """A study's own task: JSON lines, CSV or TSV with a header, and the study's map from fields to columns."""
    rows = [pair for file in files for pair in text.rows(file.path)]
    if task.type not in SEARCHED:
        return _examples(task, iter(rows))
    queries, pool, ids = [], [], Identities()
    relevant: dict[str, tuple[str, ...]] = {}
    for number, (where, row) in enumerate(rows, start=1):
        name = ids.take(identity(task, row, str(number)), where)
        queries.append(Passage(name, words_of(task, row, ("english",), "English sentence", where, "english"), "en"))
        pool.append(Passage(name, words_of(task, row, ("other",), "translation", where, "other"), language))
        relevant[name] = (name,)
    return Retrieval(tuple(queries), tuple(pool), relevant)
