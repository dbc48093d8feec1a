"""What a study may say but this version cannot do: understood, well-formed or not, and refused at its place."""

from __future__ import annotations

import pytest

from tests.study.conftest import MINIMAL, Errors, Reader

LATER = "not available yet"


def test_the_whole_example_of_the_documentation_is_understood(study: Reader):
    found = study(
        """title: Does intermediate-task training still help large models?
models:
  - {name: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl], adaptation: lora}
  - {name: [xlmr-base, xlmr-large, xlmr-xl], adaptation: full}
tune: {learning_rate: [5.0e-6, 1.0e-5, 2.0e-5], per: [model, adaptation, stage, arm], seeds: [101, 102]}
intermediate:
  - mnli
  - squad
  - {name: all-9, tasks: [anli-plus, mnli, qqp, squad2, squad, hellaswag, ccg, cosmosqa, csqa], sampling: {cap: 131072}}
target: xtreme-r
seeds: [1, 2, 3, 4, 5]
recipes: {intermediate: xstilts-intermediate, target: xstilts-target}
variants: [plain, {mlm: {languages: all, ratio: 0.2}}, {translated: {to: [de, ru, sw]}}, {robust: rs-da}]
claims:
  - {name: squad-helps, better: squad, than: none, on: average}
  - {name: mlm-does-not-help-much, no_better: squad+mlm, than: squad, by: 0.5, on: average}
  - {name: shrinks-with-size, trend: gain-by-parameters, of: squad, direction: down, beyond: 10e9}
statistics: {test: paired-t, correction: holm, alpha: 0.05, margin: {average: 0.5, task: 1, language: 2}}
report: {formats: [html, latex, pdf], tables: default, figures: default}
"""
    )
    adapted = [f"xlmr-{size}+lora" for size in ("base", "large", "xl", "xxl")]
    assert [model.name for model in found.models] == [*adapted, "xlmr-base", "xlmr-large", "xlmr-xl"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("keep: best", "5:1: keep"),
        ("keep: {target_checkpoints: best}", "5:1: keep"),
    ],
)
def test_refused_at_its_place(errors: Errors, line: str, place: str):
    (found,) = errors(MINIMAL + line + "\n")
    assert found.startswith(f"s.yaml:{place}: ")
    assert LATER in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("claims: [{name: c, bettr: mnli, than: none}]", "unknown key 'bettr'; did you mean 'better'?"),
        ("claims: [{name: c, better: mnli}]", "better needs than"),
        ("claims: [{name: c, better: mnli, worse: squad, than: none}]", "a claim is one of better, worse"),
        ("claims: [{name: c, equivalent: mnli, than: none}]", "equivalent needs within"),
        ("claims: [{name: c, trend: gain-by-parameters, of: squad, direction: sideways}]", "'sideways' is none of its values"),
        ("claims: yes please", "'yes please' is no list"),
        ("variants: [{mlm: {ratio: 2}}]", "2 must be below 1"),
        ("variants: [{mlm: {}, robust: rs-da}]", "a variant is plain, or one of"),
        ("variants: [rsda]", "'rsda' is none of its values; known: 'plain', 'mlm'"),
        ("tune: {learning_rate: []}", "is empty; at least one"),
        ("tune: {learning_rates: [1e-5]}", "unknown key 'learning_rates'; did you mean 'learning_rate'?"),
        ("collapse: ignore", "'ignore' is none of its values; known: 'keep', 'retry' or 'stabilise'"),
        ("execution: {slrm: {}}", "unknown key 'slrm'; did you mean 'slurm'?"),
    ],
)
def test_what_comes_later_is_checked_already(errors: Errors, line: str, said: str):
    assert any(said in found for found in errors(MINIMAL + line + "\n")), errors(MINIMAL + line + "\n")
