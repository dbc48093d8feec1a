"""Fixed subsets: the same items for every seed, model and language, and a pool that stays as hard as it can."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stiltsreport.tasks.examples import Passage, Question, Retrieval, SentencePair
from stiltsreport.tasks.limit import held_out, limited


def pairs(names):
    return tuple(SentencePair(name, f"text {name}", None, "x") for name in names)


NAMES = st.lists(st.integers(0, 10_000).map(str), unique=True, max_size=80)


@settings(deadline=None)
@given(NAMES, st.integers(0, 90), st.randoms())
def test_a_subset_depends_on_the_ids_alone(names, count, shuffle):
    found = limited(pairs(names), count)
    assert len(found) == min(count, len(names))
    order = [name for name in names if name in {example.id for example in found}]
    assert [example.id for example in found] == order, "in the order of the file"
    other = list(names)
    shuffle.shuffle(other)
    assert {example.id for example in limited(pairs(other), count)} == set(order)


@settings(deadline=None)
@given(NAMES, st.integers(0, 40), st.integers(0, 40))
def test_a_smaller_subset_lies_in_a_larger_one(names, one, other):
    small, large = sorted((one, other))
    assert set(limited(pairs(names), small)) <= set(limited(pairs(names), large))


def test_no_limit_is_the_set_itself():
    examples = pairs("abc")
    assert limited(examples, None) is examples
    assert limited(examples, 3) is examples
    assert limited(examples, 0) == ()


def test_two_purposes_draw_two_subsets():
    examples = pairs(map(str, range(200)))
    assert limited(examples, 20, "selection") != limited(examples, 20, "limit")


def tatoeba(size):
    names = [str(number) for number in range(size)]
    return Retrieval(
        tuple(Passage(n, f"q{n}", "en") for n in names), tuple(Passage(n, f"p{n}", "de") for n in names), {n: (n,) for n in names}
    )


def test_translations_keep_their_partners():
    found = limited(tatoeba(100), 30)
    assert isinstance(found, Retrieval)
    assert len(found.queries) == len(found.pool) == 30
    assert {query.id for query in found.queries} == {passage.id for passage in found.pool} == set(found.relevant)


def test_a_bitext_keeps_its_share_of_partners_and_a_pool_in_proportion():
    """Mining is as hard as its sentences without a partner are many."""
    queries = tuple(Passage(f"q{n}", "x", "zh") for n in range(200))
    pool = tuple(Passage(f"e{n}", "x", "en") for n in range(300))
    found = limited(Retrieval(queries, pool, {f"q{n}": (f"e{n}",) for n in range(10)}), 40)
    assert isinstance(found, Retrieval)
    assert (len(found.queries), len(found.relevant), len(found.pool)) == (40, 2, 60)
    assert {passages[0] for passages in found.relevant.values()} <= {passage.id for passage in found.pool}


def test_one_pool_of_many_languages_stays_one_pool():
    """LAReQA: all languages draw the same questions, and so the same pool."""
    pool = tuple(Passage(f"{language}:{n}", "x", language) for language in ("de", "en") for n in range(100))
    relevant = {f"q{n}": (f"de:{n}", f"en:{n}") for n in range(50)}
    german, english = (
        limited(Retrieval(tuple(Passage(f"q{n}", f"{language} {n}", language) for n in range(50)), pool, relevant), 10)
        for language in ("de", "en")
    )
    assert isinstance(german, Retrieval)
    assert isinstance(english, Retrieval)
    assert german.pool == english.pool
    assert len(german.pool) == 40
    assert german.relevant == english.relevant
    assert all(set(passages) <= {passage.id for passage in german.pool} for passages in german.relevant.values())


def test_the_held_out_part_is_a_fixed_tenth_of_whole_paragraphs():
    questions = tuple(Question(f"q{n}", "?", f"context {n // 4}", (("c", 0),)) for n in range(4000))
    training, selection = held_out(questions)
    assert held_out(tuple(reversed(questions)))[1] == tuple(reversed(selection))
    assert 300 < len(selection) < 500
    assert not {question.context for question in training} & {question.context for question in selection}
    assert sorted(question.id for question in (*training, *selection)) == sorted(question.id for question in questions)
    training, selection = held_out(pairs(map(str, range(1000))))
    assert 70 < len(selection) < 130
