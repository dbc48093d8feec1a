"""Sets as jobs read them: parts that are held out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.uses import Uses
from stiltsreport.store import Store
from stiltsreport.study.study import Translator
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.sources import Source, SourceFile
from tests.tasks.folder import fill, squad


def ids(use: DataUse, store: Store) -> set[str]:
    return {example.id for example in examples_of(use, None, Reading(offline=True, store=store))[1]}


class OfOneFile:
    """A study's data that holds one ready translation."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def file(self, *_: object) -> Source:
        return self.source


def test_a_ready_translation_is_split_as_its_original(tmp_path: Path) -> None:
    """Parts go by the words of paragraphs, of which a translation has others: what selects would be trained on in another language."""
    task, memo = TASKS["squad"], Memo()
    rows = [
        (f"{{}} {number} lies in France.", [(f"q{number}", "Where?", [("France", len(f"Town {number} lies in "))])])
        for number in range(200)
    ]
    for name, town in (("en", "Town"), ("de", "Dorf")):  # of one length, so that answers begin where they did
        fill(tmp_path, {f"{name}.json": squad(*((context.format(town), asked) for context, asked in rows))})
    english, german = (
        memo.source(task, "train", name, [SourceFile(str(tmp_path / f"{name}.json"), language=name)]) for name in ("en", "de")
    )
    store = Store(tmp_path / "store")
    training = DataUse(task, english, part="training")
    held = ids(replace(training, part="held-out"), store)
    assert 5 < len(held) < 50
    translated = Uses.translated(Uses(None, OfOneFile(german)), training, "de", Translator(("de",), files="x"))  # type: ignore[arg-type]
    assert isinstance(translated, DataUse)
    assert ids(translated, store) == ids(training, store)
    assert not ids(translated, store) & held
    assert ids(replace(translated, part="held-out"), store) == held
    assert ids(replace(translated, split_by=None), store) & held, "by its own words it would be split otherwise"
    assert translated.ingredients != replace(translated, split_by=None).ingredients
