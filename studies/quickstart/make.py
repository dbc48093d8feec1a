"""Make the quickstart's data sets of the sentences in written/.

`python make.py [FOLDER]` writes them to FOLDER, by default data/ beside this file.
Nothing is drawn by chance: every choice hangs on the sha256 of a name, so that the same sentences give the same files on any machine.
"""
# ruff: noqa: INP001 - a script beside its data, no package

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
LANGUAGES = ("en", "de", "es", "fr", "ru", "tr", "ar", "hi", "zh")
UNTAGGED = {"zh"}  # its sentences have no blanks between words
KINDS = {"+": "praise", "-": "complaint", "=": "fact"}
QUESTIONS = ("who", "where", "when", "what")
TAGS = {"who": "PER", "where": "LOC", "when": "TIME"}
TEST_SENTENCES = 3  # of names, made of each event
NEIGHBOURS = 3  # of translations, made of each event
_NAME = re.compile(r"\[([^]]*)\]")

Row = dict[str, object]


@dataclass(frozen=True)
class Event:
    """A sentence with the gaps {who}, {where} and {when}; each of its questions asks for a gap or, `what`, for the part in [brackets]."""

    gender: str
    text: str
    questions: dict[str, str]


@dataclass
class Written:
    """What one file of written/ holds. A place or time is a phrase such as "in [Cairo]", the name itself in brackets."""

    names: dict[str, list[str]] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    opinions: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)


def read_written(file: Path) -> Written:
    """The sections of a file; ValueError where one is not known."""
    found = Written()
    for section in re.split(r"(?m)^== ", file.read_text(encoding="utf-8"))[1:]:
        head, *lines = [line for line in section.strip().splitlines() if line and not line.startswith("#")]
        kind, *rest = head.split()
        listed = [part.strip() for part in lines[0].split("|")]
        if kind == "names":
            found.names[rest[0]] = [f"[{name}]" for name in listed]
        elif kind == "event":
            questions = [line.partition(": ") for line in lines[1:]]
            found.events[rest[0]] = Event(rest[1], lines[0], {asked: text for asked, _, text in questions})
        elif kind in ("places", "times"):
            setattr(found, kind, listed)
        elif kind in ("opinions", "endings"):
            setattr(found, kind, lines)
        else:
            raise ValueError(f"{file.name}: unknown section {head!r}")
    return found


def number(name: str) -> int:
    """A large number that hangs on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def shuffled(rows: Sequence[Row], name: str) -> list[Row]:
    """The rows in an order that hangs on their ids and `name` alone."""
    return sorted(rows, key=lambda row: number(f"{name}/{row['id']}"))


def gaps(written: Written, event: Event, name: str) -> dict[str, str]:
    """A phrase for each gap, chosen by `name`: the same places in the lists of every language."""
    lists = {"who": written.names[event.gender], "where": written.places, "when": written.times}
    return {gap: listed[number(f"{name}/{gap}") % len(listed)] for gap, listed in lists.items()}


def printed(marked: str) -> str:
    """A marked sentence without its brackets, the first letter large."""
    text = _NAME.sub(r"\1", marked)
    return text[:1].upper() + text[1:]


def sentences(written: Written, name: str, each: int) -> Iterator[tuple[str, Event, dict[str, str]]]:
    """(id, event, phrases) of `each` different sentences of every event."""
    for key, event in written.events.items():
        found: list[dict[str, str]] = []
        turn = 0
        while len(found) < each:
            phrases = gaps(written, event, f"{name}/{key}/{turn}")
            turn += 1
            if phrases not in found:
                found.append(phrases)
                yield f"{key}-{len(found)}", event, phrases


def tagged_rows(written: Written, name: str, each: int) -> Iterator[Row]:
    """Sentences in words with IOB2 tags: what stands in the brackets of a phrase is a name; a sentence's last sign is a word of its own."""
    for row_id, event, phrases in sentences(written, name, each):
        words: list[str] = []
        tags: list[str] = []
        for piece in re.split(r"(\{\w+\})", _NAME.sub(r"\1", event.text)):
            gap = piece.strip("{}") if piece.startswith("{") else ""
            for part in re.split(r"(\[[^]]*\])", phrases[gap] if gap else piece):
                named = part.startswith("[")
                for place, word in enumerate(re.sub(r"([.।])", r" \1", part.strip("[]")).split()):
                    words.append(word)
                    tags.append(f"{'I' if place else 'B'}-{TAGS[gap]}" if named else "O")
        words[0] = words[0][:1].upper() + words[0][1:]
        yield {"id": row_id, "words": words, "tags": tags}


