"""A source to its examples, checked: ids that occur once, and at least one example."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stiltsreport.errors import DataError
from stiltsreport.tasks.changes.sentences import sentences
from stiltsreport.tasks.examples import Example, QueryPassage, Question, Retrieval, SentencePair, Split, TaggedSentence, Text
from stiltsreport.tasks.held_out import in_xquad
from stiltsreport.tasks.readers import READERS
from stiltsreport.tasks.readers.tags import ccg_tags
from stiltsreport.tasks.sources import DIRECT, HubAccess, Source
from stiltsreport.tasks.task import Task


def read(source: Source, task: Task, access: HubAccess = DIRECT) -> Split:
    """All examples of a source, in the order of its files.

    Raises DataError for whatever is malformed in them: nothing half-read is used.
    """
    if source.hub:
        from stiltsreport.tasks.hub import read_hub

        found = read_hub(source, task, access)
    elif task.parts:
        found = _read_parts(source, task)
    else:
        found = READERS[task.reader](task, source.files, source.language)
    _check(found, source)
    return found


def _read_parts(source: Source, task: Task) -> tuple[Example, ...]:
    """The parts one after another; the part's name goes before the id, since each part counts from 1."""
    from stiltsreport.tasks import TASKS

    joined: list[Example] = []
    for part in task.parts:
        files = [file for file in source.files if _part(file.path, task) == part]
        if files:
            found = READERS[TASKS[part].reader](TASKS[part], files, source.language)
            assert not isinstance(found, Retrieval)
            joined.extend(replace(example, id=f"{part}:{example.id}") for example in found)
    return tuple(joined)


def _part(path: str, task: Task) -> str:
    """The part whose folder a file lies in: the innermost folder of that name, since the data may lie under .../snli/."""
    return next(folder for folder in reversed(Path(path).parts[:-1]) if folder in task.parts)


def _check(found: Split, source: Source) -> None:
    where = source.files[0].path if source.files else source.hub[0].id
    sets = (
        [("query", [q.id for q in found.queries]), ("passage", [p.id for p in found.pool])]
        if isinstance(found, Retrieval)
        else [("example", [example.id for example in found])]
    )
    for kind, ids in sets:
        if not ids:
            raise DataError(
                f"holds no {kind} of {source.task} in {source.language}", where=where, hint="rows of that language, with their labels"
            )
        if len(set(ids)) != len(ids):
            seen: set[str] = set()
            twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            raise DataError(f"id {twice!r} occurs twice", where=where, hint="each example needs an id of its own")


def size(found: Split) -> int:
    """Number of examples; of queries, for retrieval."""
    return len(found.queries) if isinstance(found, Retrieval) else len(found)


def with_labels(task: Task, source: Source) -> Task:
    """The task with the labels that its own files list (CCG's supertags); any other task as it is."""
    tags = next((file.path for file in source.files if file.role == "tags"), None)
    return replace(task, labels=ccg_tags(tags)) if tags else task


def selectable(found: Sequence[Example]) -> tuple[Example, ...]:
    """What of a dev set may select checkpoints: SQuAD's questions on the paragraphs that XQuAD and LAReQA report on stay out."""
    return tuple(example for example in found if not (isinstance(example, Question) and in_xquad(example.context)))


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")


def as_query_passages(found: Sequence[Example], language: str = "en") -> tuple[QueryPassage, ...]:
    """SQuAD's questions as LAReQA's training pairs: the question, the sentence in which its answer starts, and the paragraph.

    Translated ones end their sentences as their script does.
    """
    pairs = []
    for example in found:
        if isinstance(example, QueryPassage):
            pairs.append(example)
        elif isinstance(example, Question) and example.answers:
            start = example.answers[0][1]
            ends = [match.end() for match in _SENTENCE_END.finditer(example.context)]
            if language != "en":
                ends = [begin for begin, _ in sentences(example.context)[1:]]
            cuts = [0, *ends, len(example.context)]
            begin, end = next((a, b) for a, b in itertools.pairwise(cuts) if a <= start < b)
            pairs.append(QueryPassage(example.id, example.question, example.context[begin:end].strip(), example.context))
    return tuple(pairs)


def texts(found: Split) -> list[str]:
    """Every text by which two sets may overlap: sentences, questions, contexts, prompts."""
    if isinstance(found, Retrieval):
        passages = (*found.queries, *found.pool)
        return [passage.text for passage in passages] + list({passage.context for passage in passages if passage.context})
    lines: list[str] = []
    for example in found:
        if isinstance(example, SentencePair):
            lines.extend((example.first, example.second or ""))
        elif isinstance(example, Question):
            lines.extend((example.question, example.context))
        elif isinstance(example, QueryPassage):
            lines.extend((example.query, example.passage))
        elif isinstance(example, TaggedSentence):
            lines.append(" ".join(example.words))
        elif isinstance(example, Text):
            lines.append(example.text)
        else:
            lines.append(example.prompt)
    return lines
