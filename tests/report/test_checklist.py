"""The checklist and the reproducibility statement: each fact as the study's records have it, and what they lack said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.build import report_of
from stiltsreport.report.document import Report, Source
from stiltsreport.report.evidence import Evidence
from stiltsreport.results import Results
from stiltsreport.stats.compare import compare
from tests.fabricated import METHODS, STUDY, fabricated_results, fabricated_study, method_results
from tests.report.test_sentences import words

MACHINES = [{"device": "cpu", "processor": "A Processor", "python": "3.11.7", "packages": {"torch": "2.13.0"}, "jobs": 383}]


def made(folder: Path, text: str, results: Results | None = None) -> Report:
    study = fabricated_study(folder, text)
    found = results or (method_results(study) if "variants" in text else fabricated_results(study))
    found = replace(found, provenance=found.provenance | {"machines": MACHINES})
    return report_of(Evidence(study, found, compare(study, found.scores)), drawn=False)


def said(report: Report, name: str) -> str:
    return words(next(section for section in report.sections if section.id == name))


@pytest.fixture(scope="module")
def methods(tmp_path_factory: pytest.TempPathFactory) -> Report:
    tuned = "tune: {learning_rate: [1.0e-5, 2.0e-5], per: [model, stage, arm], seeds: [101, 102]}\ncollapse: retry\n"
    return made(tmp_path_factory.mktemp("checklist"), METHODS + tuned)


def test_the_order_of_a_paper(methods: Report):
    names = [section.id for section in methods.sections if not section.appendix]
    order = ["findings", "setup", "results", "significance", "efficiency", "limitations", "reproducibility"]
    assert [name for name in names if name in order] == order
    assert names[-1] == "reproducibility"
    appendices = [section.id for section in methods.sections if section.appendix]
    assert appendices[-3:] == ["recipes", "study-file", "checklist"]


def test_hours_count_a_training_that_rows_share_once(methods: Report):
    text = said(methods, "checklist")
    assert f"trainings took {hours_by_hand(methods)} hours of the devices that they ran on." in text
    assert "Hours of evaluation, the search for learning rates and pretraining: not recorded." in text
    assert "Jobs ran on cpu, A Processor, Python 3.11.7, torch 2.13.0 (383 jobs)." in text


def hours_by_hand(report: Report) -> str:
    """An intermediate training takes 1800 s and one of targets 5400 s, with augmented data thrice; methods of targets share the first."""
    table = next(table for table in report.tables if table.id == "collapse")
    arms = [row.key.partition("/")[2] for row in table.rows]
    seconds = sum(5400.0 * (3 if arm.endswith("+rs-da") else 1) for arm in arms)
    seconds += sum(1800.0 for arm in arms if arm != "none" and not arm.endswith(("+rs-da", "+few-shot")))
    return f"{seconds / 3600:.2f}"


def test_what_is_known_and_what_is_not(methods: Report):
    text = said(methods, "checklist")
    for expected in (
        "Which data sets are used, and under what licence? MNLI (mixed (OANC and others)); SQuAD 1.1 and XQuAD (CC BY-SA 4.0);",
        "Licence of the text behind MLM: not recorded.",
        "mE5-small: 118M parameters, licence MIT.",
        "The learning rate was searched among 1e-05 and 2e-05 on English dev data, 2 seeds each, with the same budget in every row",
        "1 of 255 trainings collapsed; policy: retry.",
        "Every planned evaluation is reported.",
        "Could the work do harm? Not recorded; for the authors to say.",
        "Intervals (95 %) are over seeds, on these test items. Paired t test on per-seed differences, Holm-adjusted.",
    ):
        assert expected in text


def test_a_task_of_the_studys_own_has_no_licence_on_record(tmp_path: Path):
    study = fabricated_study(tmp_path)
    bare = replace(study.target[0].task, licence="")
    changed = replace(study, target=(replace(study.target[0], task=bare, train=(bare,)), *study.target[1:]))
    found = report_of(Evidence(changed, fabricated_results(study), ()), drawn=False)
    assert "Licence not recorded: XNLI." in said(found, "checklist")


def test_gaps_are_counted(tmp_path: Path):
    study = fabricated_study(tmp_path)
    results = fabricated_results(study)
    cells = (replace(results.setup.cells[0], state="failed"), *results.setup.cells[1:])
    report = made(tmp_path, STUDY, replace(results, setup=replace(results.setup, cells=cells)))
    assert f"1 of {len(cells)} planned evaluations has no result: shown as missing." in said(report, "checklist")
    assert "Collapsed trainings: not recorded." in said(report, "checklist")


def test_the_statement_names_command_seeds_versions_and_data(methods: Report):
    text = said(methods, "reproducibility")
    for expected in (
        "The command stiltsreport build fabricated.yaml gives these numbers again from the study file, which stands whole in study-file",
        "local files are found with --data DIR",
        "Seeds: 1, 2, 3, 4 and 5; seed i drives both trainings",
        "Learning rates are chosen on seeds 101 and 102, which are not reported.",
        "Seeds above 1000 stand for collapsed runs, as declared.",
        "Packages: numpy 2.",
        "the fingerprint of each one's content stands in data.",
        "Jobs ran on cpu, A Processor",
    ):
        assert expected in text
    (source,) = next(section for section in methods.sections if section.id == "study-file").blocks
    assert isinstance(source, Source)
    assert source.text.startswith(METHODS[:60])


def test_models_whose_code_was_trusted_are_named(tmp_path: Path):
    assert "trusted" not in said(made(tmp_path, STUDY), "reproducibility")
    text = said(made(tmp_path, STUDY + "trust_remote_code: [xlmr-base]\n"), "reproducibility")
    assert "Code that came with these checkpoints was trusted and may have run: xlmr-base." in text


def test_without_its_table_data_are_in_the_provenance(tmp_path: Path):
    text = said(made(tmp_path, STUDY + "report: {tables: [xtreme]}\n"), "reproducibility")
    assert "the fingerprint of each one's content stands in provenance.json." in text


def test_rows_with_seeds_of_their_own(tmp_path: Path):
    text = STUDY.replace("seeds: [1, 2, 3, 4, 5]", "seeds: {default: 5, none: 7}").replace("statistics: {", "statistics: {test: welch, ")
    assert "Rows with seeds of their own: mnli: 1, 2, 3, 4 and 5;" in said(made(tmp_path, text), "reproducibility")
