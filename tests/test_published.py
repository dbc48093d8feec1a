"""Every published number that travels with the package is the one that was read; what is known of them holds together."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
import yaml

from stiltsreport.models import MODELS
from stiltsreport.published import Published, small_models, transfer
from stiltsreport.tasks import TARGETS
from stiltsreport.tasks.benchmarks import BENCHMARKS

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference" / "published.yaml"
METRICS = {"accuracy": "acc", "exact_match": "em", "f1": "f1", "map@20": "map@20", "mean": "avg"}


@pytest.fixture(scope="module")
def reference() -> dict[str, dict]:
    if not REFERENCE.is_file():
        pytest.skip("the notes that the numbers were taken from are not at hand")
    return {record["id"]: record for record in yaml.safe_load(REFERENCE.read_text(encoding="utf-8"))["records"]}


def key(one: Published) -> list[tuple[str, str, str]]:
    """Where the notes have it."""
    if one.kind == "gain":
        return [("overall", "avg_gain", one.arm.replace("-", "_")), ("overall", "avg_gain", f"{one.arm.replace('-', '_')}_tasks")]
    language = "avg" if one.language == "mean" else one.language
    task = "overall" if one.task == "average" else one.task
    return [(task, METRICS[one.metric], language), (task, METRICS[one.metric], one.model.replace("-", "_"))]


def test_every_number_is_that_of_the_notes(reference: dict[str, dict]) -> None:
    for one in transfer():
        record = reference[one.record]
        values = {tuple(row[:3]): row[3] for row in record["rows"]}
        assert any(values.get(place) == one.value for place in key(one)), one
        assert (record["paper"], record["confidence"], record["status"]) == (one.paper, one.confidence, "found")


def test_every_number_of_the_small_models_too(reference: dict[str, dict]) -> None:
    for table in small_models():
        values = {tuple(row[1:3]): row[3] for row in reference[table.record]["rows"]}
        assert len(values) == 5 * len(table.rows)
        for row in table.rows:
            names = {
                "accuracy": row.accuracy,
                "throughput": row.throughput,
                "memory_mb": row.memory,
                "latency": row.latency,
                "per": row.per,
            }
            assert all(values[name, row.model] == value for name, value in names.items())


def test_names_are_those_of_studies() -> None:
    for one in transfer():
        assert one.model in MODELS
        assert one.task == "average" or one.task in TARGETS
        assert one.languages in BENCHMARKS
        assert one.split in ("dev", "test")
        assert one.source
        if one.language != "mean" and one.task != "average":
            assert one.language in TARGETS[one.task].languages


def test_means_are_those_of_their_languages() -> None:
    # pull request 128 of jiant: 71.5 and 31.0 are the means of its rows
    for task in ("bucc2018", "tatoeba"):
        rows = [one for one in transfer() if one.record.startswith("jiant") and one.task == task]
        mean = next(one.value for one in rows if one.language == "mean")
        assert statistics.fmean(one.value for one in rows if one.language != "mean") == pytest.approx(mean, abs=0.01)
