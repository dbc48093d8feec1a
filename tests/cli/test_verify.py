"""`verify`: what was changed by hand is named exactly, and what was not is right, at each of the three levels."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import stiltsreport
from stiltsreport.cli.comparing import compared
from stiltsreport.report.verification import rendering
from stiltsreport.report.write import write_report
from stiltsreport.results.provenance import package_versions, resolved
from tests.cli.studies import Desk, Ran, ran
from tests.fabricated import STUDY, fabricated_results, fabricated_study

Capture = pytest.CaptureFixture[str]
TEXT = f"{STUDY}claims:\n  - {{name: helps, better: mnli, than: none}}\nreport: {{formats: [html, latex], figures: [gains]}}\n"
COMMIT = "c" * 40
MNLI, SQUAD = "multilingual-e5-small/mnli", "multilingual-e5-small/squad"


@pytest.fixture(autouse=True)
def _one_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code that verifies is the code that wrote, whatever is committed in between."""
    monkeypatch.setattr(rendering, "tool_commit", lambda: COMMIT)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report folder of made-up scores, with a claim, LaTeX, a page and one figure."""
    place = tmp_path_factory.mktemp("verified")
    study = fabricated_study(place, TEXT)
    made = fabricated_results(study)
    about = {"stiltsreport": stiltsreport.__version__, "commit": COMMIT, "packages": package_versions(), "setup": made.setup.to_json()}
    about["study"] = made.provenance["study"] | {"resolved": resolved(study, None)}
    results = replace(made, provenance=made.provenance | about)
    rows, answers = compared(study, results, place / "none")
    write_report(study, results, rows, place / "fabricated", answers)
    return place / "fabricated"


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(original, tmp_path / "fabricated"))


@dataclass(frozen=True)
class Verified:
    """What `verify --json` says."""

    code: int
    levels: dict[str, dict[str, Any]]

    def wrong(self, level: str = "rendering") -> list[tuple[str, str, str, str, str, str]]:
        """(file, row, column, what, shown, right) of each difference."""
        names = ("file", "row", "column", "what", "shown", "right")
        return [tuple(one[name] for name in names) for one in self.levels[level]["differences"]]  # type: ignore[misc]


def verify(capsys: Capture, *arguments: str | Path) -> Verified:
    words = [str(word) for word in arguments]
    if "--store" not in words:
        words += ["--store", str(Path(words[0]).parent / "no-store")]
    result = ran(capsys, ["verify", *words, "--json"])
    found = json.loads(result.out)
    return Verified(result.code, {level["name"]: level for level in found["levels"]})


def edit(file: Path, change: Callable[[str], str]) -> None:
    text = file.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")


def once(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def lines_of(key: str, text: str) -> list[str]:
    """The comment of a row of LaTeX, and its two lines."""
    lines = text.split("\n")
    place = lines.index(f"% row: {key}")
    return lines[place : place + 3]


def test_an_untouched_folder_is_right_as_far_as_it_can_be_checked(folder: Path, capsys: Capture) -> None:
    found = verify(capsys, folder)
    assert found.code == 1
    assert {name: level["status"] for name, level in found.levels.items()} == {
        "rendering": "right",
        "scores": "not checkable",
        "predictions": "not checkable",
    }
    assert "no store at" in found.levels["scores"]["lacking"][0]


@pytest.mark.parametrize(
    ("old", "new", "what", "shown", "right"),
    [
        (
            r"\textbf{62.4}}$^{\mathrm{t}}$",
            r"\textbf{62.5}}$^{\mathrm{t}}$",
            "number",
            "62.5t (bold, underlined)",
            "62.4t (bold, underlined)",
        ),
        (r"+2.3}$^{\diamond}$", r"$-$2.3}$^{\diamond}$", "second number", "−2.3⋄ (grey)", "+2.3⋄ (grey)"),
        (r"+2.3}$^{\diamond}$", r"+2.3}$^{\dagger}$", "second marks", "+2.3† (grey)", "+2.3⋄ (grey)"),
        (r"\textbf{62.4}", "62.4", "bold", "62.4t (underlined)", "62.4t (bold, underlined)"),
        (r"\underline{\textbf{62.4}}", r"\textbf{62.4}", "underlined", "62.4t (bold)", "62.4t (bold, underlined)"),
    ],
)
def test_a_changed_cell_of_a_table_is_named(old: str, new: str, what: str, shown: str, right: str, folder: Path, capsys: Capture) -> None:
    edit(folder / "tables" / "xtreme.tex", once(old, new))
    found = verify(capsys, folder)
    assert found.code == 2
    assert found.wrong() == [("tables/xtreme.tex", MNLI, "xnli/*", what, shown, right)]


def test_rows_that_are_dropped_turned_around_or_renamed_are_named(folder: Path, capsys: Capture) -> None:
    file = folder / "tables" / "xtreme.tex"
    text = file.read_text(encoding="utf-8")
    mnli, squad = ("\n".join(lines_of(key, text)) for key in (MNLI, SQUAD))
    edit(file, once(f"{squad}\n", ""))
    assert verify(capsys, folder).wrong() == [("tables/xtreme.tex", SQUAD, "", "row", "", SQUAD)]
    file.write_text(text.replace(mnli, "!OURS!").replace(squad, mnli).replace("!OURS!", squad), encoding="utf-8")
    assert verify(capsys, folder).wrong() == [("tables/xtreme.tex", "", "", "order of rows", f"{SQUAD}, {MNLI}", f"{MNLI}, {SQUAD}")]
    file.write_text(text.replace(squad, squad.replace("SQuAD 1.1", "HellaSwag", 1), 1), encoding="utf-8")
    assert verify(capsys, folder).wrong() == [("tables/xtreme.tex", SQUAD, "", "name of the row", "HellaSwag", "SQuAD 1.1")]
    (ours, theirs) = (line.split("&", 1)[1] for line in (mnli.split("\n")[1], squad.split("\n")[1]))
    file.write_text(text.replace(ours, "!OURS!", 1).replace(theirs, ours, 1).replace("!OURS!", theirs, 1), encoding="utf-8")
    wrong = verify(capsys, folder).wrong()
    assert {row for _, row, *_ in wrong} == {MNLI, SQUAD}
    assert len(wrong) == 14  # seven columns of two rows
    assert ("tables/xtreme.tex", SQUAD, "average", "number, bold, underlined", "61.5 (bold, underlined)", "59.5") in wrong


def test_columns_that_are_swapped_are_named(folder: Path, capsys: Capture) -> None:
    file = folder / "tables" / "xtreme.tex"
    edit(file, lambda text: swapped(text, body=True, head=False))
    wrong = verify(capsys, folder).wrong()
    assert {column for _, _, column, *_ in wrong} == {"xnli/*", "pawsx/*"}
    assert ("tables/xtreme.tex", "xlmr-base/none", "xnli/*", "number", "62.6", "60.0") in wrong


def swapped(text: str, *, body: bool, head: bool) -> str:
    """The table with its first two columns of numbers turned around, in its body, or its head, or both."""
    lines = text.split("\n")
    rule = next(place for place, line in enumerate(lines) if line.startswith(r"\midrule"))
    for place, line in enumerate(lines):
        if line.count("&") == 7 and (body if place > rule else head):
            cells = line.removesuffix(r"\\").split("&")
            lines[place] = "&".join([cells[0], cells[2], cells[1], *cells[3:]]) + r"\\"
    return "\n".join(lines)


def test_a_caption_that_says_other_seeds_is_named_by_its_line(folder: Path, capsys: Capture) -> None:
    edit(folder / "tables" / "xtreme.tex", once("5 seeds", "6 seeds"))
    [(file, _, _, what, shown, right)] = verify(capsys, folder).wrong()
    assert file == "tables/xtreme.tex"
    assert what.startswith("line ")
    assert ("6 seeds" in shown, "5 seeds" in right) == (True, True)


def test_the_page_is_checked_too(folder: Path, capsys: Capture) -> None:
    page = folder / "report.html"
    before = page.read_text(encoding="utf-8")
    edit(page, once("<b>62.4</b>", "<b>62.5</b>"))
    assert verify(capsys, folder).wrong() == [
        ("report.html", MNLI, "xnli/*", "number", "62.5t (bold, underlined)", "62.4t (bold, underlined)")
    ]
    page.write_text(before, encoding="utf-8")
    edit(page, once("by 2.0 points", "by 3.0 points"))
    wrong = verify(capsys, folder).wrong()
    assert {(file, what) for file, _, _, what, _, _ in wrong} == {("report.html", "text")}
    assert any("by 3.0 points" in shown and "by 2.0 points" in right for *_, shown, right in wrong)
    page.write_text(before, encoding="utf-8")

    def details(text: str) -> str:
        block = re.search(r'id="data">([^<]*)<', text)
        assert block is not None
        data = json.loads(gzip.decompress(base64.b64decode(block[1])))
        label = next(iter(data["details"]))
        data["details"][label]["texts"][0] += "9"
        return text.replace(block[1], base64.b64encode(gzip.compress(json.dumps(data).encode())).decode())

    edit(page, details)
    [(file, _, _, what, shown, right)] = verify(capsys, folder).wrong()
    assert (file, shown) == ("report.html", f"{right}9")
    assert what.endswith("of the cell")


def _dot_moved(text: str) -> str:
    """The first path of a drawing in a series' colour begins elsewhere."""
    return re.sub(r'(stroke-s0"[^>]*>?.*?d="M)(\d+)', lambda one: f"{one[1]}{int(one[2]) + 3}", text, count=1, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("report.html", "over 5 seeds", "over 99 seeds"),  # of a table's caption
        ("report.html", "significant at 0.05", "never significant at 0.05"),  # of the legend of signs
        ("report.html", "</h1>", ", retracted</h1>"),
        ("report.html", "<h2", "<p>SQuAD raises the average by 10 points (p = .001).</p><h2"),  # what nobody wrote
        ("report.tex", "figures/gains", "figures/heatmap"),
        ("report.tex", "tables/xtreme}", "tables/other}"),
        ("report.tex", "\\begin{abstract}", "\\begin{abstract}\nIt raises the average by ten points."),
    ],
)
def test_captions_signs_headings_and_what_is_added_are_read(file: str, old: str, new: str, folder: Path, capsys: Capture) -> None:
    edit(folder / file, once(old, new))
    found = verify(capsys, folder)
    assert found.code == 2
    assert {(name, what) for name, _, _, what, *_ in found.wrong()} == {(file, "text")}


