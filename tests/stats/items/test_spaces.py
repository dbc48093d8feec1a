"""Which items are resampled together."""

from __future__ import annotations

from stiltsreport.metrics.item_counts import ItemCounts, digest_of
from stiltsreport.stats.items.spaces import Clusters, pool_of
from stiltsreport.tasks import TASKS


def items(ids, clusters) -> ItemCounts:
    return ItemCounts(digest_of(ids, clusters), tuple(ids), tuple(clusters), {})


def test_pools():
    """Parallel sets share items across languages, LAReQA asks XQuAD's questions; UD-POS has other sentences in each language."""
    assert pool_of(TASKS["xnli"], "de") == pool_of(TASKS["xnli"], "sw")
    assert pool_of(TASKS["lareqa"], "de") == pool_of(TASKS["xquad"], "en")
    assert pool_of(TASKS["mlqa"], "de") == pool_of(TASKS["mlqa"], "en") != pool_of(TASKS["xquad"], "en")
    assert pool_of(TASKS["udpos"], "de") != pool_of(TASKS["udpos"], "en")
    assert pool_of(TASKS["tatoeba"], "de") != pool_of(TASKS["tatoeba"], "fr")
    assert pool_of(TASKS["bucc2018"], "de") != pool_of(TASKS["tatoeba"], "de")


def test_paragraphs_of_two_languages_meet_through_the_ids_of_their_questions():
    """MLQA: each language has some of the questions. a and b share an English paragraph, b and c a German one."""
    found = Clusters([("mlqa/en", items("abd", ["P", "P", "Q"])), ("mlqa/de", items("bce", ["R", "R", "S"]))])
    assert found.names == ("a", "d", "e")
    assert [found.place(name) for name in "abcde"] == [0, 0, 0, 1, 2]
    assert found.place("f") is None


def test_the_same_name_in_two_languages_is_no_bond():
    found = Clusters([("mlqa/en", items("ab", ["P", "P"])), ("mlqa/de", items("cd", ["P", "Q"]))])
    assert found.names == ("a", "c", "d")


def test_order_does_not_matter():
    sets = [("x/en", items("abd", ["P", "P", "Q"])), ("x/de", items("bce", ["R", "R", "S"])), ("x/fr", items("ae", ["ae", "ae"]))]
    first, second = Clusters(sets), Clusters([(where, items(one.ids[::-1], one.clusters[::-1])) for where, one in sets[::-1]])
    assert first.names == second.names
    assert [first.place(name) for name in "abcde"] == [second.place(name) for name in "abcde"]


def test_an_id_like_a_clusters_name_is_not_taken_for_it():
    found = Clusters([("x/en", items(["p", "q"], ["q", "q"]))])
    assert found.names == ("p",)
    assert Clusters([("x/en", items(["p", "q"], ["z", "q"]))]).names == ("p", "q")
