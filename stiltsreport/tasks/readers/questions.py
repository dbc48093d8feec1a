"""Readers of SQuAD's JSON: questions on paragraphs, and LAReQA's sentences of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Passage, Question, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.rows import question
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task


def _paragraphs(path: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(where, title, paragraph) of every paragraph."""
    content = text.document(path)
    try:
        for a, article in enumerate(content["data"]):
            for p, paragraph in enumerate(article["paragraphs"]):
                yield f"{path}: data[{a}].paragraphs[{p}]", str(article.get("title", "")), paragraph
    except (KeyError, TypeError) as error:
        raise DataError(f"is not in SQuAD's form: no {error}", where=path, hint="data / paragraphs / context, qas") from error


def _questions(task: Task, path: str, language: str) -> Iterator[Question]:
    for where, title, paragraph in _paragraphs(path):
        for q, asked in enumerate(paragraph.get("qas", ())):
            here = f"{where}.qas[{q}]"
            try:
                answers = list(dict.fromkeys((str(answer["text"]), int(answer["answer_start"])) for answer in asked["answers"]))
                name, words, context = str(asked["id"]), str(asked["question"]), str(paragraph["context"])
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(f"a question without {error}", where=here) from error
            if asked.get("is_impossible"):
                answers = []
            if language and _of_another_language(name, language):
                continue
            yield question(task, name, words, context, answers, here, where.partition(": ")[2], title)


_TYDIQA = ("arabic", "bengali", "english", "finnish", "indonesian", "japanese", "korean", "russian", "swahili", "telugu", "thai")
_TYDIQA_CODES = dict(zip(_TYDIQA, ("ar", "bn", "en", "fi", "id", "ja", "ko", "ru", "sw", "te", "th"), strict=True))


def _of_another_language(name: str, language: str) -> bool:
    """TyDiQA's own files hold all languages, told apart by the ids (english-123)."""
    code = _TYDIQA_CODES.get(name.partition("-")[0])
    return code is not None and code != language


def read_squad(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """SQuAD 1.1 or 2.0, XQuAD, MLQA, TyDiQA-GoldP; JSON lines of the Hub's columns too."""
    return tuple(item for file in files for item in _questions(task, file.path, language if task.name == "tydiqa" else ""))


def read_lareqa(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """XQuAD-R: the questions of one language, and as pool every sentence of every file, which carries its paragraph as context.

    A question's right passages are, in each language, the sentence in which its answer starts (Roy et al. 2020).
    """
    del task
    pool: list[Passage] = []
    queries: list[Passage] = []
    relevant: dict[str, list[str]] = {}
    for file in files:
        for where, _, paragraph in _paragraphs(file.path):
            breaks = paragraph.get("sentence_breaks")
            if not breaks:
                raise DataError("no sentence_breaks", where=where, hint="the files of LAReQA's own repository have them")
            base = f"{file.language}:{Path(file.path).name}:{where.partition(': ')[2]}"
            names = [f"{base}:{number}" for number in range(len(breaks))]
            context = str(paragraph["context"])
            pool.extend(
                Passage(name, context[start:end], file.language, context) for name, (start, end) in zip(names, breaks, strict=True)
            )
            for asked in paragraph["qas"]:
                begin = int(asked["answers"][0]["answer_start"])
                place = next((i for i, (start, end) in enumerate(breaks) if start <= begin < end), None)
                if place is None:
                    raise DataError(f"the answer of {asked['id']} stands in no sentence", where=where)
                relevant.setdefault(str(asked["id"]), []).append(names[place])
                if file.language == language:
                    queries.append(Passage(str(asked["id"]), str(asked["question"]), language))
    asked_here = {query.id for query in queries}
    return Retrieval(tuple(queries), tuple(pool), {name: tuple(found) for name, found in relevant.items() if name in asked_here})
