"""Each area against machines that are not this one."""

from __future__ import annotations

import importlib.metadata
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stiltsreport.cli.device import shown_by_driver
from stiltsreport.cli.doctor.devices import gpu_findings
from stiltsreport.cli.doctor.finding import Finding
from stiltsreport.cli.doctor.libraries import libraries
from stiltsreport.cli.doctor.network import network
from stiltsreport.cli.doctor.places import filesystem, places
from stiltsreport.cli.doctor.typesetting import typesetting
from stiltsreport.modeling.torch_facts import Gpu, TorchFacts, torch_facts

DECLARED = ["numpy>=2", "pyyaml>=6", "ray>=2.50; extra == 'ray'", "accelerate>=1.2; extra == 'gpu'", "peft>=0.15; extra == 'gpu'"]


def versions(**installed: str):
    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    return version


def states(findings) -> dict[str, str]:
    return {one.name: one.state for one in findings}


def test_a_package_that_is_absent_or_too_old_is_wrong_and_what_installs_it_is_said() -> None:
    found = list(libraries(versions(numpy="1.26.4", ray="2.60.0"), DECLARED))
    needed = next(one for one in found if one.name == "needed")
    assert needed.state == "wrong"
    assert needed.said == "numpy 1.26.4, not >=2; pyyaml is not installed"
    assert needed.mend.endswith("-m pip install 'numpy>=2' 'pyyaml>=6'")
    gpu = next(one for one in found if one.name == "gpu")
    assert (gpu.state, gpu.said.partition(":")[0]) == ("note", "accelerate is not installed; peft is not installed")
    assert states(found)["ray"] == "right"


def test_a_local_build_of_a_new_enough_version_is_right() -> None:
    assert states(libraries(versions(numpy="2.0.0+cpu", pyyaml="6.0.3"), DECLARED))["needed"] == "right"


def facts(cuda: str | None, gpus: tuple[Gpu, ...] = (), error: str = "") -> TorchFacts:
    return TorchFacts("2.13.0", cuda, gpus, error, {})


def test_a_torch_without_cuda_beside_a_gpu_is_wrong() -> None:
    (found,) = gpu_findings(facts(None), "550.54", 2)
    assert found.state == "wrong"
    assert "shows 2" in found.said
    assert "pytorch.org" in found.mend


def test_a_driver_that_is_too_old_for_torch_is_wrong_with_torchs_own_reason() -> None:
    (found,) = gpu_findings(facts("13.0", error="The NVIDIA driver on your system is too old (found version 11040)."), "470.1", 1)
    assert found.state == "wrong"
    assert "too old" in found.said


def test_no_gpu_and_no_driver_is_a_note() -> None:
    for one in (facts(None), facts("13.0", error="no GPU is visible")):
        (found,) = gpu_findings(one, "", 0)
        assert found.state == "note"


def test_a_gpu_that_others_use_or_that_lacks_bfloat16_is_said() -> None:
    free = Gpu("NVIDIA H200", 141 * 10**9, 140 * 10**9, (9, 0), bfloat16=True)
    busy = Gpu("Tesla V100", 32 * 10**9, 3 * 10**9, (7, 0), bfloat16=False)
    found = list(gpu_findings(facts("13.0", (free, busy)), "580", 2))
    assert [(one.name, one.state) for one in found] == [("GPU 0", "right"), ("GPU 1", "note"), ("GPU 1", "note")]
    assert "3 of 32 GB free" in found[1].said
    assert found[2].mend == "`precision: float32` in the study"


def test_gpus_are_counted_by_their_nodes(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert shown_by_driver(tmp_path) == 2


def test_torch_multiplies_here() -> None:
    found = torch_facts()
    assert found.products["float32"] > 1e8
    assert found.products["bfloat16"] > 1e6


def test_a_folder_that_cannot_be_written_is_wrong_and_one_to_be_made_is_tried_above_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = states(places(str(tmp_path / "file" / "store"), tmp_path / "new" / "reports", tmp_path))
    assert found["store"] == "wrong"
    assert found["reports"] != "wrong"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"], "nothing is left"


def test_a_store_by_url_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    found = next(iter(places("s3://bucket/store", tmp_path, tmp_path)))
    assert (found.state, "s3://bucket/store" in found.said) == ("note", True)


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    place = (tmp_path / "scratch" / "store").resolve()
    mounts.write_text(f"root / ext4 rw 0 0\nserver:/x {place.parent} nfs4 rw 0 0\nother {place}2 lustre rw 0 0\n", encoding="utf-8")
    assert filesystem(place, mounts) == "nfs4"
    assert filesystem(Path("/"), mounts) == "ext4"
    assert filesystem(place, tmp_path / "absent") == ""


class _Refuses(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        return


def test_a_hub_that_answers_at_all_is_reached_and_its_token_is_never_shown() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_TOKEN": "hf_secret"}
    found = list(network(False, environment))
    server.shutdown()
    assert [(one.name, one.state) for one in found] == [("Hub", "right"), ("token", "right")]
    assert not any("hf_secret" in f"{one.said}{one.mend}" for one in found)


def test_a_hub_that_does_not_answer_is_a_note_that_names_fetch() -> None:
    with socket.socket() as reserved:  # bound, and not listening: connections are refused
        reserved.bind(("127.0.0.1", 0))
        (found,) = network(False, {"HF_ENDPOINT": f"http://127.0.0.1:{reserved.getsockname()[1]}"})
    assert found.state == "note"
    assert "fetch" in found.mend


@pytest.mark.parametrize("environment", [{"HF_HUB_OFFLINE": "1"}, {}])
def test_offline_asks_nothing(environment: dict[str, str]) -> None:
    (found,) = network(not environment, environment | {"HF_ENDPOINT": "http://127.0.0.1:1"})
    assert found.said == "not asked: offline is set"


def test_an_endpoint_that_is_no_web_address_is_said() -> None:
    (found,) = network(False, {"HF_ENDPOINT": "file:///etc/passwd"})
    assert "no http(s) address" in found.said


def test_without_latex_reports_lack_the_pdf_alone() -> None:
    (found,) = typesetting(lambda _name: None)
    assert isinstance(found, Finding)
    assert found.state == "note"
    assert "apt-get install" in found.mend


def test_pdflatex_without_bibtex_is_not_enough() -> None:
    found = states(typesetting(lambda name: "/usr/bin/pdflatex" if name == "pdflatex" else None))
    assert found["bibtex"] == "note"
    assert found["xelatex"] == "note"