def question_rows(written: Written, name: str, each: int) -> Iterator[Row]:
    """Questions on a sentence, with the answer as a name ("Paris") and as a phrase ("in Paris"), whichever of them differ."""
    for asked in QUESTIONS:
        for row_id, event, phrases in sentences(written, f"{name}/{asked}", each):
            context = printed(event.text.format(**phrases))
            phrase = phrases.get(asked) or f"[{_NAME.findall(event.text)[0]}]"
            starts = [
                (context.casefold().index(text.casefold()), len(text)) for text in (_NAME.findall(phrase)[0], _NAME.sub(r"\1", phrase))
            ]
            answers = [{"text": context[start : start + length], "start": start} for start, length in dict.fromkeys(starts)]
            yield {
                "id": f"{row_id}-{asked}",
                "question": printed(event.questions[asked].format(**phrases)),
                "context": context,
                "answers": answers,
            }


def translation_rows(english: Written, other: Written, name: str) -> Iterator[Row]:
    """Sentences with their translations: NEIGHBOURS of each event, told apart by the time alone."""
    for key in english.events:
        places = sorted(range(len(english.times)), key=lambda place: number(f"{name}/{key}/{place}"))[:NEIGHBOURS]
        for turn, place in enumerate(places, start=1):
            texts = []
            for written in (english, other):
                event = written.events[key]
                phrases = {**gaps(written, event, f"{name}/{key}"), "when": written.times[place]}
                texts.append(printed(event.text.format(**phrases)))
            yield {"id": f"{key}-{turn}", "english": texts[0], "other": texts[1]}


def opinion_rows(lines: Sequence[str]) -> Iterator[Row]:
    """Sentences that praise, complain, or state a fact."""
    for place, line in enumerate(lines, start=1):
        yield {"id": str(place), "sentence": line[2:], "kind": KINDS[line[0]]}


def ending_rows(lines: Sequence[str], name: str) -> Iterator[Row]:
    """Beginnings, each twice, with its own ending and that of another; the right one stands first in one of the two."""
    parts = [[part.strip() for part in line.split("|")] for line in lines]
    for place, (begin, end) in enumerate(parts):
        for turn in range(2):
            step = 1 + number(f"{name}/{place}/{turn}") % (len(parts) - 1)
            wrong = parts[(place + step) % len(parts)][1]
            yield {"id": f"{place + 1}-{turn + 1}", "begin": begin, "endings": [wrong, end] if turn else [end, wrong], "right": turn}


def data_sets() -> dict[str, list[Row]]:
    """The rows of every file, by its name."""
    written = {name: read_written(HERE / "written" / f"{name}.txt") for name in (*LANGUAGES, "training", "intermediate")}
    training, intermediate = written["training"], written["intermediate"]
    found: dict[str, list[Row]] = {}
    for code in LANGUAGES:
        found[f"opinions.test.{code}"] = list(opinion_rows(written[code].opinions))
        if code not in UNTAGGED:
            found[f"names.test.{code}"] = list(tagged_rows(written[code], "names", TEST_SENTENCES))
        if code != "en":
            found[f"translations.test.{code}"] = list(translation_rows(written["en"], written[code], "translations"))
    opinions = list(opinion_rows(training.opinions))
    found["opinions.train"] = shuffled([row for row in opinions if int(str(row["id"])) % 5], "opinions")
    found["opinions.dev"] = [row for row in opinions if not int(str(row["id"])) % 5]
    found["names.train"], found["names.dev"] = _parted(tagged_rows(training, "names", 9), 7, "names")
    found["reading.train"], found["reading.dev"] = _parted(question_rows(intermediate, "reading", 3), 2, "reading")
    found["endings.train"] = shuffled(list(ending_rows(intermediate.endings[:48], "endings")), "endings")
    found["endings.dev"] = list(ending_rows(intermediate.endings[48:], "endings"))
    return found


def _parted(rows: Iterator[Row], first: int, name: str) -> tuple[list[Row], list[Row]]:
    """The rows made of the `first` turns of each event, shuffled, and the others."""
    listed = list(rows)
    early = [row for row in listed if int(str(row["id"]).split("-")[1]) <= first]
    return shuffled(early, name), [row for row in listed if row not in early]


def main(folder: Path) -> None:
    """Write every file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in data_sets().items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "data")
