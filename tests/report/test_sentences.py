"""Sentences: each verdict in its words, descriptive only below five seeds, and only what applies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.document import Cite, Code, Findings, Paragraph, Reference, Report, Section, Strong, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.sections.findings import findings
from stiltsreport.report.sections.leads import lead
from stiltsreport.report.sections.limitations import limitations
from stiltsreport.report.sections.method import method
from stiltsreport.results import Results
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Limit, Study
from stiltsreport.tasks.citations import CITATIONS
from tests.fabricated import STUDY, fabricated_results, fabricated_study


def words(section: Section) -> str:
    found = []
    for block in section.blocks:
        if isinstance(block, Findings):
            found += [f"{item.verdict}: {plain(item.parts)} [{item.details}]" for item in block.items]
        elif hasattr(block, "parts"):
            found.append(plain(block.parts))
        elif hasattr(block, "items"):
            found += [plain(parts) for parts in block.items]
    return "\n".join(found)


def plain(parts: tuple[object, ...]) -> str:
    return "".join(_word(part) for part in parts)


def _word(part: object) -> str:
    match part:
        case str():
            return part
        case Cite(keys):
            return f"({', '.join(keys)})"
        case Code(text) | Strong(text):
            return text
        case Reference(name):
            return name
    raise AssertionError(part)


ROW = Comparison(
    "xlmr-base", "plain", "hellaswag", "none", "average", "average", 2.25, 1.1, 3.4, 0.001, 0.012, "paired-t", "t", "confirmatory",
    (1, 2, 3, 4, 5), 400, "better", "x", margin=1.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "difference", "expected"),
    [
        ("better", 2.25, "better: Training XLM-R base on HellaSwag first raises the mean of 5 tasks by 2.2 points. "),
        ("worse", -2.25, "worse: Training XLM-R base on HellaSwag first lowers the mean of 5 tasks by 2.2 points. "),
        ("undecided", 0.4, "moves the mean of 5 tasks by +0.4 points, which may be chance. "),
        ("equivalent", 0.1, "leaves the mean of 5 tasks unchanged within 1 point (+0.1). "),
        ("better but negligible", 0.4, "raises the mean of 5 tasks by 0.4 points, less than the declared margin of 1. "),
        ("descriptive only", 0.4, "moves the mean of 5 tasks by +0.4 points. "),
    ],
)
def test_each_verdict_in_its_words(study: Study, results: Results, verdict: str, difference: float, expected: str) -> None:
    text = words(findings(Evidence(study, results, [replace(ROW, verdict=verdict, difference=difference)])))
    assert expected.strip() in text
    assert "95 % t interval [+1.1, +3.4]; adjusted p = .012 (paired-t); 5 seeds; 400 evaluated examples a seed" in text


def test_a_gain_that_turns_without_retrieval_is_said_to_be_driven_by_it(study: Study, results: Results) -> None:
    other = replace(ROW, target="average-without-retrieval", difference=-0.2, family="exploratory", inputs="y")
    assert "better (driven by retrieval)" in words(findings(Evidence(study, results, [ROW, other])))
    assert "retrieval)" not in words(findings(Evidence(study, results, [ROW, replace(other, difference=0.2)])))


def test_own_data_is_named_where_it_is_left_out(study: Study, results: Results) -> None:
    row = replace(ROW, intermediate="mnli", target="average-without-own-data")
    assert "the mean of 4 tasks (XNLI, its own data, left out)" in words(findings(Evidence(study, results, [row])))


def test_three_seeds_are_descriptive_only(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, STUDY.replace("[1, 2, 3, 4, 5]", "[1, 2, 3]"))
    results = fabricated_results(study)
    evidence = Evidence(study, results, compare(study, results.scores))
    text = words(findings(evidence))
    assert "descriptive only" in text
    assert "better:" not in text
    from stiltsreport.report.tables import TABLES

    for table in (table for make in TABLES.values() for table in make(evidence)):
        assert not {"†", "⋄"} & {sign for sign, _ in table.footnotes}, table.id
    assert "3 seeds: differences are descriptive only." in words(limitations(evidence))


def test_the_method_says_this_study(evidence: Evidence) -> None:
    text = "\n".join(plain(paragraph.parts) for paragraph in method(evidence))
    for expected in (
        "one English intermediate task (MNLI, SQuAD 1.1 and HellaSwag)",
        "recipe xstilts-intermediate: learning rate 1e-05, batch size 32, 3 epochs, 10 % warm-up",
        "5 seeds (5 × 1: one target training on each intermediate checkpoint)",
        "seqeval 0.0.12",
        "paired t test",
        "(holm1979simple)",
        "margins in points of 1 for averages, 2 for tasks and 3 for languages",
    ):
        assert expected in text
    assert "Limited to" not in text
    limited = Evidence(replace(evidence.study, limit=Limit(1000, 200)), evidence.results, [])
    assert "Limited to at most 1,000 training and 200 evaluation examples a set." in plain(method(limited)[0].parts)


def test_every_citation_is_known(report: Report) -> None:
    assert report.citations
    assert set(report.citations) <= set(CITATIONS)


def test_limits_stand_in_every_caption_of_scores(study: Study, results: Results, comparisons: list[Comparison]) -> None:
    from stiltsreport.report.tables import TABLES

    evidence = Evidence(replace(study, limit=Limit(train=500)), results, comparisons)
    for name in ("xtreme", "gains", "averages", "significance", "intermediate", "languages", "tasks"):
        for table in TABLES[name](evidence):
            assert "Limited to at most 500 training examples a set." in table.caption, table.id
            if name != "tasks":
                assert "limit:500/all" in table.signature


def test_a_split_that_is_not_the_official_one_is_said(study: Study, results: Results) -> None:
    scores = tuple(replace(score, split="dev") if (score.target, score.language) == ("xnli", "sw") else score for score in results.scores)
    evidence = Evidence(study, replace(results, scores=scores), [])
    from stiltsreport.report.tables import TABLES

    for name in ("xtreme", "languages"):
        assert "XNLI is reported on dev in sw: its test set was not at hand." in TABLES[name](evidence)[0].source_notes


def test_a_shared_file_marks_english(study: Study, results: Results) -> None:
    from stiltsreport.report.tables import TABLES
    from stiltsreport.results import DataFacts

    shared = DataFacts("xnli", "XNLI", "selection", "en", "dev", "local files", "f-xnli-en", 200, 200)
    evidence = Evidence(study, replace(results, setup=replace(results.setup, data=(*results.setup.data, shared))), [])
    table = TABLES["languages"](evidence)[0]
    places = {column.key: place for place, column in enumerate(table.columns)}
    cells = table.rows[0].cells
    assert "shared-file" in cells[places["xnli/en"]].number.marks  # type: ignore[union-attr]
    assert "shared-file" not in cells[places["xnli/de"]].number.marks  # type: ignore[union-attr]
    assert "On XNLI English checkpoints were selected on the file" in words(limitations(evidence))


def test_paragraphs_are_sentences(report: Report) -> None:
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                text = plain(block.parts)
                assert text.endswith(".")
                assert "  " not in text
                assert ".." not in text
                assert " ." not in text


def test_tasks_and_models_of_a_study_s_own_are_cited_by_nothing(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path)
    own = replace(
        study,
        models=tuple(replace(model, citation="") for model in study.models),
        intermediate=tuple(replace(entry, tasks=tuple(replace(task, citation="") for task in entry.tasks)) for entry in study.intermediate),
        target=tuple(replace(entry, task=replace(entry.task, citation="")) for entry in study.target),
    )
    results = fabricated_results(study)
    paragraphs = [block for block in method(Evidence(own, results, compare(study, results.scores))) if isinstance(block, Paragraph)]
    cited = [part.keys for paragraph in paragraphs[:2] for part in paragraph.parts if isinstance(part, Cite)]
    assert cited == [("phang2018sentence", "phang2020english")]  # of the design alone
    assert " ." not in plain(paragraphs[1].parts)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (
            ("languages-like-these", "families-like-these"),
            "Table gives the gains in languages and tasks like these and Table those by family",
        ),
        (("transfer-gap",), "Table says how far the other languages stay behind English"),
        (("significance", "languages-like-these"), "Table holds the tests of the declared family and Table the gains"),
    ],
)
def test_the_first_table_of_a_lead_has_the_verb(ids: tuple[str, ...], said: str) -> None:
    tables = [Table(name, "T", "C", "S", (), ()) for name in ids]
    (paragraph,) = lead("any", tables)
    assert "".join("Table" if isinstance(part, Reference) else str(part) for part in paragraph.parts).startswith(said)
