"""The heatmap of gains, the strips of seeds, the rates of collapse: each drawn value found again, gaps and marks shown, nothing invented."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from statsmodels.stats.proportion import proportion_confint

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.figures.collapse import collapse
from stiltsreport.report.figures.dev_correlation import dev_correlation
from stiltsreport.report.figures.diverging import DARK_TEXT, LIGHT_TEXT, shades, text_on
from stiltsreport.report.figures.grid import text_width
from stiltsreport.report.figures.heatmap import heatmap
from stiltsreport.report.figures.seed_strips import seed_strips
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import drawn_arms
from stiltsreport.results import Results
from stiltsreport.stats.collapse import judged
from stiltsreport.stats.compare import compare
from stiltsreport.stats.verdicts import significant
from stiltsreport.study.study import Study
from tests.fabricated import METHODS, STUDY, fabricated_results, fabricated_study, method_results, scores_by


def texts(figure: Figure) -> list[tuple[str, dict[str, str]]]:
    """Every text of a drawing with its attributes, those of its groups included."""
    found = []

    def walk(element: ET.Element, known: dict[str, str]) -> None:
        own = known | element.attrib
        if element.tag == "text":
            found.append((element.text or "", own))
        for child in element:
            walk(child, own)

    walk(ET.fromstring(figure.svg), {})
    return found


def evidence_of(study: Study, results: Results) -> Evidence:
    return Evidence(study, results, judged(study, results.scores, results.setup.health))


@pytest.fixture(scope="module")
def methods(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    study = fabricated_study(tmp_path_factory.mktemp("figures"), METHODS)
    return evidence_of(study, method_results(study))


def test_a_heatmap_holds_every_gain(evidence: Evidence):
    (figure,) = heatmap(evidence)
    expected = []
    for model in evidence.study.models:
        for arm in drawn_arms(evidence, model.name):
            for target, scope in [("average", "average"), *((entry.task.name, "task") for entry in evidence.study.target)]:
                row = evidence.comparison(arm, target, scope)
                if row is not None:
                    own = " t" if scope == "task" and evidence.own(arm, target) else ""
                    expected.append((shown(row.difference, signed=True) + own, significant(row)))
    drawn = [(text, about.get("font-weight") == "700") for text, about in texts(figure) if re.fullmatch(r"[+−]?\d+\.\d( t)?", text)]
    assert sorted(drawn) == sorted(expected)
    assert len(expected) == 2 * 3 * 6 - 2  # XLM-R base after HellaSwag has no PAWS-X, hence no average
    assert "<pattern" in figure.svg
    assert "Hatched: no result." in figure.caption
    assert "t: the target's own training data." in figure.caption


def test_a_heatmap_without_gaps_has_no_hatch(methods: Evidence):
    (figure,) = heatmap(methods)
    assert "<pattern" not in figure.svg
    assert "Hatched" not in figure.caption


def test_areas_cover_what_they_name(evidence: Evidence) -> None:
    """Within the drawing, by the names that keys of cells have; together the columns and rows of a heatmap are its cells."""
    (figure,) = heatmap(evidence)
    by = {kind: [area for area in figure.areas if area.kind == kind] for kind in ("model", "arm", "target")}
    assert {area.name for area in by["model"]} == {"multilingual-e5-small", "xlmr-base"}
    assert {area.name for area in by["arm"]} == {"mnli", "squad", "hellaswag"}
    assert [area.name for area in by["target"]] == ["xnli", "pawsx", "udpos", "xquad", "tatoeba"]
    assert all(len(area.boxes) == 2 for kind in ("arm", "target") for area in by[kind]), "a panel a model"
    numbers = [one for one in ET.fromstring(figure.svg).iter("text") if re.fullmatch(r"[+−]?\d+\.\d( t)?", one.text or "")]
    for number in numbers:
        y = float(number.attrib["y"])
        rows = [area.name for area in by["arm"] for box in area.boxes if box[1] <= y <= box[1] + box[3]]
        assert len(rows) == 1, number.text
    for figure in (*heatmap(evidence), *seed_strips(evidence)):
        _, _, width, height = map(float, ET.fromstring(figure.svg).attrib["viewBox"].split())
        for area in figure.areas:
            for left, top, wide, high in area.boxes:
                assert left >= 0, area
                assert top >= 0, area
                assert left + wide <= width + 6, area
                assert top + high <= height + 1, area


@pytest.mark.parametrize("name", ["tuning", "layers", "curves", "size", "typology", "seeds", "profile", "gains"])
def test_texts_stay_within_the_drawing_in_fonts_a_tenth_wider(name: str, methods: Evidence, evidence: Evidence) -> None:
    figures = [figure for given in (methods, evidence) for figure in FIGURES[name](given)]
    assert figures or name == "size", "the fabricated studies have each of them"
    for figure in figures:
        _, _, width, height = map(float, ET.fromstring(figure.svg).attrib["viewBox"].split())
        for text, about in texts(figure):
            size = float(about.get("font-size", 8))
            takes = 1.1 * 72 * text_width([text], size, "bold" if about.get("font-weight") == "700" else "normal")
            if "transform" not in about:
                x, y = float(about["x"]), float(about["y"])
                left = x - takes * {"start": 0, "middle": 0.5, "end": 1}[about.get("text-anchor", "start")]
                assert left > -1, (figure.id, text)
                assert left + takes < width + 1, (figure.id, text)
                assert size / 2 < y < height, (figure.id, text)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, 1.4.3)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_numbers_are_readable_on_every_shade():
    for shade in shades():
        light, dark = sorted((luminance(shade), luminance(text_on(shade))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, shade
    assert text_on(shades()[10]) == DARK_TEXT
    assert text_on(shades()[-1]) == text_on(shades()[0]) == LIGHT_TEXT


def test_one_row_or_one_target_makes_no_heatmap(tmp_path: Path):
    for text in (STUDY.replace("[mnli, squad, hellaswag]", "[mnli]"), re.sub(r"target:\n(  - .*\n)+", "target: [xnli]\n", STUDY)):
        study = fabricated_study(tmp_path, text)
        assert heatmap(evidence_of(study, fabricated_results(study))) == []
    study = fabricated_study(tmp_path)
    assert heatmap(Evidence(study, fabricated_results(study, ()), ())) == []


def ticks(figure: Figure) -> int:
    """The strokes of the seeds that did not collapse."""
    return sum(
        len(re.findall("[Mm]", element.get("d", "")))
        for element in ET.fromstring(figure.svg).iter("path")
        if "stroke-s0" in element.get("class", "")
    )


def test_every_seed_has_a_tick_and_a_collapsed_one_a_cross(methods: Evidence):
    (figure,) = seed_strips(methods)
    arms = [arm for arm in methods.arms("multilingual-e5-small") if arm.variant == "plain"]
    runs = 0
    for arm in arms:
        for entry in methods.study.target:
            series = methods.aggregates.task(arm.model, arm.variant, arm.intermediate, entry.task.name)
            assert series is not None
            runs += 0 if series.constant else len(series.seeds)
    assert ticks(figure) == runs - 1
    assert 'class="stroke-s1"' in figure.svg
    assert "Cross: a collapsed run" in figure.caption
    assert "Diamond: nothing was trained" in figure.caption
    assert "XNLI: seeds lie furthest apart for SQuAD 1.1 (33.3 to" in figure.alternative
    assert "collapsed runs of SQuAD 1.1" in figure.alternative


def test_without_a_collapse_there_is_no_cross(evidence: Evidence):
    figures = seed_strips(evidence)
    assert [figure.id for figure in figures] == ["seeds-multilingual-e5-small", "seeds-xlmr-base"]
    assert all("Cross" not in figure.caption and "stroke-s1" not in figure.svg for figure in figures)


def test_one_seed_makes_no_strips(tmp_path: Path):
    study = fabricated_study(tmp_path, STUDY.replace("[1, 2, 3, 4, 5]", "[1]"))
    assert seed_strips(evidence_of(study, fabricated_results(study))) == []


def test_constant_scores_are_drawn(tmp_path: Path):
    study = fabricated_study(tmp_path)
    results = fabricated_results(study, scores_by(study, lambda *_: 50.0))
    evidence = evidence_of(study, results)
    assert len(seed_strips(evidence)) == 2
    assert "0.0" in {text for text, _ in texts(heatmap(evidence)[0])}


def test_rates_of_collapse_have_exact_intervals(methods: Evidence):
    (figure,) = collapse(methods)
    low, high = proportion_confint(1, 15, method="beta")  # Clopper and Pearson
    assert f"SQuAD 1.1 of mE5-small, target: 1 of 15 ({shown(100 * low)} to {shown(100 * high)} %)" in figure.alternative
    titles = [text for text, _ in texts(figure)]
    assert "Target trainings" in titles
    assert "Intermediate trainings" not in titles
    assert "none + few-shot ‡" in titles
    assert "‡ not zero-shot." in figure.caption


def test_without_a_collapse_there_are_no_rates(evidence: Evidence, tmp_path: Path):
    assert collapse(evidence) == []
    study = fabricated_study(tmp_path, METHODS)
    assert collapse(evidence_of(study, method_results(study, collapsed=False))) == []


def test_where_rows_are_many_those_that_collapsed_stay(methods: Evidence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(collapse.__globals__, "_HEIGHT", 1.0)
    (figure,) = collapse(methods)
    titles = {text for text, _ in texts(figure)}
    assert {"none", "SQuAD 1.1"} <= titles
    assert "MNLI" not in titles
    assert "Rows without a collapsed training are left out, but the baseline." in figure.caption


def test_dev_gains_that_are_all_zero_have_an_axis_of_points(tmp_path: Path):
    from tests.selected import with_selection

    study = fabricated_study(tmp_path)
    results = with_selection(study, fabricated_results(study))
    level = tuple(replace(row, value=80.0) for row in results.setup.selection)
    results = replace(results, setup=replace(results.setup, selection=level))
    (figure,) = dev_correlation(Evidence(study, results, compare(study, results.scores)))
    numbers = [float(text.replace("−", "-")) for text, _ in texts(figure) if re.fullmatch(r"[−-]?\d+(\.\d+)?", text)]
    assert numbers
    assert all(round(number * 20) == pytest.approx(number * 20) for number in numbers)  # no hundredths
    assert min(numbers) <= -1
    assert max(numbers) >= 1
