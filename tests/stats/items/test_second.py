"""The rows of the second interval: what they hold, what they do not depend on, and what is said where there are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from stiltsreport.metrics.item_counts import ItemCounts, digest_of
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.families import key_of
from stiltsreport.stats.items.quantities import quantities
from stiltsreport.stats.items.second import BOOTSTRAP, MULTI, new_items, with_items
from stiltsreport.stats.items.variance import item_variances
from stiltsreport.study.study import Study
from tests.fabricated import without
from tests.stats.items.made import STUDY, MadeItems, made, study_of

DRAWS = 200


def rows_of(study: Study, scores, items: MadeItems, draws: int = DRAWS) -> dict[tuple[str, ...], Comparison]:
    """The second rows by what they are about."""
    return {key_of(row): row for row in with_items(study, scores, compare(study, scores), items, draws) if row.interval == BOOTSTRAP}


def test_each_comparison_is_followed_by_its_second_row(tmp_path: Path):
    study = study_of(tmp_path)
    scores, items = made(study)
    first = compare(study, scores)
    found = with_items(study, scores, first, items, DRAWS)
    assert [row for row in found if row.interval == "t"] == first
    assert [(key_of(row), row.interval) for row in found] == [(key_of(row), kind) for row in first for kind in ("t", BOOTSTRAP)]
    assert with_items(study, scores, found, items, DRAWS) == found  # rows that have a second one already get it anew
    for row, second in zip(found[::2], found[1::2], strict=True):
        assert (second.difference, second.inputs, second.family, second.seeds) == (row.difference, row.inputs, row.family, row.seeds)
        assert second.test == "t, seeds and items"
        assert second.low < second.difference < second.high
        assert second.note.endswith(f"clusters of items, {DRAWS} draws")


def test_the_t_is_that_of_both_variances(tmp_path: Path):
    """V = s^2 / n + v, df = V^2 / ((s^2 / n)^2 / (n - 1) + v^2 / (clusters - 1)), with SciPy's t."""
    study = study_of(tmp_path)
    scores, items = made(study)
    rows = [row for row in compare(study, scores) if (row.target, row.scope, row.intermediate) == ("xnli", "task", "mnli")]
    ((_, quantity),) = quantities(Aggregates(study, scores), rows)
    (found,) = item_variances(Aggregates(study, scores), [quantity], items, DRAWS)
    by_seed = quantity.arm_values - quantity.baseline_values
    seeds, over = by_seed.var(ddof=1) / 5, found.variance
    df = (seeds + over) ** 2 / (seeds**2 / 4 + over**2 / 59)
    second = rows_of(study, scores, items)[key_of(rows[0])]
    error = np.sqrt(seeds + over)
    low, high = stats.t.interval(0.95, df, by_seed.mean(), error)
    assert (second.low, second.high) == (pytest.approx(low), pytest.approx(high))
    assert second.p_value == pytest.approx(2 * stats.t.sf(abs(by_seed.mean()) / error, df))
    sides = [stats.t.sf((by_seed.mean() + 2) / error, df), stats.t.cdf((by_seed.mean() - 2) / error, df)]
    assert second.equivalence_p_value == pytest.approx(max(sides))


def test_families_are_those_of_the_first_interval(tmp_path: Path):
    """Holm over both arms' averages without own data with their equivalences: four p values; tasks after Benjamini and Hochberg."""
    study = study_of(tmp_path)
    scores, items = made(study)
    found = rows_of(study, scores, items)
    declared = list({row.inputs: row for row in found.values() if row.family == "confirmatory"}.values())
    assert [row.intermediate for row in declared] == ["mnli", "hellaswag"]
    every = [p for row in declared for p in (row.p_value, row.equivalence_p_value)]
    from statsmodels.stats.multitest import multipletests

    expected = multipletests(every, method="holm")[1]
    assert [p for row in declared for p in (row.adjusted_p_value, row.adjusted_equivalence_p_value)] == pytest.approx(list(expected))
    tasks = [row for row in found.values() if row.scope == "task"]
    assert [row.adjusted_p_value for row in tasks] == pytest.approx(list(multipletests([row.p_value for row in tasks], method="fdr_bh")[1]))


