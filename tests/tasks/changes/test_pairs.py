"""Pairs in two languages, joined by id."""

from __future__ import annotations

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes.pairs import pair_up, paired
from stiltsreport.tasks.examples import SentencePair
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read
from tests.tasks.folder import fill, load


def rows(language, labels, skip=()):
    return tuple(SentencePair(str(n), f"{language} a{n}", f"{language} b{n}", label) for n, label in enumerate(labels, 1) if n not in skip)


def test_sentences_are_joined_by_id_where_rows_are_lacking():
    found = pair_up(rows("de", "01101"), rows("ko", "01101", skip=(2,)))
    assert [(one.id, one.first, one.second, one.label) for one in found.examples] == [
        ("1", "de a1", "ko b1", "0"), ("3", "de a3", "ko b3", "1"), ("4", "de a4", "ko b4", "0"), ("5", "de a5", "ko b5", "1"),
    ]  # fmt: skip
    assert (found.without_partner, found.unlike_labels) == (1, 0)
    assert paired(rows("de", "01101"), rows("ko", "01101", skip=(2,))) == found.examples


def test_rows_with_two_gold_labels_have_none():
    found = pair_up(rows("de", "0110"), rows("fr", "0010"))
    assert [one.id for one in found.examples] == ["1", "3", "4"]
    assert found.unlike_labels == 1


def test_sets_that_are_not_parallel_are_refused():
    labels = "01" * 20
    with pytest.raises(StiltsReportError, match="no ids in common"):
        pair_up(rows("de", labels[:3]), rows("fr", "000111", skip=(1, 2, 3)))
    with pytest.raises(StiltsReportError, match=r"the same label in 0\.0 % of rows only"):
        pair_up(rows("de", labels), rows("fr", labels[1:] + "0"))
    with pytest.raises(StiltsReportError, match="no second sentence"):
        pair_up(rows("de", "0"), (SentencePair("1", "a", None, "0"),))


def test_the_publishers_ids_are_used_where_files_have_them(tmp_path):
    """PAWS-X as published: a table with ids, of which one language lacks a row."""
    head = "id\tsentence1\tsentence2\tlabel\n"
    german = head + "".join(f"{n}\td{n}\te{n}\t{n % 2}\n" for n in (11, 12, 13))
    korean = head + "".join(f"{n}\tk{n}\tl{n}\t{n % 2}\n" for n in (13, 11))
    fill(tmp_path, {"pawsx/de/test_2k.tsv": german, "pawsx/ko/test_2k.tsv": korean})
    found = paired(load(tmp_path, "pawsx", "test", "de"), load(tmp_path, "pawsx", "test", "ko"))
    assert [(one.id, one.first, one.second) for one in found] == [("11", "d11", "l11"), ("13", "d13", "l13")]


def test_real_xnli_is_parallel_and_pawsx_but_for_labels(real_data):
    """papers.md 2.3: XNLI's rows have one label; PAWS-X's differ in up to 1.6 % of rows with English, as published; here up to 12 of 600."""
    sets = {}
    for name in ("xnli", "pawsx"):
        for (split, language), source in local_sources(TASKS[name], real_data, Memo()).items():
            if name == "xnli" and language not in ("de", "sw"):
                continue
            sets[name, split, language] = read(source, TASKS[name])
    found = pair_up(sets["xnli", "test", "de"], sets["xnli", "test", "sw"])
    assert (len(found.examples), found.without_partner, found.unlike_labels) == (5010, 0, 0)
    assert found.examples[0].first == sets["xnli", "test", "de"][0].first
    assert found.examples[-1].second == sets["xnli", "test", "sw"][-1].second
    for language in ("de", "es", "fr", "zh"):
        found = pair_up(sets["pawsx", "dev", "en"], sets["pawsx", "dev", language])
        assert found.without_partner == 0
        assert 0 < found.unlike_labels <= 0.017 * 600
