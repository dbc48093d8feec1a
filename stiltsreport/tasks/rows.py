"""One row of a table (JSON lines, CSV, TSV or a Hub data set) to an example, whatever its publisher calls the columns."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stiltsreport.errors import DataError, cause
from stiltsreport.tasks.examples import Example, MultipleChoice, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.task import Task

Row = Mapping[str, Any]
# The names under which publishers give the same thing, in order of preference; a study's own `columns` come first.
FIRST = ("premise", "sentence1", "question1", "context", "first", "text", "sentence")
SECOND = ("hypothesis", "sentence2", "question2", "second")
LABEL = ("gold_label", "label", "is_duplicate", "answer", "answerKey", "correct")
ID = ("id", "uid", "pairID", "idx", "index", "ind")
_NLI = {
    "e": "entailment",
    "n": "neutral",
    "c": "contradiction",
    "contradictory": "contradiction",
}
_NO_GOLD = {"-", "-1", ""}  # SNLI: the annotators did not agree


def example_from_row(task: Task, row: Row, fallback_id: str, where: str) -> Example | None:
    """The example of a row, or None where the publisher marks it as having no gold label.

    Raises DataError naming `where` for an absent column, a label that the task does not have, or an answer that is not in its context.
    """
    maker = _BY_READER.get(task.reader) or _BY_TYPE[task.type]
    try:
        return maker(task, row, fallback_id, where)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        hint = "" if task.files else f"`stiltsreport list tasks {task.name}` shows a line"
        raise DataError(f"has not the shape of {task.title}: {cause(error)}", where=where, hint=hint) from error


def field(task: Task, row: Row, names: Sequence[str], meaning: str, where: str, own: str | None = None) -> Any:
    """The first of those columns that the row has; `own` names the field in the task's own column map."""
    mapped = dict(task.columns).get(own or meaning)
    for name in (mapped,) if mapped else names:
        if name in row and row[name] is not None:
            return row[name]
    wanted = mapped or " or ".join(names)
    raise DataError(f"no column for the {meaning} ({wanted})", where=where, hint=f"columns here: {', '.join(map(str, row))}")


def spoken(value: Any, meaning: str, where: str) -> str:
    """A text. A number is one too; a list, a mapping, true or NaN in its place would be trained on as if it were: DataError."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    raise DataError(f"the {meaning} is no text but {reprlib.repr(value)}", where=where)


def words_of(task: Task, row: Row, names: Sequence[str], meaning: str, where: str, own: str | None = None) -> str:
    """As `field`, of a column that holds texts."""
    return spoken(field(task, row, names, meaning, where, own), meaning, where)


def texts_of(values: Any, meaning: str, where: str) -> tuple[str, ...]:
    """A list of texts. One text would be taken apart into its letters: DataError."""
    return tuple(spoken(value, meaning, where) for value in _listed(values, meaning, where))


def _listed(values: Any, meaning: str, where: str) -> Sequence[Any]:
    values = _of_json(values)
    if isinstance(values, str | Mapping) or not isinstance(values, Sequence):
        raise DataError(f"the {meaning} are no list but {reprlib.repr(values)}", where=where, hint='["one", "two"]')
    return values


def _of_json(value: Any) -> Any:
    """A list or mapping as it is; in a cell of CSV or TSV, where it is text, as JSON."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value  # said by whoever wants a list
    return value


def identity(task: Task, row: Row, fallback: str) -> str:
    """The row's own id, or its number."""
    mapped = dict(task.columns).get("id")
    for name in (mapped,) if mapped else ID:
        if name is not None and row.get(name) not in (None, ""):
            return str(row[name])
    return fallback


def label_of(task: Task, value: Any, where: str) -> str | None:
    """The task's label for a value of its publisher's files: by name, by letter (ANLI) or by its place among the labels."""
    text = str(int(value)) if isinstance(value, bool | float) and float(value).is_integer() else str(value).strip()
    if text in task.labels:
        return text
    if text in _NO_GOLD and set(task.labels) >= {"entailment", "contradiction"}:
        return None
    if "entailment" in task.labels and _NLI.get(text) in task.labels:
        return _NLI[text]
    if text.isdigit() and int(text) < len(task.labels):
        return task.labels[int(text)]
    raise DataError(f"label {text!r} is unknown", where=where, hint=f"known: {', '.join(task.labels)}")