def test_from_ten_seeds_on_seeds_and_items_are_resampled_together(tmp_path: Path):
    study = study_of(tmp_path, STUDY, f"seeds={list(range(1, 11))}")
    scores, items = made(study)
    found = with_items(study, scores, compare(study, scores), items, 2000)
    multi = {key_of(row): row for row in found if row.interval == MULTI}
    second = {key_of(row): row for row in found if row.interval == BOOTSTRAP}
    assert multi.keys() == second.keys()
    row = next(row for row in multi.values() if row.target == "xnli" and row.scope == "task")
    wide = second[key_of(row)]
    # Written out plainly: 2,000 times ten seeds and sixty items with replacement.
    right = [
        np.array(
            [
                [items.found[f"multilingual-e5-small/{arm}/xnli/{code}/{seed}"].counts["accuracy"][:, 0] for seed in study.seeds]
                for code in ("en", "de")
            ]
        )
        for arm in (row.intermediate, "none")
    ]
    differences = 100 * (right[0] - right[1]).mean(axis=0)  # (seeds, items), the mean over languages
    generator = np.random.default_rng(8)
    drawn = [differences[generator.integers(0, 10, 10)][:, generator.integers(0, 60, 60)].mean() for _ in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (row.low, row.high) == (pytest.approx(low, abs=0.15 * (high - low)), pytest.approx(high, abs=0.15 * (high - low)))
    assert row.p_value == pytest.approx(wide.p_value, abs=0.1)
    assert not any(row.interval == MULTI for row in with_items(study, *made_with(study, 9), items, DRAWS))


def made_with(study: Study, seeds: int):
    scores = tuple(score for score in made(study)[0] if score.seed is None or score.seed <= seeds)
    return scores, compare(study, scores)


def test_what_cannot_be_resampled_says_why(tmp_path: Path):
    study = study_of(tmp_path)
    scores, items = made(study)
    lost = next(job for job in items.found if "hellaswag/xnli/de/3" in job)
    del items.found[lost]
    found = rows_of(study, scores, items)
    gone = found["multilingual-e5-small", "plain", "hellaswag", "none", "xnli", "language:de"]
    assert (gone.low, gone.high, gone.p_value, gone.adjusted_p_value, gone.verdict) == (None, None, None, None, "undecided")
    assert gone.note == "no interval over items: xnli in 'de': no items are stored"
    assert found["multilingual-e5-small", "plain", "hellaswag", "none", "xnli", "language:en"].low is not None
    assert found["multilingual-e5-small", "plain", "hellaswag", "none", "average", "average"].low is None
    assert found["multilingual-e5-small", "plain", "mnli", "none", "average", "average"].low is not None


def test_counts_that_do_not_give_the_score_are_not_used(tmp_path: Path):
    study = study_of(tmp_path)
    scores, items = made(study)
    job = next(job for job in items.found if "mnli/xnli/en/2" in job)
    one = items.found[job]
    items.found[job] = replace(one, counts={"accuracy": one.counts["accuracy"] * [0, 1]})
    assert rows_of(study, scores, items)["multilingual-e5-small", "plain", "mnli", "none", "xnli", "language:en"].note.endswith(
        "do not give its score"
    )
    items.found[job] = replace(one, counts={})
    assert rows_of(study, scores, items)["multilingual-e5-small", "plain", "mnli", "none", "xnli", "language:en"].note.endswith(
        "nothing is counted by accuracy"
    )


@pytest.mark.parametrize(
    ("overrides", "size", "said"),
    [((), 4, "clusters of items are too few"), (("seeds=[1]",), 60, "one seed"), ((), 60, "the same difference in every seed")],
)
def test_degenerate_sets(tmp_path: Path, overrides: tuple[str, ...], size: int, said: str):
    study = study_of(tmp_path, STUDY, *overrides)
    scores, items = made(study, size=size)
    if "same" in said:  # every seed is as the first
        first = {job.rpartition("/")[0]: one for job, one in items.found.items() if job.endswith("/1")}
        items.found = {job: first[job.rpartition("/")[0]] for job in items.found}
        values = {(row.intermediate, row.target, row.language, row.metric): row.value for row in scores if row.seed == 1}
        scores = tuple(replace(row, value=values[row.intermediate, row.target, row.language, row.metric]) for row in scores)
    found = rows_of(study, scores, items)
    assert found
    assert all(row.low is None and row.verdict in ("undecided", "descriptive only") and said in row.note for row in found.values())


def test_under_five_seeds_nothing_is_marked(tmp_path: Path):
    study = study_of(tmp_path, STUDY, "seeds=[1, 2, 3]")
    scores, items = made(study)
    for row in rows_of(study, scores, items).values():
        assert row.verdict == "descriptive only"
        assert row.low is not None
        assert row.adjusted_p_value is None


def test_two_samples_of_seeds(tmp_path: Path):
    """Welch: each arm's seeds vary by themselves; the baseline has more of them."""
    text = STUDY.replace("seeds: [1, 2, 3, 4, 5]", "seeds: {default: 5, none: 8}").replace("statistics: {", "statistics: {test: welch, ")
    study = study_of(tmp_path, text)
    scores, items = made(study)
    rows = compare(study, scores)
    found = rows_of(study, scores, items)
    row = next(row for row in rows if (row.target, row.scope, row.intermediate) == ("xnli", "task", "mnli"))
    ((_, quantity),) = quantities(Aggregates(study, scores), [row])
    assert (len(quantity.arm_seeds), len(quantity.baseline_seeds)) == (5, 8)
    second = found[key_of(row)]
    assert second.low is not None
    assert second.difference == pytest.approx(np.nanmean(quantity.arm_values) - np.nanmean(quantity.baseline_values))
    assert second.high - second.low > 0.7 * (row.high - row.low)


def test_a_constant_baseline(tmp_path: Path):
    """Retrieval on the untouched model: one value, whose items are resampled like the arm's."""
    text = STUDY.replace("  - {task: udpos, languages: [en, fi]}\n", "  - {task: tatoeba, languages: [de, fr]}\n")
    study = study_of(tmp_path, text)
    scores, items = made(study)
    found = rows_of(study, scores, items)
    row = found["multilingual-e5-small", "plain", "mnli", "none", "tatoeba", "task"]
    assert row.low is not None
    assert row.note == f"120 clusters of items, {DRAWS} draws"


def claim(**changes: object) -> Comparison:
    one = Comparison(
        "m",
        "plain",
        "a",
        "none",
        "average",
        "average",
        1.0,
        0.5,
        1.5,
        0.01,
        0.01,
        "paired-t",
        "t",
        "confirmatory",
        (1, 2, 3, 4, 5),
        9,
        "better",
        "",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "second", "low", "expected"),
    [("better", "better", 0.1, True), ("better", "undecided", -0.1, False), ("better", "better but negligible", 0.1, True), ("undecided", "better", 0.1, None),
     ("equivalent", "equivalent", -0.5, True), ("equivalent", "undecided", -1.5, False), ("worse", "better", 0.1, False), ("better", "undecided", None, None),
     ("better but negligible", "better", 0.1, False)],
)  # fmt: skip
def test_agreement_on_new_items(verdict: str, second: str, low: float | None, expected: bool | None):
    assert new_items(claim(verdict=verdict), claim(verdict=second, low=low, interval=BOOTSTRAP)) is expected
    assert new_items(claim(verdict=verdict), None) is None


