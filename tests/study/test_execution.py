"""`execution`: where jobs run; no job's id knows of it, and nothing in it becomes another line of a batch script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stiltsreport.errors import StudyErrors
from stiltsreport.study.execution import ExecutionSettings, RaySettings, SlurmSettings
from stiltsreport.study.reading import read_study

MINIMAL = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [xnli]\n"
Read = Callable[[str], ExecutionSettings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(line: str) -> ExecutionSettings:
        file = tmp_path / "s.yaml"
        file.write_text(MINIMAL + line + "\n", encoding="utf-8")
        return read_study(file).execution

    return reading


def test_what_is_not_said_is_the_cluster_s_own(read: Read) -> None:
    assert read("") == ExecutionSettings(10.0, SlurmSettings(), RaySettings())


def test_what_is_said(read: Read) -> None:
    found = read(
        "execution: {checkpoint_minutes: 2.5, slurm: {partition: gpu, account: lab-7, time: 12:30:00, gpus: 1, cpus: 4, memory_gb: 40, "
        'constraint: "a100|h100"}, ray: {address: "ray://head:10001", gpus: 0.5}}'
    )
    assert found.checkpoint_minutes == 2.5
    assert found.slurm == SlurmSettings("gpu", "lab-7", None, "a100|h100", 750, 1, 4, 40.0)
    assert found.ray == RaySettings("ray://head:10001", 0.5)


@pytest.mark.parametrize(("text", "minutes"), [("90", 90), ("1-00:30", 1470), ("0:00:30", 1), ("100:00:00", 6000), ("12:00", None)])
def test_times(read: Read, text: str, minutes: int | None) -> None:
    if minutes is None:
        with pytest.raises(StudyErrors, match=r"execution\.slurm\.time"):
            read(f"execution: {{slurm: {{time: {text}}}}}")
    else:
        assert read(f"execution: {{slurm: {{time: {text}}}}}").slurm.minutes == minutes


@pytest.mark.parametrize("value", ['"gpu\\n#SBATCH --wrap=ls"', '"a b"', '"$(ls)"', '"a;b"', '""', '"`ls`"'])
@pytest.mark.parametrize("key", ["slurm: {partition", "slurm: {account", "slurm: {constraint", "slurm: {qos", "ray: {address"])
def test_no_value_begins_another_line(read: Read, key: str, value: str) -> None:
    with pytest.raises(StudyErrors, match="letters, digits"):
        read(f"execution: {{{key}: {value}}}}}")


@pytest.mark.parametrize(
    ("text", "processes"),
    [("4", 4), ("auto", None), ('"2"', 2), ("0", "0 is neither a whole number from 1 nor auto"), ("1.5", "nor auto"), ("many", "nor auto")],
)
def test_processes_of_one_job(read: Read, text: str, processes: int | str | None) -> None:
    line = f"execution: {{processes_per_job: {text}, sharding: full}}"
    if isinstance(processes, str):
        with pytest.raises(StudyErrors, match=processes):
            read(line)
    else:
        assert (read(line).processes_per_job, read(line).sharding) == (processes, "full")
    assert (read("").processes_per_job, read("").sharding) == (1, "auto")
