"""Text for masked language modelling: local files, Wikipedia's rows, and the real files of 44 languages."""

from __future__ import annotations

import gzip

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks import MLM, TASKS
from stiltsreport.tasks.examples import Text
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.hub import hub_sources, repositories
from stiltsreport.tasks.limit import limited
from stiltsreport.tasks.local import accepted, local_sources
from stiltsreport.tasks.read import read
from stiltsreport.tasks.readers.texts import paragraphs
from stiltsreport.tasks.sources import HubAccess
from tests.tasks.fake_hub import Repository, serve
from tests.tasks.folder import fill
from tests.tasks.test_hub import card, parquet

LONG = "A paragraph that is long enough to be one, number {}."


def test_it_is_no_task_of_a_chain():
    assert "mlm" not in TASKS
    assert accepted(MLM) == [("mlm/de.txt[.gz]", "a sentence or paragraph a line"), ("mlm/sentences/de.txt[.gz]", "the same")]


def test_lines_are_texts_and_blank_ones_are_passed_over(tmp_path):
    fill(
        tmp_path,
        {
            "mlm/de.txt": "Erste Zeile. \n\n  \nZweite\u2028Zeile.\r\n",
            "mlm/sentences/sw.txt.gz": "Moja.\n",
            "mlm/notes.md": "no",
            "mlm/udhr/en.txt": "no",
        },
    )
    found = local_sources(MLM, tmp_path, Memo())
    assert set(found) == {("train", "de"), ("train", "sw")}
    assert read(found["train", "de"], MLM) == (Text("1", "Erste Zeile."), Text("4", "Zweite\u2028Zeile."))
    assert read(found["train", "sw"], MLM) == (Text("1", "Moja."),)
    memo = Memo()
    assert memo.counted(MLM, found["train", "de"]) == 2


def test_a_fingerprint_is_of_the_content(tmp_path):
    one = local_sources(MLM, fill(tmp_path / "a", {"mlm/de.txt": "Satz.\n"}), Memo())["train", "de"]
    other = local_sources(MLM, fill(tmp_path / "b", {"mlm/sentences/de.txt.gz": "Satz.\n"}), Memo())["train", "de"]
    changed = local_sources(MLM, fill(tmp_path / "c", {"mlm/de.txt": "Sätze.\n"}), Memo())["train", "de"]
    assert one.fingerprint == other.fingerprint != changed.fingerprint


def test_one_language_in_two_places_is_refused(tmp_path):
    fill(tmp_path, {"mlm/de.txt": "Satz.\n", "mlm/sentences/de.txt": "Satz.\n"})
    with pytest.raises(DataError, match="2 forms"):
        local_sources(MLM, tmp_path, Memo())


@pytest.mark.parametrize("content", [b"\n \n\n", b"", gzip.compress(b"  \n", mtime=0), b"\xff\xfe"])
def test_files_without_text_are_refused(tmp_path, content):
    fill(tmp_path, {"mlm/de.txt": content})
    with pytest.raises(DataError, match=r"de\.txt"):
        read(local_sources(MLM, tmp_path, Memo())["train", "de"], MLM)


def test_paragraphs_without_headings_up_to_so_many():
    rows = [("a", {"id": "9", "text": f"{LONG.format(1)}\n\nReferences\n{LONG.format(2)}  "}), ("b", {"text": LONG.format(3)}), ("c", {})]
    assert paragraphs(rows, 3) == (Text("1.1", LONG.format(1)), Text("1.2", LONG.format(2)), Text("2.1", LONG.format(3)))
    assert paragraphs(rows, 1) == (Text("1.1", LONG.format(1)),)
    with pytest.raises(DataError, match="c: no column text"):
        paragraphs(rows, 4)


def test_wikipedia_gives_every_language_its_first_file(tmp_path):
    first, second = ([{"id": "1", "url": "u", "title": "t", "text": f"{LONG.format(n)}\nShort\n{LONG.format(n + 1)}"}] for n in (1, 3))
    head = card(**{"20231101.sw": {"train": "20231101.sw/train-*"}, "20231101.en": {"train": "20231101.en/train-*"}})
    files = {
        "README.md": head,
        "20231101.sw/train-00000-of-00002.parquet": parquet(first),
        "20231101.sw/train-00001-of-00002.parquet": parquet(second),
    }
    (name,) = repositories(MLM)
    with serve() as hub:
        hub.datasets[name] = Repository(files)
        sources = hub_sources(MLM, {name: hub.datasets[name].commit})
        assert {language for _, language in sources} == set(MLM.languages)
        assert sources["train", "sw"].fingerprint.startswith("hub:wikimedia/wikipedia@")
        found = read(sources["train", "sw"], MLM, HubAccess(cache=str(tmp_path / "hub"), endpoint=hub.address))
        assert found == (Text("1.1", LONG.format(1)), Text("1.2", LONG.format(2)))
        assert not any("00001-of-00002" in path for path in hub.asked if "resolve" in path)


def test_the_real_files_of_44_languages(real_data):
    found = local_sources(MLM, real_data, Memo())
    assert len(found) == 44
    assert {split for split, _ in found} == {"train"}
    assert {language for _, language in found} <= set(MLM.languages)
    total = 0
    for source in found.values():
        texts = read(source, MLM)
        assert all(isinstance(one, Text) and one.text.strip() == one.text for one in texts)
        total += len(texts)
        assert len(limited(texts, 20)) == 20
    assert total > 40_000
