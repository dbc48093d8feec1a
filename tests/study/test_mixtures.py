"""What stands before the target: mixtures, tasks with equal data, control arms."""

from __future__ import annotations

import pytest

from stiltsreport.methods import Sampling
from tests.study.conftest import Errors, Reader

HEAD = "title: T\nmodels: [xlmr-base]\ntarget: [xnli]\nintermediate:\n"


def test_a_mixture_has_its_tasks_and_sampling(study: Reader):
    (found,) = study(HEAD + "  - {name: two, tasks: [mnli, squad], sampling: {cap: 100, temperature: 2}}\n").intermediate
    assert (found.name, [task.name for task in found.tasks]) == ("two", ["mnli", "squad"])
    assert found.sampling == Sampling("proportional", 100, 2.0)
    assert found.source_data == {"mnli", "squad"}


def test_a_mixture_is_sampled_as_t5_s_by_default_and_uniformly_where_asked(study: Reader):
    one, other = study(HEAD + "  - {name: a, tasks: [mnli, squad]}\n  - {name: b, tasks: [mnli, squad], sampling: uniform}\n").intermediate
    assert one.sampling == Sampling("proportional", 131_072, 1.0)
    assert other.sampling.kind == "uniform"


def test_equal_data_is_an_arm_beside_the_whole_task(study: Reader):
    names = [(entry.name, entry.examples) for entry in study(HEAD + "  - mnli\n  - {task: mnli, examples: 10k}\n").intermediate]
    assert names == [("mnli", None), ("mnli-10000", 10_000)]


def test_a_bare_control_is_of_the_only_intermediate(study: Reader):
    _, control = study(HEAD + "  - mnli\n  - shuffled\n").intermediate
    assert (control.name, control.control, [task.name for task in control.tasks]) == ("shuffled", "shuffled", ["mnli"])
    assert control.source_data == frozenset(), "labels that were permuted teach nothing of the task"


def test_a_control_is_of_the_intermediate_that_it_names(study: Reader):
    found = study(HEAD + "  - {control: mlm-en, of: two}\n  - mnli\n  - {name: two, tasks: [mnli, squad]}\n").intermediate
    assert [(entry.name, entry.control) for entry in found] == [("mlm-en-two", "mlm-en"), ("mnli", None), ("two", None)]
    assert len(found[0].tasks) == 2


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("  - {tasks: [mnli, squad]}\n", "a mixture needs a name"),
        ("  - {name: m, tasks: [mnly, squad]}\n", "unknown intermediate task 'mnly'; did you mean 'mnli'?"),
        ("  - {name: m, tasks: [mnli, mnli]}\n", "'mnli' stands twice"),
        ("  - {name: m, tasks: [mnli]}\n", "a mixture has two tasks or more; mnli alone"),
        ("  - {name: mnli, tasks: [squad, qqp]}\n", "'mnli' is the name of a task"),
        ("  - {name: a+b, tasks: [squad, qqp]}\n", "'a+b' cannot name an arm"),
        ("  - {name: none, tasks: [squad, qqp]}\n", "'none' cannot name an arm"),
        ("  - {task: mnli, sampling: uniform}\n", "`sampling` says nothing of one task"),
        ("  - {name: mnli, of: squad}\n", "`of` says nothing without a `control`"),
        (
            "  - mnli\n  - squad\n  - shuffled\n",
            "the control 'shuffled' does not say of which intermediate it is; {control: shuffled, of: mnli | squad}",
        ),
        ("  - shuffled\n", "the control 'shuffled' does not say of which intermediate it is"),
        ("  - mnli\n  - {control: shuffled, of: mnly}\n", "no intermediate 'mnly' in this study; did you mean 'mnli'?"),
        ("  - mnli\n  - {control: shuffled, of: mnli, examples: 5}\n", "a control has no tasks of its own"),
        ("  - mnli\n  - {control: reversed, of: mnli}\n", "'reversed' is none of its values"),
        ("  - mnli\n  - {task: mnli, name: mnli, examples: 5}\n", "intermediate task 'mnli' stands twice"),
    ],
)
def test_what_is_wrong_is_said(errors: Errors, entries: str, said: str):
    assert any(said in found for found in errors(HEAD + entries)), errors(HEAD + entries)