def _pair(task: Task, row: Row, fallback: str, where: str) -> SentencePair | None:
    columns = dict(task.columns)
    first = words_of(task, row, FIRST, "first sentence", where, "first")
    alone = "first" in columns and "second" not in columns  # a task of single sentences says so by naming their column alone
    second = None if alone else words_of(task, row, SECOND, "second sentence", where, "second")
    label = label_of(task, field(task, row, LABEL, "label", where), where)
    return None if label is None else SentencePair(identity(task, row, fallback), first, second, label)


def choice_index(value: Any, count: int, where: str) -> int:
    """0-based index of the right choice, given as a number or as a letter from A."""
    text = str(value).strip()
    if len(text) == 1 and text.isalpha():
        index = ord(text.upper()) - ord("A")
    else:
        try:
            index = int(text)
        except ValueError:
            index = -1
    if not 0 <= index < count:
        raise DataError(
            f"label {text!r} is none of {count} choices", where=where, hint=f"0 to {count - 1}, or A to {chr(ord('A') + count - 1)}"
        )
    return index


def _choices(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    mapped = dict(task.columns).get("choices", "choices")
    if mapped in row:
        choices = texts_of(row[mapped], "choices", where)
    else:
        choices = tuple(words_of(task, row, (name.strip(),), "choice", where, "-") for name in mapped.split(","))
    prompt = words_of(task, row, ("prompt", "question", "premise"), "prompt", where)
    return MultipleChoice(
        identity(task, row, fallback), prompt, choices, choice_index(field(task, row, LABEL, "label", where), len(choices), where)
    )


def _hellaswag(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    # Its `ind` counts each of its two sources from 0, so that the row's number is the only id.
    endings = texts_of(field(task, row, ("endings",), "endings", where), "endings", where)
    label = choice_index(field(task, row, ("label",), "label", where), len(endings), where)
    if "ctx_a" in row:
        begin = spoken(row.get("ctx_b") or "", "context", where)
        return MultipleChoice(fallback, spoken(row["ctx_a"], "context", where), tuple(f"{begin} {end}".strip() for end in endings), label)
    return MultipleChoice(fallback, words_of(task, row, ("ctx",), "context", where), endings, label)


def _commonsenseqa(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    question = field(task, row, ("question",), "question", where)
    if isinstance(question, Mapping):  # the publisher's nested form; the Hub's copy is flat
        choices = field(task, question, ("choices",), "choices", where)
        stem = words_of(task, question, ("stem",), "question", where)
        letters, texts = ([spoken(choice[name], "choice", where) for choice in choices] for name in ("label", "text"))
    else:
        choices = field(task, row, ("choices",), "choices", where)
        stem = spoken(question, "question", where)
        letters, texts = (list(texts_of(choices[name], "choices", where)) for name in ("label", "text"))
    key = words_of(task, row, ("answerKey",), "answer", where)
    if key not in letters:
        raise DataError(f"answer {key!r} is none of {', '.join(letters)}", where=where)
    return MultipleChoice(identity(task, row, fallback), stem, tuple(texts), letters.index(key))


def _socialiqa(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    prompt = f"{words_of(task, row, ('context',), 'context', where)} {words_of(task, row, ('question',), 'question', where)}"
    choices = tuple(words_of(task, row, (name,), "choice", where) for name in ("answerA", "answerB", "answerC"))
    key = words_of(task, row, ("correct", "label"), "label", where).strip()
    index = choice_index(key, 3, where) if key.isalpha() else choice_index(int(key) - 1 if key.isdigit() else key, 3, where)
    return MultipleChoice(identity(task, row, fallback), prompt, choices, index)


def _cosmosqa(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    prompt = f"{words_of(task, row, ('context',), 'context', where)} {words_of(task, row, ('question',), 'question', where)}"
    choices = tuple(words_of(task, row, (f"answer{number}",), "choice", where) for number in range(4))
    return MultipleChoice(
        identity(task, row, fallback), prompt, choices, choice_index(field(task, row, ("label",), "label", where), 4, where)
    )


def _copa(task: Task, row: Row, fallback: str, where: str) -> MultipleChoice:
    kind = words_of(task, row, ("question",), "question", where)
    if kind not in ("cause", "effect"):
        raise DataError(f"question {kind!r}", where=where, hint="cause or effect")
    prompt = f"{words_of(task, row, ('premise',), 'premise', where)} What was the {kind}?"  # XTREME-R's words, English in every language
    choices = tuple(words_of(task, row, (name,), "choice", where) for name in ("choice1", "choice2"))
    return MultipleChoice(
        identity(task, row, fallback), prompt, choices, choice_index(field(task, row, ("label",), "label", where), 2, where)
    )


def tagged(task: Task, words: Sequence[str], tags: Sequence[str], name: str, where: str) -> TaggedSentence:
    """A tagged sentence, its tags checked against the task's labels (where it has them beforehand)."""
    if len(words) != len(tags):
        raise DataError(f"{len(words)} words and {len(tags)} tags", where=where, hint="a tag a word")
    if task.labels:
        known = set(task.labels)
        unknown = next((tag for tag in tags if tag not in known), None)
        if unknown is not None:
            raise DataError(f"tag {unknown!r} is unknown", where=where, hint=f"known: {', '.join(task.labels)}")
    return TaggedSentence(name, tuple(words), tuple(tags))


def _tags(task: Task, row: Row, fallback: str, where: str) -> TaggedSentence:
    words = field(task, row, ("words", "tokens"), "words", where)
    tags = field(task, row, ("tags", "ner_tags", "pos_tags", "upos"), "tags", where)
    names = [_tag(task, tag, where) for tag in _listed(tags, "tags", where)]
    return tagged(task, texts_of(words, "words", where), names, identity(task, row, fallback), where)


def _tag(task: Task, tag: Any, where: str) -> str:
    """A tag by its name, or by its number among the task's labels."""
    return task.labels[tag] if isinstance(tag, int) and 0 <= tag < len(task.labels) else spoken(tag, "tag", where)


def question(
    task: Task, name: str, asked: str, context: str, answers: Sequence[tuple[str, int]], where: str, paragraph: str = "", title: str = ""
) -> Question:
    """A question, its answers checked to stand in the context where they say."""
    for answer, start in answers:
        if not answer:
            raise DataError(
                "an answer is empty", where=where, hint="XTREME's download empties the answers of its test files: take the publisher's"
            )
        if start < 0 or context[start : start + len(answer)] != answer:
            raise DataError(f"answer {answer!r} does not stand at {start} in its context", where=where, hint="starts count characters")
    if not answers and "no_answer" not in task.labels:
        raise DataError("a question without answers", where=where, hint="squad2 is the task that has such questions")
    return Question(name, asked, context, tuple(answers), paragraph, title)


def _question(task: Task, row: Row, fallback: str, where: str) -> Question:
    answers = _of_json(field(task, row, ("answers",), "answers", where))
    if isinstance(answers, Mapping):  # the Hub's columns: {"text": [...], "answer_start": [...]}
        pairs = list(zip(texts_of(answers["text"], "answers", where), map(int, answers["answer_start"]), strict=True))
    else:
        pairs = [
            (spoken(answer["text"], "answer", where), int(answer.get("start", answer.get("answer_start", -1))))
            for answer in _listed(answers, "answers", where)
        ]
    context = words_of(task, row, ("context",), "context", where)
    return question(
        task, identity(task, row, fallback), words_of(task, row, ("question",), "question", where), context, pairs, where,
        title=spoken(row.get("title") or "", "title", where),
    )  # fmt: skip


_Maker = Callable[[Task, Row, str, str], Example | None]
_BY_READER: dict[str, _Maker] = {
    "sentence_pairs": _pair,
    "joined_pairs": _pair,
    "hellaswag": _hellaswag,
    "commonsenseqa": _commonsenseqa,
    "socialiqa": _socialiqa,
    "cosmosqa": _cosmosqa,
    "copa": _copa,
    "squad": _question,
    "tydiqa": _question,
}
_BY_TYPE: dict[str, _Maker] = {
    "sequence_classification": _pair,
    "multiple_choice": _choices,
    "token_classification": _tags,
    "question_answering": _question,
}