def test_figures_are_checked_too(folder: Path, capsys: Capture) -> None:
    assert "1 figure as SVG" in verify(capsys, folder).levels["rendering"]["about"]
    edit(folder / "figures" / "gains.svg", _dot_moved)
    edit(folder / "report.html", lambda text: text.replace("paired difference to none", "paired difference to all"))
    edit(
        folder / "report.html",
        lambda text: re.sub(r'(<svg class="figure.*?</svg>)', lambda one: _dot_moved(one[1]), text, count=1, flags=re.DOTALL),
    )
    shutil.copy(folder / "figures" / "gains.svg", folder / "figures" / "more.svg")
    found = verify(capsys, folder)
    assert found.code == 2
    assert {(file, what) for file, _, _, what, _, _ in found.wrong()} >= {
        ("figures/gains.svg", "drawing"),
        ("figures/more.svg", "file"),
        ("report.html", "drawing"),
        ("report.html", "text"),
    }
    (folder / "figures" / "gains.svg").unlink()
    assert ("figures/gains.svg", "", "", "file", "", "the figure") in verify(capsys, folder).wrong()


def test_another_matplotlib_may_draw_otherwise(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "drawing_package", lambda: "99.0")
    assert verify(capsys, folder).levels["rendering"]["status"] == "right", "the same to the byte, whoever drew it"
    edit(folder / "figures" / "gains.svg", _dot_moved)
    found = verify(capsys, folder)
    assert found.wrong() == []
    assert found.code == 1
    assert "1 drawing: drawn by matplotlib " in found.levels["rendering"]["lacking"][0]
    assert found.levels["rendering"]["lacking"][0].endswith(", this is 99.0")


