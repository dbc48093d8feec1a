"""Seeds by arm and planned looks, as a study writes them."""

from __future__ import annotations

import pytest

from stiltsreport.study.study import Looks
from tests.study.conftest import MINIMAL, Errors, Reader

STUDY = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli, squad]\ntarget: [xnli]\nvariants: [{mlm: {}}]\n"
WELCH = "statistics: {test: welch}\n"


def test_numbers_are_seeds_from_one_and_lists_are_taken_as_they_are(study: Reader):
    found = study(STUDY + WELCH + "seeds: {default: 2, none: 4, squad: [7, 8]}\n")
    assert found.seeds == (1, 2, 3, 4, 7, 8)
    assert found.seeds_of("plain", "none") == (1, 2, 3, 4)
    assert found.seeds_of("plain", "mnli") == found.seeds_of("mlm", "mnli") == (1, 2)
    assert found.seeds_of("plain", "squad") == found.seeds_of("mlm", "squad") == (7, 8)
    assert found.fewest_seeds == 2


def test_a_row_with_a_method_may_have_seeds_of_its_own(study: Reader):
    found = study(STUDY + WELCH + "seeds: {default: 2, mnli: 3, mnli+mlm: 5}\n")
    assert [found.seeds_of(*arm) for arm in found.arms] == [(1, 2), (1, 2), (1, 2, 3), (1, 2, 3, 4, 5), (1, 2), (1, 2)]


def test_equal_seeds_by_arm_are_a_list(study: Reader):
    found = study(STUDY + "seeds: {default: 3, none: [3, 2, 1]}\n")
    assert (found.seeds, found.arm_seeds, found.statistics.test) == ((1, 2, 3), (), "paired-t")


def test_looks_end_with_all_the_seeds(study: Reader):
    found = study(STUDY + "seeds: {planned: 10, looks: [5]}\n")
    assert found.seeds == tuple(range(1, 11))
    assert found.looks == Looks((5, 10), "obrien-fleming", 0)
    assert study(STUDY + "seeds: {planned: 12, looks: [6, 9, 12], spending: pocock}\n").looks == Looks((6, 9, 12), "pocock", 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seeds: {default: 5, nne: 15}", "no arm 'nne'; did you mean 'none'?"),
        ("seeds: {default: many}", "'many' is no number of seeds"),
        ("seeds: {default: [1, 1]}", "seed 1 stands twice"),
        ("seeds: {none: 5}", "seeds: 'default' is missing"),
        ("seeds: {default: 5, none: 15}", "seeds by arm cannot all be paired: the test 'paired-t' is not theirs"),
        ("seeds: {planned: 10}", "seeds.looks: 'looks' is missing"),
        ("seeds: {planned: 10, looks: [8, 6]}", "ascending, each once"),
        ("seeds: {planned: 10, looks: [3, 10]}", "a look at 3 seeds tests nothing"),
        ("seeds: {planned: 10, looks: [5], spending: all}", "'all'"),
        ("seeds: {planned: 10, looks: [5], none: 5}", "none"),
        ("seeds: []", "no seeds"),
        ("seeds: {default: 3}\ntune: {learning_rate: [1e-5], seeds: [2]}", "seed 2 is reported"),
    ],
)
def test_what_is_wrong_is_said(errors: Errors, line: str, said: str):
    assert any(said in found for found in errors(MINIMAL + line + "\n")), errors(MINIMAL + line + "\n")
