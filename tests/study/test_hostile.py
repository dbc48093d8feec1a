"""Study files that nobody means well with: each gives an error at its place, quickly, and never a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.study.reading import read_study
from tests.study.conftest import MINIMAL, Errors, Reader

BOMB = "a: &a [x, x]\n" + "".join(f"k{i}: &k{i} [*{p}, *{p}, *{p}, *{p}]\n" for i, p in enumerate(["a", *(f"k{n}" for n in range(30))]))
# Each mapping merges the one before it thrice, and has 3 + 3 n entries: the list in the tenth has 265,717.
MERGES = "x: &a {k: 1}\n" + "".join(f"b{n}: &b{n} {{<<: [*{p}, *{p}, *{p}]}}\n" for n, p in enumerate(["a", *(f"b{n}" for n in range(40))]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "s.yaml: a study is a mapping with title, models, target"),
        ("- a\n- b\n", "s.yaml: a study is a mapping"),
        ("just words", "s.yaml: a study is a mapping"),
        ("title: T\n\tmodels: [x]\n", "s.yaml:2:1: is not YAML"),
        ("title: [T\n", "is not YAML"),
        ("title: T\ntitle: U\nmodels: [xlmr-base]\ntarget: [xnli]\n", "s.yaml:2:1: title: the key is written twice"),
        (BOMB, "s.yaml:9:5: its anchors expand to too many entries"),
        ("x: 1\na: &a [*a]\n", "s.yaml:2:4: its anchors expand to too many entries, or to themselves"),
        (MERGES, "s.yaml:11:14: its anchors expand to too many entries"),
        ("title: T\n---\ntitle: U\n", "is not YAML"),
        ("title: !!python/object/apply:os.system [echo]\n", "s.yaml:1:8: is no plain data"),
        ("title: " + "[" * 100_000, "s.yaml:1:57: is nested more than 50 deep"),
        ("title: T\n" + "".join(" " * n + "a:\n" for n in range(60)), "s.yaml:51:50: is nested more than 50 deep"),
        ("title: T\nx:\n" + "- a\n" * 30_000, "s.yaml:19998:3: has more than 20,000 entries"),
        ("title: T\n#" + "x" * 2**19, "s.yaml: is longer than 524,288 bytes; a study file has a few thousand"),
        ("title: T\nx: !!bool 7\n", "s.yaml:2:4: is no plain data: it cannot be read"),
        ("title: T\nx: !!timestamp 7\n", "s.yaml:2:4: is no plain data: it cannot be read"),
        ("title: T\nx: !!float ''\n", "s.yaml:2:4: is no plain data: it cannot be read"),
        ("title: T\nx: !!timestamp 2001-99-99\n", "s.yaml:2:4: is no plain data: it cannot be read: month must be in 1..12"),
        ("{a: 1, b: 2}: x\n", "is no plain data"),
        ("title: \x00\n", "is not YAML"),
        ("title: T\nseeds: [" + "9" * 5000 + "]\n", "s.yaml:2:9: is no plain data: it cannot be read"),
    ],
)
def test_refused(errors: Errors, text: str, said: str):
    began = time.monotonic()
    found = errors(text)
    assert any(said in line for line in found), found
    assert time.monotonic() - began < 5


def test_tabs_have_a_hint(errors: Errors):
    assert "indent with blanks, not tabs" in errors("title: T\n\tmodels: [x]\n")[0]


def test_anchors_that_people_use_are_fine(study: Reader):
    found = study(MINIMAL + "recipes:\n  intermediate: &r {base: xtreme-baseline, epochs: 1}\n  target: *r\n")
    assert found.target_recipe.training("xnli").epochs == found.intermediate_recipe.training("mnli").epochs == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("statistics: {alpha: .nan}", "5:14: statistics.alpha: nan is no number that can be used"),
        ("statistics: {margin: {average: 1e999}}", "5:23: statistics.margin.average: inf is no number that can be used"),
        ("statistics: {margin: -1}", "-1 must be above 0"),
        ("limit: {train: 1e999}", "5:9: limit.train: inf is no number that can be used"),
        ("limit: {train: true}", "True is no whole number"),
        ("recipes: {target: {learning_rate: .nan}}", "5:20: recipes.target.learning_rate: nan is no number"),
        ("recipes: {target: {learning_rate: 1e999}}", "recipes.target.learning_rate: inf is no number"),
        ("recipes: {target: {batch_size: 0}}", "recipes.target.batch_size: 0 must be above 0"),
        ("recipes: {target: {epochs: 1, steps: 5}}", "recipes.target.epochs: 'epochs' says nothing beside 'steps'"),
        ("recipes: {target: {selection: bst}}", "'bst' is none of best, last"),
        ("recipes: {target: {tasks: {xnlii: {}}}}", "unknown task 'xnlii'; did you mean 'xnli'?"),
        ("trust_remote_code: [xlmr-bse]", "5:21: trust_remote_code.0: no model 'xlmr-bse' in this study; did you mean 'xlmr-base'?"),
        ("seeds: 5", "seeds"),
        ("seeds: []", "5:1: seeds: no seeds"),
        ("title2: x", "unknown key 'title2'; did you mean 'title'?"),
        ("1: x", "the key 1 is no text"),
        ("description: [a]", "['a'] is no text"),
        ("data: /no/such/folder", "5:1: data: /no/such/folder is no folder"),
        ("precision: float16", "'float16' is none of its values"),
        ("define: {tasks: {mnli: {type: multiple_choice}}}", "'mnli' cannot name a task of your own"),
        ("define: {tasks: {t: {type: multiple_choice}}}", "neither files nor hub"),
        ("define: {tasks: {t: {type: multiple_choice, files: {train: /etc/passwd}}}}", "/etc/passwd leads out of the data folder"),
        ("define: {tasks: {t: {type: multiple_choice, files: {train: ../../x}}}}", "../../x leads out of the data folder"),
        ("define: {tasks: {t: {type: sequence_classification, files: {test: t.tsv}}}}", "labels are missing"),
        ("define: {tasks: {t: {type: multiple_choice, files: {test: t.tsv}, languages: [qq]}}}", "unknown language 'qq'"),
        ("define: {tasks: {t: {type: multiple_choice, files: {test: t.tsv}, metrics: [bleu]}}}", "unknown metric 'bleu'"),
        ("define: {tasks: {t: {type: multiple_choice, files: {test: t.tsv}, train: nothing}}}", "unknown task 'nothing'"),
        ("define: {models: {m: {checkpoint: /no/such}}}", "/no/such is neither a folder nor a Hub id"),
        ("define: {models: {m: {checkpoint: 'embedded:x'}}}", "embedded:x is the tool's own"),
    ],
)
def test_one_wrong_entry(errors: Errors, line: str, said: str):
    found = errors(MINIMAL + line + "\n")
    assert any(said in error for error in found), found
    assert all(error.startswith("s.yaml:5:") for error in found), found


def test_targets_of_nothing(errors: Errors):
    head = "title: T\nmodels: [xlmr-base]\ntarget: "
    assert "no languages" in errors(head + "[{task: xnli, languages: []}]")[0]
    assert "no training set" in errors(head + "[{task: xnli, train: []}]")[0]
    assert "has no training set of its own" in errors(head + "[{task: xquad, train: mlqa}]")[0]
    assert "a language stands twice" in errors(head + "[{task: xnli, languages: [de, de]}]")[0]


def test_files_that_are_no_text(tmp_path: Path):
    for name, content, line, byte in (
        ("latin.yaml", "a: b\ntitle: ä".encode("latin-1"), 2, "0xe4"),
        ("binary.yaml", bytes(range(256)), 2, "0x80"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StiltsReportError, match=rf"{name}:{line}: byte {byte} is not UTF-8"):
            read_study(tmp_path / name)
    with pytest.raises(StiltsReportError, match=r"is a folder, not a study file; such as .*binary\.yaml"):
        read_study(tmp_path)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "scores.jsonl").touch()
    with pytest.raises(StiltsReportError, match=r"report STUDY --from .*report`"):
        read_study(tmp_path / "report")


@pytest.mark.parametrize("name", ["x" * 5000, "a\\0b", "/".join(["d" * 200] * 30)])
@pytest.mark.parametrize(
    "line", ["data: {}", "define: {{models: {{m: {{checkpoint: {}}}}}}}", "variants: [{{robust: {{method: rs-da, synonyms: {}}}}}]"]
)
def test_names_that_no_disk_can_have(errors: Errors, name: str, line: str):
    found = errors(MINIMAL + line.format(f'"{name}"') + "\n")
    assert any("is no folder" in one or "is no file" in one or "neither a folder nor" in one for one in found), found
    assert (
        "known: " in errors(MINIMAL.replace("xlmr-base", f'"{name}"'))[0]
        or "neither" in errors(MINIMAL.replace("xlmr-base", f'"{name}"'))[0]
    )