CHANGES = ("rows", "items", "an arm", "a target", "a language", "a model")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Comparison]:
    study = study_of(tmp_path_factory.mktemp("alone"))
    return rows_of(study, *made(study))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.sampled_from(CHANGES), order=st.randoms(use_true_random=False))
def test_intervals_depend_on_nothing_else(tmp_path: Path, alone, change: str, order):
    """Neither on orders nor on what else the study holds: the interval of what both studies have is the same to float rounding."""
    texts = {
        "an arm": STUDY.replace("[mnli, hellaswag]", "[hellaswag, squad, mnli]"),
        "a target": STUDY.replace("  - {task: udpos", "  - {task: pawsx, languages: [en, de]}\n  - {task: udpos"),
        "a language": STUDY.replace("{task: xnli, languages: [en, de]}", "{task: xnli, languages: [fr, de, en]}"),
        "a model": STUDY.replace("[multilingual-e5-small]", "[xlmr-base, multilingual-e5-small]"),
    }
    study = study_of(tmp_path, texts.get(change, STUDY))
    scores, items = made(study)
    shuffled = list(scores)
    order.shuffle(shuffled)
    if change == "items":
        for job, one in items.found.items():
            places = list(range(len(one.ids)))
            order.shuffle(places)
            ids, clusters = tuple(one.ids[p] for p in places), tuple(one.clusters[p] for p in places)
            items.found[job] = ItemCounts(
                digest_of(ids, clusters), ids, clusters, {key: counts[places] for key, counts in one.counts.items()}
            )
    found = rows_of(study, shuffled, items)
    same = [key for key in alone if key in found and found[key].difference == pytest.approx(alone[key].difference, abs=1e-12)]
    assert len(same) == len(alone) if change in ("rows", "items", "an arm", "a model") else len(same) >= 16
    for key in same:
        if found[key].n == alone[key].n:
            assert found[key].low == pytest.approx(alone[key].low, rel=1e-9)
            assert found[key].p_value == pytest.approx(alone[key].p_value, rel=1e-9)


def test_missing_scores_leave_their_seeds_out(tmp_path: Path):
    study = study_of(tmp_path, STUDY, "seeds=[1, 2, 3, 4, 5, 6]")
    scores, items = made(study)
    fewer = without(scores, intermediate="mnli", target="xnli", seed=4)
    row = rows_of(study, fewer, items)["multilingual-e5-small", "plain", "mnli", "none", "xnli", "task"]
    assert row.seeds == (1, 2, 3, 5, 6)
    assert row.low is not None
    whole = rows_of(study, scores, items)["multilingual-e5-small", "plain", "mnli", "none", "xnli", "task"]
    assert row.low != pytest.approx(whole.low)


def test_a_system_against_itself(tmp_path: Path):
    """The same counts in both arms: no difference, no variance, p = 1, no mark."""
    study = study_of(tmp_path)
    scores, items = made(study)
    items.found = {job: items.found[job.replace("/mnli/", "/none/").replace("/hellaswag/", "/none/")] for job in items.found}
    values = {(row.target, row.language, row.seed, row.metric): row.value for row in scores if row.intermediate == "none"}
    same = tuple(replace(row, value=values[row.target, row.language, row.seed, row.metric]) for row in scores)
    for row in rows_of(study, same, items).values():
        assert (row.difference, row.p_value, row.adjusted_p_value) == (0, 1, 1)
        assert row.verdict == "undecided"
        assert row.low is None
