"""RS-DA (Huang et al. 2021, the release's perturb.py): copies of a training set with words replaced by synonyms.

As there: texts are split on single spaces, look-up is case-sensitive and punctuation stays attached, each text is changed by itself, the
copies take the place of the originals, and labels stay. The release sets no seed and knows pairs of sentences alone; the seed, and what is
done to other forms, are ours. Of a question only the question's words are replaced, never its context, so that answers stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.methods import SynonymCopies
from stiltsreport.tasks.changes.draws import numbers
from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.readers import text as files
from stiltsreport.tasks.task import Task

Synonyms = Mapping[str, Sequence[str]]
_FORM = 'the form of counterfitted_neighbors.json: {"word": ["neighbour", ...], ...}'


def synonym_copies(examples: Sequence[Example], change: SynonymCopies, synonyms: Synonyms, task: Task) -> tuple[Example, ...]:
    """`change.copies` of each example, one after another, with ids ID#1, ID#2 ...

    A word with synonyms is replaced by a uniform draw from itself and them, so that a copy may be equal to its original. Raises
    StiltsReportError where no word of the set has a synonym: the set would only be repeated.
    """
    candidates = {word: (word, *near) for word, near in synonyms.items() if near}
    if not candidates.keys() & words_of(examples):
        hint = _FORM if change.path else f"a similarity below {change.similarity:g}, or a synonym file"
        raise StiltsReportError("no word of its texts has a synonym", where=change.path or task.title, hint=hint)
    return tuple(
        replace(_copy(example, candidates, change.seed, number), id=f"{example.id}#{number}")
        for example in examples
        for number in range(1, change.copies + 1)
    )


def words_of(examples: Iterable[Example]) -> set[str]:
    """The words that could be replaced, as they are looked up: what neighbours are wanted of."""
    found: set[str] = set()
    for example in examples:
        if isinstance(example, TaggedSentence):
            found.update(example.words)
        else:
            found.update(word for field in _fields(example) for word in field.split(" "))
    found.discard("")
    return found


def _fields(example: Example) -> tuple[str, ...]:
    """The texts that are changed."""
    if isinstance(example, SentencePair):
        return (example.first,) if example.second is None else (example.first, example.second)
    if isinstance(example, MultipleChoice):
        return (example.prompt, *example.choices)
    if isinstance(example, Question):
        return (example.question,)
    if isinstance(example, QueryPassage):
        return (example.query, example.passage)
    return ()


def _copy(example: Example, candidates: Synonyms, seed: int, number: int) -> Example:
    def drawn(words: Sequence[str], place: int) -> list[str]:
        """Each text has draws of its own, by the example's id, so that they are the same in whatever set it stands."""
        found = numbers(seed, "synonyms", f"{example.id}\x1f{number}\x1f{place}", len(words))
        return [near[draw % len(near)] if (near := candidates.get(word)) else word for word, draw in zip(words, found, strict=True)]

    if isinstance(example, TaggedSentence):
        return replace(example, words=tuple(drawn(example.words, 0)))
    changed = [" ".join(drawn(field.split(" "), place)) for place, field in enumerate(_fields(example))]
    if isinstance(example, SentencePair):
        return replace(example, first=changed[0], second=changed[1] if len(changed) > 1 else None)
    if isinstance(example, MultipleChoice):
        return replace(example, prompt=changed[0], choices=tuple(changed[1:]))
    if isinstance(example, Question):
        return replace(example, question=changed[0])
    if isinstance(example, QueryPassage):
        return replace(example, query=changed[0], passage=changed[1])
    raise TypeError(type(example).__name__)


def read_synonyms(path: str | Path) -> dict[str, tuple[str, ...]]:
    """The neighbours of each word of a file in the release's form; words without any are in it too.

    Raises DataError where it is no JSON object from words to lists of words.
    """
    content = files.document(path)
    if not isinstance(content, dict) or not content:
        raise DataError("is no JSON object with words in it", where=str(path), hint=_FORM)
    for word, near in content.items():
        if not isinstance(near, list) or not all(isinstance(one, str) and one for one in near):
            raise DataError(f"what stands under {word!r} is no list of words", where=str(path), hint=_FORM)
    return {word: tuple(near) for word, near in content.items()}


def synonyms_fingerprint(path: str | Path, memo: Memo) -> str:
    """What stands for a file's content in ids; of its decompressed bytes. Raises DataError where it cannot be read."""
    if not Path(path).is_file():
        raise DataError("is not there", where=str(path), hint=_FORM)
    return memo.digest(str(path))[:32]


def synonyms_of_file(change: SynonymCopies) -> dict[str, tuple[str, ...]]:
    """The synonyms of a change that names a file. Raises DataError where it is no longer the file that was planned with."""
    if synonyms_fingerprint(change.path, Memo()) != change.synonyms:
        raise DataError("has changed since the study was planned", where=change.path, hint="run the same command again")
    return read_synonyms(change.path)
