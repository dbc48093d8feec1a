"""The wheel: templates and studies travel with it and work in any directory; constraints hold on any machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built here without a network."""
    return _built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def _built(kind: str, source: Path, folder: Path) -> Path:
    pytest.importorskip("hatchling", reason="hatchling, of the dev extra, builds the packages")
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=source, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed program, in a folder that is not the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "stiltsreport", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_templates_and_studies_are_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("templates", "studies"):
        for file in (ROOT / kind).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"stiltsreport/_shipped/{file.relative_to(ROOT).as_posix()}" in names
    assert "stiltsreport/py.typed" in names
    assert {"stiltsreport/published/transfer.yaml", "stiltsreport/published/small_models.yaml"} <= names
    assert not [name for name in names if name.startswith(("tests/", "reports/"))]


def test_the_sdist_makes_the_same_wheel_and_holds_no_more(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(_built("sdist", ROOT, tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    packed = {path.name for path in folder.iterdir()} - {"PKG-INFO", "pyproject.toml", ".gitignore"}
    assert packed == {"stiltsreport", "templates", "studies", "README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff", "constraints.txt"}
    assert not [path for path in folder.rglob("*") if path.name == "__pycache__" or path.suffix in (".pyc", ".png", ".pdf")]
    again = _built("wheel", folder, tmp_path / "again")
    assert _files(again) == _files(wheel)


def _files(wheel: Path) -> dict[str, int]:
    """Each file of a wheel with its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: one.CRC for one in archive.infolist() if "__pycache__" not in one.filename}


def test_an_installed_program_works_anywhere(installed: Path, tmp_path: Path) -> None:
    where = _run(installed, tmp_path, "check", "quickstart", "--store", "store", "--device", "cpu")
    assert where.returncode == 0, where.stderr
    assert str(installed / "stiltsreport" / "_shipped" / "studies" / "quickstart.yaml") in where.stdout
    assert _run(installed, tmp_path, "init", "mine.yaml").returncode == 0
    written, template = ((place).read_text(encoding="utf-8") for place in (tmp_path / "mine.yaml", ROOT / "templates" / "study.yaml"))
    assert written.partition("\n")[2] == template
    schema = (tmp_path / "stiltsreport.schema.json").read_text(encoding="utf-8")
    assert schema == (ROOT / "studies" / "stiltsreport.schema.json").read_text(encoding="utf-8")


def test_an_installed_program_renders_a_report(installed: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from stiltsreport.results import Results\nfrom stiltsreport.study.reading import read_study\n"
        "from stiltsreport.report.write import write_report\n"
        "import stiltsreport\nassert '_shipped' in str(read_study('quickstart').path), stiltsreport.__file__\n"
        "write_report(read_study('quickstart', ['report.formats=[html, latex]']), Results(), (), Path('out'))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "report.tex").is_file()


def _constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {_normal(name): version for name, _, version in (line.partition("==") for line in lines if line and not line.startswith("#"))}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_name_every_requirement_at_a_version_that_it_allows() -> None:
    packaging = pytest.importorskip("packaging.requirements")
    constraints = _constraints()
    for text in [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]:
        requirement = packaging.Requirement(text)
        assert requirement.specifier.contains(constraints[_normal(requirement.name)]), text


def test_constraints_hold_on_any_machine() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert _constraints()["torch"] == "2.13.0"
    assert not [name for name in _constraints() if name.startswith(("nvidia-", "triton", "cuda-"))]
    assert not re.search(r"==[^\n]*\+|://|@", text)


def test_the_makefile_installs_once_with_the_constraints() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-c constraints.txt -e '.[offline,dev]'" in makefile
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
