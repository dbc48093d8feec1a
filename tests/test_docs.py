"""The README against the program: every command and option, the examples, and the files that it names."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from stiltsreport.cli.parser import parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


def _helps() -> dict[str, str]:
    action = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {choice.dest: str(choice.help) for choice in action._choices_actions}


def _rows(heading: str) -> dict[str, str]:
    """The first table after a heading or line: first cell to second."""
    lines = README[README.index(heading) :].splitlines()
    begin = next(place for place, line in enumerate(lines) if line.startswith("| ---")) + 1
    rows = {}
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        first, second = re.split(r"(?<!\\)\|", line.strip("| "), maxsplit=1)
        rows[first.strip().replace("\\|", "|")] = second.strip()
    return rows


def test_the_table_of_commands_is_that_of_help() -> None:
    documented = {re.findall(r"`(\w+)", first)[0]: second for first, second in _rows("## Commands").items()}
    assert documented == _helps()


def test_the_usage_of_each_command_parses() -> None:
    for first in _rows("## Commands"):
        words = (
            first.strip("`")
            .replace("[", "")
            .replace("]", "")
            .replace("tasks|models|recipes|tests|languages", "tasks")
            .replace("bash|zsh|tcsh", "bash")
            .split()
        )
        assert parser().parse_args(words).command == words[0]


def test_every_option_of_a_study_command_is_documented() -> None:
    options = {
        text
        for action in _commands()["build"]._actions
        for text in action.option_strings
        if text not in ("-h", "--help", "--verbose", "--quiet")
    }
    assert {name for first in _rows("Options that every command") for name in re.findall(r"--?[a-z][a-z-]*", first)} == options


def test_the_study_in_the_readme_is_read(tmp_path: Path) -> None:
    from stiltsreport.study.reading import read_study

    whole, methods, claims, execution = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "my_study.yaml").write_text(whole, encoding="utf-8")
    assert [entry.task.name for entry in read_study(tmp_path / "my_study.yaml").target] == ["panx", "xnli"]
    (tmp_path / "counterfitted_neighbors.json").write_text('{"good": ["fine"]}', encoding="utf-8")
    (tmp_path / "methods.yaml").write_text(f"title: T\nmodels: [xlmr-base]\n{methods}", encoding="utf-8")
    study = read_study(tmp_path / "methods.yaml")
    assert [variant.name for variant in study.variants] == ["mlm", "translated", "adv", "rs-da", "averaged", "few-shot", "both"]
    assert {entry.name for entry in study.intermediate} >= {"mnli", "two", "squad-10000", "shuffled-mnli"}
    head = """\
title: T
models: [xlmr-base]
intermediate: [squad, hellaswag, {task: squad, examples: 10000}]
variants: [plain, {mlm: {languages: all, ratio: 0.2}}]
target: [xnli, mlqa, panx]
"""
    (tmp_path / "claims.yaml").write_text(head + claims, encoding="utf-8")
    kinds = {claim.name: type(claim.statement).__name__ for claim in read_study(tmp_path / "claims.yaml").claims}
    assert len(kinds) == claims.count("name: ")
    assert set(kinds.values()) == {"Paired", "Ranking", "Count", "Interaction", "Trend"}
    (tmp_path / "execution.yaml").write_text(f"title: T\nmodels: [xlmr-base]\ntarget: [xnli]\n{execution}", encoding="utf-8")
    asked = read_study(tmp_path / "execution.yaml").execution
    assert (asked.slurm.partition, asked.slurm.minutes, asked.ray.gpus) == ("gpu", 720, 1.0)


def test_the_claims_of_the_template_are_read_once_they_are_no_comment(tmp_path: Path) -> None:
    from stiltsreport.study.reading import read_study

    template = (ROOT / "templates" / "study.yaml").read_text(encoding="utf-8")
    block = re.findall(r"^# claims:\n(?:#   - .*\n)+", template, re.MULTILINE)[0]
    (tmp_path / "study.yaml").write_text(template.replace(block, re.sub(r"^# ", "", block, flags=re.MULTILINE)), encoding="utf-8")
    assert len(read_study(tmp_path / "study.yaml").claims) == block.count("name: ")


def test_the_commands_of_the_examples_parse() -> None:
    lines = re.findall(r"^stiltsreport (.*?)(?:\s+#.*)?$", README, re.MULTILINE)
    assert len(lines) >= 4
    for line in lines:
        parser().parse_args(line.split())


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md"])
def test_files_that_are_named_are_there(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    named = set(re.findall(r"\]\(([\w./-]+)\)", text)) | set(
        re.findall(r"`((?:stiltsreport|studies|templates|tests|\.ci)/[\w./-]*)`", text)
    )
    named |= {f"stiltsreport/{path}" for path in re.findall(r"`((?:tasks|modeling|metrics|stats|report|plan|cli|execute)/[\w./-]*)`", text)}
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_makefile_has_the_targets_that_are_named() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make (\w+)`|^make (\w+)", text, re.MULTILINE)):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), target


def test_the_changelog_begins_with_this_version() -> None:
    import stiltsreport

    first = re.findall(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert first == stiltsreport.__version__
    assert f"\nversion: {first}\n" in citation
