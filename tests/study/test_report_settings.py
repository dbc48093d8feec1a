"""What a report holds is known when the study is read, long before it is rendered."""

import pytest

from stiltsreport.report.figures import FIGURES
from stiltsreport.report.tables import TABLES
from stiltsreport.study.report_settings import FIGURE_NAMES, TABLE_NAMES
from tests.study.conftest import MINIMAL, Errors, Reader


def test_the_names_are_those_of_what_reports_make() -> None:
    assert tuple(TABLES) == TABLE_NAMES
    assert tuple(FIGURES) == FIGURE_NAMES


def test_named_parts(study: Reader) -> None:
    settings = study(MINIMAL + "report: {tables: [gains, xtreme], figures: [], formats: html}\n").report
    assert (settings.tables, settings.figures, settings.formats) == (("gains", "xtreme"), (), ("html",))
    assert study(MINIMAL).report.tables == "default"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("tables: [gain]", "s.yaml:5:19: report.tables.0: unknown table 'gain'; did you mean 'gains'?"),
        ("figures: [gains, heat]", "s.yaml:5:27: report.figures.1: unknown figure 'heat'"),
        ("tables: [xtreme, xtreme]", "s.yaml:5:27: report.tables.1: table 'xtreme' stands twice; keep one of the two"),
    ],
)
def test_what_no_report_has_is_refused(errors: Errors, entry: str, said: str) -> None:
    (found,) = errors(MINIMAL + f"report: {{{entry}}}\n")
    assert found.startswith(said)


TASK = "define:\n  tasks:\n    mine: {type: sequence_classification, files: {train: t.csv, test: 'x-{language}.csv'}, "


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("labels: [a, b], languages: [en, de, de]", "language 'de' stands twice"),
        ("labels: [a, b, b], languages: [en]", "label 'b' stands twice"),
        ("labels: [a, b], languages: [en], metrics: [accuracy, accuracy]", "metric 'accuracy' stands twice"),
        ("labels: [a, b], languages: [en], train: [mine, mine]", "training task 'mine' stands twice"),
    ],
)
def test_what_stands_twice_in_a_task_of_ones_own_is_refused(errors: Errors, entry: str, said: str) -> None:
    """Its language would count twice in the mean, its label in what chance gives."""
    text = MINIMAL.replace("target: [xnli]", "target: [mine]") + TASK + entry + "}\n"
    assert any(said in one for one in errors(text))


def test_a_training_set_that_is_named_twice_is_refused(errors: Errors) -> None:
    (found,) = errors(MINIMAL.replace("[xnli]", "[{task: xnli, train: [mnli, mnli]}]"))
    assert "the training set of MNLI stands twice" in found
