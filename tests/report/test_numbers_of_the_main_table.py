"""Every number of the main table, recomputed from scores.jsonl by other means than the package's own."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from statistics import fmean

import pytest

from stiltsreport.report.document import Report
from stiltsreport.report.formats.csv import render_table
from stiltsreport.report.numbers import between, counted, listed, probability, shown

OFFICIAL = {"xnli": ["accuracy"], "pawsx": ["accuracy"], "udpos": ["f1"], "xquad": ["exact_match", "f1"], "tatoeba": ["accuracy"]}
LANGUAGES = {"xnli": "en de sw", "pawsx": "en de", "udpos": "en fi", "xquad": "en es zh", "tatoeba": "de sw"}
TITLES = {"XNLI (acc)": "xnli", "PAWS-X (acc)": "pawsx", "UD-POS (F1)": "udpos", "XQuAD (F1/EM)": "xquad", "Tatoeba (acc)": "tatoeba"}
ROWS = {"none": "none", "MNLI": "mnli", "SQuAD 1.1": "squad", "HellaSwag": "hellaswag"}
MODELS = {"mE5-small": "multilingual-e5-small", "XLM-R base": "xlmr-base"}


@pytest.fixture(scope="module")
def by_seed(folder: Path) -> dict[tuple[str, str, str], dict[int, float]]:
    """(model, intermediate, target) -> seed -> the mean over languages of the mean of the official metrics; whole seeds alone."""
    found: dict[tuple[str, str, str, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in (folder / "scores.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["stage"] == "target" and row["metric"] in OFFICIAL[row["target"]]:
            for seed in [1, 2, 3, 4, 5] if row["seed"] is None else [row["seed"]]:
                found[row["model"], row["intermediate"], row["target"], seed][row["language"]].append(row["value"])
    values: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
    for (model, intermediate, target, seed), languages in found.items():
        if set(languages) == set(LANGUAGES[target].split()):
            values[model, intermediate, target][seed] = fmean(fmean(metrics) for metrics in languages.values())
    return values


def shown_rows(report: Report) -> list[dict[str, str]]:
    table = next(table for table in report.tables if table.id == "xtreme")
    return list(csv.DictReader(io.StringIO(render_table(table))))


def test_targets_and_their_gains(report: Report, by_seed: dict[tuple[str, str, str], dict[int, float]]) -> None:
    checked = 0
    for row in shown_rows(report):
        model, arm = MODELS[row["group"]], ROWS[row["Intermediate"]]
        for title, target in TITLES.items():
            values, base = by_seed[model, arm, target], by_seed[model, "none", target]
            if not values:
                assert row[title] == row[f"{title}: gain"] == ""
                continue
            assert float(row[title]) == pytest.approx(fmean(values.values()), abs=0.0501), (row["Intermediate"], title)
            if arm != "none":
                gain = fmean(values[seed] - base[seed] for seed in values if seed in base)
                assert float(row[f"{title}: gain"]) == pytest.approx(gain, abs=0.0501), (row["Intermediate"], title)
            checked += 1
    assert checked == 2 * 4 * 5 - 1  # XLM-R base after HellaSwag has no PAWS-X


def test_averages(report: Report, by_seed: dict[tuple[str, str, str], dict[int, float]]) -> None:
    for row in shown_rows(report):
        model, arm = MODELS[row["group"]], ROWS[row["Intermediate"]]
        for title, targets in {"Average (5 tasks)": list(OFFICIAL), "mean (2 tasks)": ["xnli", "pawsx"]}.items():
            whole = [seed for seed in range(1, 6) if all(seed in by_seed[model, arm, target] for target in targets)]
            if not whole:
                assert row[title] == "", "an average without every task must not stand"
                continue
            expected = fmean(fmean(by_seed[model, arm, target][seed] for target in targets) for seed in whole)
            assert float(row[title]) == pytest.approx(expected, abs=0.0501)


def test_what_is_missing_is_marked(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "xtreme")
    rows = {row.key: dict(zip([column.key for column in table.columns], row.cells, strict=True)) for row in table.rows}
    gap = rows["xlmr-base/hellaswag"]["pawsx/*"]
    assert gap.missing
    assert gap.marks == ("not run",)
    assert rows["xlmr-base/hellaswag"]["average"].missing
    part = rows["multilingual-e5-small/hellaswag"]["udpos/*"]
    assert part.number is not None
    assert "partial" in part.number.marks
    assert dict(part.details)["seeds"].startswith("1: ")
    assert "3: " not in dict(part.details)["seeds"]
    assert dict(part.details)["missing"] == "fi (seed 3)"
    assert rows["multilingual-e5-small/mnli"]["xnli/*"].number.marks[-1] == "own-data"  # type: ignore[union-attr]
    assert {sign for sign, _ in table.footnotes} >= {"n", "p", "t"}


def test_the_best_of_each_column_is_bold(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "xtreme")
    for group in table.groups:
        for place in range(len(table.columns)):
            numbers = [row.cells[place].number for row in group.rows if row.cells[place].number]
            best = max(number.value for number in numbers if number)
            bold = [number for number in numbers if number and "best" in number.marks]
            assert bold
            assert all(number.text == shown(best) for number in bold)


def test_numbers_as_text() -> None:
    assert shown(-0.049) == "0.0"
    assert shown(-0.051) == "−0.1"
    assert shown(2.25) == "2.2"
    assert shown(2.35) == "2.4"  # half to even on the decimal that is written, not on its binary neighbour
    assert shown(99.95) == "100.0"
    assert probability(0.9999) == "1.000"
    assert probability(0.0) == "< .001"
    assert between(-1, 0) == "[−1.0, 0.0]"
    assert listed([]) == ""
    assert counted(0) == "0"


def test_numbers_are_rounded_half_to_even_on_their_decimal_form() -> None:
    draw = random.Random(11)
    for _ in range(5000):
        decimals = draw.randrange(5)
        value = draw.choice(
            (
                draw.uniform(-100, 100),
                round(draw.uniform(-100, 100), draw.randrange(6)),
                draw.randrange(-99, 99) * 0.05,
                10 ** draw.uniform(-9, 15),
            )
        )
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
        assert shown(value, decimals).replace("−", "-") == f"{rounded or abs(rounded):f}"
    with pytest.raises(ValueError, match="none"):
        shown(float("nan"))