def test_comparisons_claims_and_the_paper_are_checked(folder: Path, capsys: Capture) -> None:
    rows = [json.loads(line) for line in (folder / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
    right = rows[0]["difference"]
    rows[0]["difference"] = right + 0.1
    (folder / "comparisons.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    key = "multilingual-e5-small/plain/mnli/none/average/average/t"
    assert verify(capsys, folder).wrong() == [("comparisons.jsonl", key, "", "difference", str(right + 0.1), str(right))]
    rows[0]["difference"] = right
    (folder / "comparisons.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    edit(folder / "claims.jsonl", once("supported", "contradicted"))
    found = verify(capsys, folder).wrong()
    assert found == [("claims.jsonl", "helps/multilingual-e5-small", "", "verdict", "contradicted", "supported")]
    edit(folder / "claims.jsonl", once("contradicted", "supported"))
    edit(folder / "report.tex", once("by 2.0 points", "by 3.0 points"))
    wrong = verify(capsys, folder).wrong()
    assert {(file, what) for file, _, _, what, _, _ in wrong} == {("report.tex", "text")}


def test_what_other_code_wrote_may_be_worded_otherwise(folder: Path, capsys: Capture) -> None:
    """Another commit's captions and names of columns are said to be others; its numbers still have to be right."""
    edit(folder / "provenance.json", once(COMMIT, "0" * 40))
    edit(folder / "tables" / "xtreme.tex", once("Mean over", "The mean over"))
    edit(folder / "report.html", once("declared before the results", "declared beforehand"))
    found = verify(capsys, folder)
    assert (found.code, found.levels["rendering"]["status"]) == (1, "not checkable")
    assert "in wording and layout: written by" in found.levels["rendering"]["lacking"][0]
    edit(folder / "tables" / "xtreme.tex", once("62.4", "62.5"))
    assert [(what, shown[:4]) for _, _, _, what, shown, _ in verify(capsys, folder).wrong()] == [("number", "62.5")]


def test_a_changed_score_is_seen_in_everything_that_rests_on_it(folder: Path, capsys: Capture) -> None:
    lines = (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if '"mnli", "target": "pawsx", "stage": "target"' in line)
    row = json.loads(lines[place])
    lines[place] = json.dumps(row | {"value": row["value"] - 10})
    (folder / "scores.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = verify(capsys, folder)
    assert found.code == 2
    assert {"comparisons.jsonl", "tables/xtreme.tex", "report.html", "claims.jsonl"} <= {file for file, *_ in found.wrong()}
    del lines[place]
    (folder / "scores.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    name = f"{row['model']}/mnli/{row['target']}/{row['language']}, seed {row['seed']}"
    assert ("scores.jsonl", name, "", "row", "", "the score of an evaluation that has run") in verify(capsys, folder).wrong("scores")


def paper(table: str) -> str:
    """A paper with a table pasted amid its text, and a table of its own behind it."""
    own = "\\begin{tabular}{ll}\n\\toprule\na & b \\\\\n\\midrule\n1 & 2 \\\\\n\\bottomrule\n\\end{tabular}\n"
    return f"\\documentclass{{article}}\n% 50 \\% of it\n\\begin{{document}}\nWe find 5.0 \\% more.\n{table}\nAs we said.\n{own}\\end{{document}}\n"


def test_a_pasted_table_may_be_set_as_its_author_likes(original: Path, tmp_path: Path, capsys: Capture) -> None:
    """Spacing, the order of columns and rows, and what is left out are the author's; the numbers are not."""
    text = (original / "tables" / "xtreme.tex").read_text(encoding="utf-8")
    file = tmp_path / "paper.tex"
    scores = original / "scores.jsonl"

    def found(table: str) -> Verified:
        file.write_text(paper(table), encoding="utf-8")
        return verify(capsys, file, "--scores", scores)

    squad = "\n".join(lines_of(SQUAD, text))
    loose = re.sub(r" +&", "\t&\n  ", text).replace("$-$", "-").replace(r"\phantom{$^{\mathrm{t}}$}", "")
    assert (found(text).code, found(text).wrong()) == (1, [])
    assert found(loose).wrong() == []
    assert found(swapped(text, body=True, head=True)).wrong() == []
    dropped = found(text.replace(f"{squad}\n", "").replace("HellaSwag  ", "HS", 1))
    assert dropped.wrong() == []
    assert f"xtreme: rows left out: {SQUAD}" in dropped.levels["rendering"]["notes"]
    narrow = "\n".join("&".join(line.split("&")[:-1]) + r"\\" if line.count("&") == 7 else line for line in text.split("\n"))
    assert found(narrow).wrong() == []
    assert "xtreme: columns left out: average" in found(narrow).levels["rendering"]["notes"]
    assert found(swapped(text, body=False, head=True)).code == 2
    wrong = found(loose.replace("62.4", "64.2", 1)).wrong()
    assert [(row, column, shown[:4], right[:4]) for _, row, column, _, shown, right in wrong] == [(MNLI, "xnli/*", "64.2", "62.4")]
    assert found(text.replace("alpha:0.05", "alpha:0.01", 1)).wrong()[0][3] == "signature"


def test_every_table_is_read_back_whole(original: Path, tmp_path: Path, capsys: Capture) -> None:
    """All tables in one file, in the other order: each is found, and right."""
    files = sorted((original / "tables").glob("*.tex"), reverse=True)
    text = "\n\n".join(file.read_text(encoding="utf-8") for file in files if file.stem != "preamble")
    (tmp_path / "all.tex").write_text(text, encoding="utf-8")
    found = verify(capsys, tmp_path / "all.tex", "--scores", original)
    assert found.wrong() == []
    assert found.levels["rendering"]["notes"] == ["intervals over items as the folder has them: they need the store"]
    about = found.levels["rendering"]["about"]
    assert all(f"{file.stem}" in about for file in files if file.stem != "preamble")


@pytest.mark.parametrize(
    ("text", "says"),
    [("no table here", "no table of a report"), ("% table: xtreme; study: 0123456789ab\n", "is of study 0123456789ab, the scores are of")],
)
def test_what_cannot_be_checked_says_why(text: str, says: str, original: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.tex").write_text(text, encoding="utf-8")
    result = ran(capsys, ["verify", str(tmp_path / "x.tex"), "--scores", str(original / "scores.jsonl"), "--store", str(tmp_path / "none")])
    assert result.code in (1, 2)
    assert says in result.out + result.err
    alone = ran(capsys, ["verify", str(tmp_path / "x.tex"), "--store", str(tmp_path / "none")])
    assert alone.code == 2
    assert ran(capsys, ["verify", str(tmp_path / "nothing")]).code == 2


# ------------------------------------------------------------ with a store


def tampered(desk: Desk, tmp_path: Path) -> tuple[Path, Path]:
    """Copies of a report folder and its store."""
    store = Path(shutil.copytree(desk.folder / "store", tmp_path / "store"))
    return Path(shutil.copytree(desk.folder / "reports" / "small", tmp_path / "small")), store


def said(capsys: Capture, arguments: Sequence[str | Path]) -> Ran:
    return ran(capsys, ["verify", *map(str, arguments)])


def test_all_three_levels_of_a_report_with_its_store(built_desk: Desk, capsys: Capture) -> None:
    result = said(capsys, [built_desk.folder / "reports" / "small", "--store", built_desk.folder / "store"])
    assert (result.code, [line.split(":")[:2] for line in result.out.splitlines()]) == (
        0,
        [["rendering", " right"], ["scores", " right"], ["predictions", " right"]],
    )
    assert "11 evaluations, counted anew" in result.out
    sample = said(capsys, [built_desk.folder / "reports" / "small", "--store", built_desk.folder / "store", "--sample", "2"])
    assert "2 evaluations of 11, the first by job id" in sample.out


def test_a_changed_score_is_named_by_the_counts(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    folder, store = tampered(built_desk, tmp_path)
    lines = (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[0])
    lines[0] = json.dumps(row | {"value": row["value"] + 1})
    (folder / "scores.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = verify(capsys, folder, "--store", store)
    seed = "" if row["seed"] is None else f", seed {row['seed']}"
    name = f"{row['model']}/{row['intermediate']}/{row['target']}/{row['language']}{seed}"
    assert found.wrong("scores") == [("scores.jsonl", name, row["metric"], "value", str(row["value"] + 1), str(row["value"]))]
    assert found.code == 2


def test_a_changed_prediction_is_named_by_its_item(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    folder, store = tampered(built_desk, tmp_path)
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    row = next(row for row in rows if row["target"] == "xnli" and row["stage"] == "target")
    file = store / "evaluations" / row["job"][:2] / row["job"] / "predictions.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    right = lines[0]["prediction"] == lines[0]["gold"]
    lines[0]["prediction"] = "no label" if right else lines[0]["gold"]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = verify(capsys, folder, "--store", store)
    assert found.levels["scores"]["status"] == "right"
    (published, *_), (where, _, metric, what, shown, meant) = found.wrong("predictions")
    assert published == "manifest.json"
    assert (where, metric, what) == ("predictions.jsonl", "accuracy", f"counts of item {lines[0]['id']}")
    assert (shown, meant) == (f"correct {right:d}, examples 1", f"correct {not right:d}, examples 1")


def test_a_store_that_lost_jobs_is_not_checkable(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    folder, store = tampered(built_desk, tmp_path)
    shutil.rmtree(next((store / "evaluations").glob("*/*")))
    found = verify(capsys, folder, "--store", store)
    assert found.code == 1
    assert "1 of 13 jobs is not in" in found.levels["scores"]["lacking"][0]
    assert found.levels["predictions"]["status"] == "not checkable"


def test_a_table_against_the_store_and_the_study_file(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    shown = ran(capsys, [*built_desk.arguments("report", study, "--show", "languages-tatoeba", "--format", "latex")])
    (tmp_path / "table.tex").write_text(shown.out, encoding="utf-8")
    places = ["--store", built_desk.folder / "store", "--study", study, "--data", built_desk.data]
    assert said(capsys, [tmp_path / "table.tex", *places]).code == 0
    edit(tmp_path / "table.tex", lambda text: re.sub(r"(\d+)\.(\d)", r"\g<1>1.\2", text[:-1], count=0) + "\n")
    assert said(capsys, [tmp_path / "table.tex", *places]).code == 2


def test_a_report_on_a_model_beside_the_study_is_verified_where_the_model_is_not(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    shutil.copytree(desk.model, desk.folder / "models" / "mine")
    (desk.folder / "studies").mkdir()
    study = desk.study(seeds="[1]", intermediate="[]").rename(desk.folder / "studies" / "small.yaml")
    study.write_text(study.read_text(encoding="utf-8").replace(str(desk.model), "../models/mine"), encoding="utf-8")
    assert desk.run(capsys, "build", study).code == 0
    elsewhere = tmp_path / "elsewhere" / "small"
    shutil.move(desk.folder / "reports" / "small", elsewhere)
    shutil.rmtree(desk.folder / "models")
    found = ran(capsys, ["verify", str(elsewhere), "--json", "--store", str(tmp_path / "none")])
    levels = {level["name"]: level["status"] for level in json.loads(found.out)["levels"]}
    assert (found.code, levels["rendering"]) == (1, "right"), found.err
    text = (elsewhere / "provenance.json").read_text(encoding="utf-8")
    assert "../models/mine" in text
