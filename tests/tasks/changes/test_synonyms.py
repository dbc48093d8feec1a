"""RS-DA: against the release's rule in a few lines, by hand, and the file format."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.methods import SynonymCopies
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.changes.synonyms import read_synonyms, synonyms_fingerprint, synonyms_of_file, words_of
from stiltsreport.tasks.examples import MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read
from tests.tasks.folder import fill

SYNONYMS = {"good": ["fine", "nice"], "dog": ["hound"], "alone": []}


def copies(examples, number=3, seed=1, synonyms=SYNONYMS, task="snli"):
    return apply(SynonymCopies(number, seed), tuple(examples), TASKS[task], synonyms=synonyms)


def test_copies_take_the_place_of_the_originals():
    pair = SentencePair("7", "A good  dog, a Good dog", "alone dog", "neutral")
    found = copies([pair], 200)
    assert len(found) == 200
    assert [one.id for one in found[:3]] == ["7#1", "7#2", "7#3"]
    assert {one.label for one in found} == {"neutral"}
    firsts = Counter(one.first for one in found)
    assert set(firsts) == {f"A {a}  dog, a Good {b}" for a in ("good", "fine", "nice") for b in ("dog", "hound")}, (
        "split on single spaces, with signs attached, and by case"
    )
    assert {one.second for one in found} == {"alone dog", "alone hound"}
    assert min(firsts.values()) > 15, "uniform over the word and its neighbours: 33 of 200 each are expected"
    together = Counter(("hound" in one.first, "hound" in one.second) for one in found)
    assert min(together.values()) > 25, "both sentences independently: 50 each"


def test_the_draw_is_fixed_by_seed_and_id():
    examples = [SentencePair(str(n), "good dog good dog", None, "0") for n in range(50)]
    found = copies(examples)
    assert copies(examples) == found
    assert copies(examples, seed=2) != found
    assert copies(examples[25:]) == found[75:], "what else is in the set does not matter"
    assert copies(examples, 2) == tuple(one for one in found if not one.id.endswith("#3"))
    assert all(one.second is None for one in found)
    assert len({one.first for one in found}) > 20


def test_other_forms_by_our_own_rule():
    question = Question("q", "Is a good dog good?", "A good dog.", (("good dog", 2),), "p", "t")
    for one in copies([question], 20, task="squad"):
        assert (one.context, one.answers, one.paragraph, one.title) == ("A good dog.", question.answers, "p", "t")
        assert one.question.split(" ")[4] == "good?"
    tagged = TaggedSentence("t", ("good", "dog", "."), ("ADJ", "NOUN", "PUNCT"))
    found = copies([tagged], 50, task="udpos")
    assert {one.words for one in found} == {(a, b, ".") for a in ("good", "fine", "nice") for b in ("dog", "hound")}
    assert {one.tags for one in found} == {tagged.tags}
    choice = MultipleChoice("m", "dog", ("good", "dog"), 1)
    found = copies([choice], 50, task="hellaswag")
    assert {one.label for one in found} == {1}
    assert {one.choices for one in found} == {(a, b) for a in ("good", "fine", "nice") for b in ("dog", "hound")}
    passage = QueryPassage("p", "dog", "good", "good dog")
    assert {(one.query, one.passage, one.context) for one in copies([passage], 50, task="mewslix")} == {
        (a, b, "good dog") for a in ("dog", "hound") for b in ("good", "fine", "nice")
    }


def test_words_are_those_that_would_be_looked_up():
    assert words_of([SentencePair("1", "a  b,", None, "x"), Question("2", "c d", "never", ()), TaggedSentence("3", ("e f",), ("X",))]) == {
        "a", "b,", "c", "d", "e f",
    }  # fmt: skip


def test_what_cannot_be_augmented_is_refused():
    with pytest.raises(StiltsReportError, match=r"SNLI: no word of its texts has a synonym; a similarity below 0\.5"):
        copies([SentencePair("1", "Dog, alone", "none", "0")])
    with pytest.raises(TypeError):
        apply(SynonymCopies(1, 1), (), TASKS["snli"])


def test_a_file_in_the_published_form(tmp_path):
    content = json.dumps({"good": ["fine", "nice"], "alone": [], "naïve": ["é"]})
    fill(tmp_path, {"plain.json": content, "packed.json.gz": content, "other.json": content.replace("fine", "well")})
    plain, packed, other = (tmp_path / name for name in ("plain.json", "packed.json.gz", "other.json"))
    assert read_synonyms(plain) == read_synonyms(packed) == {"good": ("fine", "nice"), "alone": (), "naïve": ("é",)}
    prints = [synonyms_fingerprint(path, Memo()) for path in (plain, packed, other)]
    assert prints[0] == prints[1] != prints[2]
    change = SynonymCopies(1, 1, synonyms=prints[0], path=str(plain))
    assert synonyms_of_file(change)["good"] == ("fine", "nice")
    plain.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="changed since the study was planned"):
        synonyms_of_file(change)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"good": "fine"}', '{"good": ["fine", 3]}', '{"good": {"a": 1}}', '{"good": [""]}', "not json", '{"a": ["b"]']
)
def test_other_forms_of_file_are_refused_with_their_place(tmp_path, content):
    path = tmp_path / "synonyms.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"synonyms\.json"):
        read_synonyms(path)
    with pytest.raises(DataError, match=r"gone\.json: is not there"):
        synonyms_fingerprint(tmp_path / "gone.json", Memo())


def test_real_pairs_against_the_release_in_a_few_lines(real_data):
    """perturb.py of the release puts one of [word] + neighbours in the place of each key with neighbours, and keeps all else."""
    task = TASKS["pawsx"]
    examples = read(local_sources(task, real_data, Memo())["train", "en"], task)[:400]
    synonyms = {"was": ["were", "is"], "the": ["a"], "born": ["created"], "Paris": ["London"]}
    found = copies(examples, 10, synonyms=synonyms, task="pawsx")
    assert len(found) == 10 * len(examples)
    replaced = kept = 0
    for place, copy in enumerate(found):
        original = examples[place // 10]
        assert copy.label == original.label
        for old, new in ((original.first, copy.first), (original.second, copy.second)):
            pairs = list(zip(old.split(" "), new.split(" "), strict=True))
            assert all(b in [a, *synonyms.get(a, [])] for a, b in pairs)
            replaced += sum(a != b for a, b in pairs if a == "the")
            kept += sum(a == b for a, b in pairs if a == "the")
    assert 0.47 < replaced / (replaced + kept) < 0.53
