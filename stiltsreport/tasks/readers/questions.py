"""Readers of SQuAD's JSON: questions on paragraphs, and LAReQA's sentences of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stiltsreport.errors import DataError, cause
from stiltsreport.tasks.examples import Passage, Question, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.identities import Identities
from stiltsreport.tasks.rows import question, spoken
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task

_FORM = '{"data": [{"paragraphs": [{"context": ..., "qas": [{"id": ..., "question": ..., "answers": [...]}]}]}]}'


@dataclass(frozen=True)
class _Paragraph:
    """A paragraph of SQuAD's JSON; `name` says where in the file it stands, and no more than that: ids are made of it."""

    path: str
    name: str
    title: str
    content: dict[str, Any]

    @property
    def where(self) -> str:
        return f"{self.path}: {self.name}"

    @contextmanager
    def shaped(self) -> Iterator[None]:
        """What has another shape, a list for a text or nothing for a list, as DataError at this paragraph."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise DataError(f"has not SQuAD's form: {cause(error)}", where=self.where, hint=_FORM) from error

    def of(self, record: Any, *names: str) -> tuple[Any, ...]:
        """Those fields of the paragraph or of one of its questions. Raises DataError where one is absent."""
        try:
            return tuple(record[name] for name in names)
        except (KeyError, TypeError, IndexError) as error:
            raise DataError(f"nothing under {error}", where=self.where, hint=f"SQuAD's form: {', '.join(names)}") from error


def _paragraphs(path: str) -> Iterator[_Paragraph]:
    content = text.document(path)
    try:
        for a, article in enumerate(content["data"]):
            for p, paragraph in enumerate(article["paragraphs"]):
                yield _Paragraph(path, f"data[{a}].paragraphs[{p}]", str(article.get("title") or ""), dict(paragraph))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"is not in SQuAD's form: no {error}", where=f"{path}:1", hint=_FORM) from error


def _questions(task: Task, path: str, language: str, ids: Identities) -> Iterator[Question]:
    """Every question of a file; `language`: those alone whose id names it (TyDiQA)."""
    for paragraph in _paragraphs(path):
        with paragraph.shaped():
            found = _of_paragraph(task, paragraph, language, ids)
        yield from found


def _of_paragraph(task: Task, paragraph: _Paragraph, language: str, ids: Identities) -> list[Question]:
    context, questions = paragraph.of(paragraph.content, "context", "qas")
    context = spoken(context, "context", paragraph.where)
    found = []
    for q, asked in enumerate(questions):
        here = f"{paragraph.where}.qas[{q}]"
        name, words, given = paragraph.of(asked, "id", "question", "answers")
        try:
            answers = list(dict.fromkeys((spoken(answer["text"], "answer", here), int(answer["answer_start"])) for answer in given))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise DataError(f"an answer without {error}", where=here, hint="text and answer_start") from error
        if asked.get("is_impossible"):
            answers = []
        name = spoken(name, "id", here)
        if language and _of_another_language(name, language):
            continue
        words = spoken(words, "question", here)
        found.append(question(task, ids.take(name, here), words, context, answers, here, paragraph.name, paragraph.title))
    return found


_TYDIQA = ("arabic", "bengali", "english", "finnish", "indonesian", "japanese", "korean", "russian", "swahili", "telugu", "thai")
_TYDIQA_CODES = dict(zip(_TYDIQA, ("ar", "bn", "en", "fi", "id", "ja", "ko", "ru", "sw", "te", "th"), strict=True))


def _of_another_language(name: str, language: str) -> bool:
    """TyDiQA's own files hold all languages, told apart by the ids (english-123)."""
    code = _TYDIQA_CODES.get(name.partition("-")[0])
    return code is not None and code != language


def read_squad(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """SQuAD 1.1 or 2.0, QAMR, XQuAD, MLQA: each file holds one language."""
    del language
    ids = Identities()
    return tuple(item for file in files for item in _questions(task, file.path, "", ids))


def read_tydiqa(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """TyDiQA-GoldP: a file of one language, or the publisher's of all, out of which only this one's questions are taken."""
    ids = Identities()
    return tuple(item for file in files for item in _questions(task, file.path, language, ids))


def read_lareqa(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """XQuAD-R: the questions of one language, and as pool every sentence of every file, which carries its paragraph as context.

    A question's right passages are, in each language, the sentence in which its answer starts (Roy et al. 2020).
    """
    del task
    pool: list[Passage] = []
    queries: list[Passage] = []
    relevant: dict[str, list[str]] = {}
    ids = Identities()
    for file in files:
        for paragraph in _paragraphs(file.path):
            with paragraph.shaped():
                sentences = _passages(paragraph, file.language)
                pool.extend(passage for _, _, passage in sentences)
                for name, words, begin in _asked(paragraph):
                    place = next((passage.id for start, end, passage in sentences if start <= begin < end), None)
                    if place is None:
                        raise DataError(
                            f"the answer of {name} stands in no sentence",
                            where=paragraph.where,
                            hint="sentence_breaks that cover the context",
                        )
                    relevant.setdefault(name, []).append(place)
                    if file.language == language:
                        queries.append(Passage(ids.take(name, paragraph.where), words, language))
    asked_here = {query.id for query in queries}
    return Retrieval(tuple(queries), tuple(pool), {name: tuple(found) for name, found in relevant.items() if name in asked_here})


def _passages(paragraph: _Paragraph, language: str) -> list[tuple[int, int, Passage]]:
    """(start, end, sentence) of each sentence of a paragraph, which is its context."""
    context, breaks = paragraph.of(paragraph.content, "context", "sentence_breaks")
    context = spoken(context, "context", paragraph.where)
    return [
        (start, end, Passage(f"{language}:{paragraph.name}:{number}", context[start:end], language, context))
        for number, (start, end) in enumerate(_sentences(paragraph, context, breaks))
    ]


def _asked(paragraph: _Paragraph) -> Iterator[tuple[str, str, int]]:
    """(id, question, where its first answer starts) of each question."""
    (questions,) = paragraph.of(paragraph.content, "qas")
    for asked in questions:
        name, words, answers = paragraph.of(asked, "id", "question", "answers")
        (begin,) = paragraph.of(answers[0] if answers else None, "answer_start")
        yield spoken(name, "id", paragraph.where), spoken(words, "question", paragraph.where), int(begin)


def _sentences(paragraph: _Paragraph, context: str, breaks: Any) -> list[tuple[int, int]]:
    """The [start, end] pairs of a paragraph, checked to lie in it."""
    try:
        sentences = [(int(start), int(end)) for start, end in breaks]
    except (TypeError, ValueError) as error:
        raise DataError(f"sentence_breaks: {error}", where=paragraph.where, hint="[[start, end], ...]") from error
    if not sentences or any(not 0 <= start < end <= len(context) for start, end in sentences):
        raise DataError(
            "sentence_breaks lie outside the context", where=paragraph.where, hint="the files of LAReQA's own repository have them"
        )
    return sentences
