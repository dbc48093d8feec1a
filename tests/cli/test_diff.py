"""`diff`: two reports of made-up scores, one of which had more seeds, another level, and one score that is another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.cli.comparing import compared
from stiltsreport.report.write import write_report
from stiltsreport.results import Score
from stiltsreport.results.provenance import resolved
from tests.cli.studies import ran
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study

Capture = pytest.CaptureFixture[str]
TEXT = """\
title: T
models: [multilingual-e5-small]
intermediate: [mnli]
target:
  - {{task: pawsx, languages: [en, de]}}
seeds: {seeds}
statistics: {{alpha: {alpha}}}
claims:
  - {{name: helps, better: mnli, than: none}}
report: {{formats: [], figures: []}}
"""


def made(place: Path, seeds: Sequence[int], alpha: float = 0.05, gain: float = 2.0, **about: Any) -> Path:
    """A report folder of that study."""
    place.mkdir()
    study = fabricated_study(place, TEXT.format(seeds=list(seeds), alpha=alpha))
    scores: tuple[Score, ...] = fabricated_scores(study, {"mnli": gain})
    found = fabricated_results(study, scores)
    provenance = found.provenance | {"setup": found.setup.to_json()} | about
    provenance["study"] = found.provenance["study"] | {"resolved": resolved(study, None)}
    results = replace(found, provenance=provenance)
    rows, answers = compared(study, results, place / "none")
    write_report(study, results, rows, place / "fabricated", answers)
    return place / "fabricated"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("diff") / "before", range(1, 6))


def parts(capsys: Capture, before: Path, after: Path) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    result = ran(capsys, ["diff", str(before), str(after), "--json"])
    return result.code, {part["name"]: part["changes"] for part in json.loads(result.out)["parts"]}


def test_a_report_is_the_same_as_itself(before: Path, capsys: Capture) -> None:
    result = ran(capsys, ["diff", str(before), str(before)])
    assert result.code == 0
    assert result.out.splitlines() == [
        f"{name}: the same" for name in ("study", "data", "code", "machine", "scores", "comparisons", "verdicts", "claims")
    ]


def test_more_seeds_are_added_scores_and_a_changed_setting(before: Path, tmp_path: Path, capsys: Capture) -> None:
    code, found = parts(capsys, before, made(tmp_path / "after", range(1, 8), alpha=0.01))
    assert code == 1
    settings = {change["name"]: (change["before"], change["after"]) for change in found["study"]}
    assert settings["seeds"] == ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7])
    assert settings["statistics.alpha"] == (0.05, 0.01)
    assert set(settings) == {"seeds", "statistics.alpha", "text of the study file"}
    assert all(change["before"] is None for change in found["scores"])  # two seeds: two arms, two languages, and one dev score
    assert sorted(change["name"] for change in found["scores"] if "seed 6" in change["name"]) == [
        "multilingual-e5-small/mnli/mnli/en, seed 6, accuracy, intermediate stage",
        "multilingual-e5-small/mnli/pawsx/de, seed 6, accuracy",
        "multilingual-e5-small/mnli/pawsx/en, seed 6, accuracy",
        "multilingual-e5-small/none/pawsx/de, seed 6, accuracy",
        "multilingual-e5-small/none/pawsx/en, seed 6, accuracy",
    ]
    assert len(found["scores"]) == 10
    assert (found["code"], found["machine"]) == ([], [])


def test_a_gain_that_turns_turns_verdicts_and_claims(before: Path, tmp_path: Path, capsys: Capture) -> None:
    after = made(tmp_path / "after", range(1, 6), gain=-2.0)
    code, found = parts(capsys, before, after)
    assert code == 1
    assert {round(change["by"], 6) for change in found["scores"]} == {-4.0}  # the noise is the same
    assert {round(change["by"], 6) for change in found["comparisons"] if change["by"]} == {-4.0}
    turned = {change["name"]: (change["before"].split(" (")[0], change["after"].split(" (")[0]) for change in found["verdicts"]}
    assert turned["multilingual-e5-small/mnli against none, average (average, t)"] == ("better", "worse")
    assert [(one["name"], one["before"], one["after"]) for one in found["claims"]] == [
        ("helps/multilingual-e5-small", "supported", "contradicted")
    ]
    text = ran(capsys, ["diff", str(before), str(after)]).out
    assert "10 changed by 4.00 points on average, at most 4.00" in text
    assert "helps/multilingual-e5-small: supported -> contradicted" in text


def test_data_code_and_machine_are_told(before: Path, tmp_path: Path, capsys: Capture) -> None:
    after = made(tmp_path / "after", range(1, 6), commit="f" * 40, packages={"numpy": "9"}, machines=[{"device": "abacus", "jobs": 3}])
    file = after / "provenance.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found["setup"]["data"][1]["fingerprint"] = "edited"
    file.write_text(json.dumps(found), encoding="utf-8")
    _, changes = parts(capsys, before, after)
    row = found["setup"]["data"][1]
    assert [(one["name"], one["after"]) for one in changes["data"]] == [
        (f"{row['task']}/{row['role']}/{row['language']}/{row['split']} fingerprint", "edited")
    ]
    assert "commit" in {one["name"] for one in changes["code"]}
    assert ("packages.numpy", "9") in {(one["name"], one["after"]) for one in changes["code"]}
    assert {"device": "abacus"} in [one["after"] for one in changes["machine"]]
    assert changes["scores"] == []


def test_of_one_machine_each_what_differs_is_told(tmp_path: Path, capsys: Capture) -> None:
    one = {"device": "cpu", "packages": {"torch": "2.13", "numpy": "2"}, "jobs": 3}
    other = {"device": "cpu", "packages": {"torch": "2.14", "numpy": "2"}, "jobs": 4}
    folders = [made(tmp_path / name, range(1, 6), machines=[machine]) for name, machine in (("one", one), ("other", other))]
    _, changes = parts(capsys, *folders)
    assert [(change["name"], change["before"], change["after"]) for change in changes["machine"]] == [("packages.torch", "2.13", "2.14")]


def test_what_is_no_report_is_one_line(before: Path, tmp_path: Path, capsys: Capture) -> None:
    for other in (tmp_path, tmp_path / "nothing"):
        result = ran(capsys, ["diff", str(before), str(other)])
        assert (result.code, len(result.err.splitlines())) == (2, 1)
        assert "stiltsreport build" in result.err
