"""Builds on a bucket, each as a machine of its own: end to end, side by side, killed, over a network that fails, and over a slow one."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fsspec
import pytest

from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.remote import hand_over, outcome
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.store.mirror import fetched
from stiltsreport.store.objects import Objects
from stiltsreport.store.shared_store import SharedStore
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.cli.studies import TATOEBA, XNLI, Desk
from tests.faults.s3 import BUCKET, URL, Network, environment, network_to, objects
from tests.faults.test_store_builds import ROOT, SHORT, Build

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")
JOB = "0123456789abcdef0123"


@dataclass
class Cloud:
    """A bucket behind a network, and the builds that this test has started on it."""

    desk: Desk
    network: Network
    address: str
    objects: Objects
    builds: list[Build] = field(default_factory=list)

    def environment(self, machine: str) -> dict[str, str]:
        home = self.desk.folder / machine
        home.mkdir(exist_ok=True)
        return {**os.environ, **environment(self.address), "HOME": str(home)}

    def start(self, machine: str, *more: str, workers: str = "1") -> Build:
        arguments = [*self.desk.arguments("build", self.desk.folder / "small.yaml", "--workers", workers, "-v", *more), "--store", URL]
        process = subprocess.Popen(
            [sys.executable, "-m", "stiltsreport", *arguments, "--reports", str(self.desk.folder / machine / "reports")], cwd=ROOT,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True, env=self.environment(machine),
        )  # fmt: skip
        self.builds.append(Build(process))
        return self.builds[-1]

    def scores(self, machine: str) -> bytes:
        return (self.desk.folder / machine / "reports" / "small" / "scores.jsonl").read_bytes()

    def keys(self, folder: str) -> list[str]:
        return sorted(self.objects.list(folder))

    def published(self) -> list[str]:
        return [key for kind in ("trainings", "checkpoints", "evaluations") for key in self.keys(kind)]


@pytest.fixture
def cloud(desk: Desk) -> Iterator[Cloud]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    there = objects(f"http://{host}:{port}")
    for method, path in (("POST", "moto-api/reset"), ("PUT", BUCKET)):  # what an earlier test has left goes
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/{path}", method=method)).close()
    with network_to(f"{host}:{port}") as (network, address):
        found = Cloud(desk, network, address, there)
        yield found
        for build in found.builds:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(build.process.pid, signal.SIGKILL)
            build.process.wait(30)
    server.stop()


def local_scores(desk: Desk, capsys: pytest.CaptureFixture[str]) -> bytes:
    assert desk.run(capsys, "build", desk.folder / "small.yaml").code == 0
    return (desk.folder / "reports" / "small" / "scores.jsonl").read_bytes()


def once_each(keys: list[str]) -> bool:
    """Whether each artifact was published once, and none marked."""
    return len(keys) > 3 and all(key.endswith(".1.json") for key in keys)


@pytest.mark.slow
def test_a_build_in_a_bucket_is_the_build_in_a_folder(cloud: Cloud, capsys: pytest.CaptureFixture[str]):
    """With worker processes; what one machine has made, another reports and runs nothing. Then every third request fails."""
    cloud.desk.study(seeds="[1]")
    first = cloud.start("a", workers="2")
    assert first.ended() == 0, "".join(first.said)
    assert cloud.scores("a") == local_scores(cloud.desk, capsys)
    assert once_each(cloud.published())
    assert not [*cloud.keys("leases"), *cloud.keys("states"), *cloud.keys("probes"), *cloud.keys("failures")]
    before = cloud.keys("")

    cloud.network.fails = 3
    second = cloud.start("b", workers="0")
    assert second.ended() == 0, "".join(second.said)
    assert "nothing to run" in "".join(second.said)
    assert cloud.network.failed > 20
    assert cloud.scores("b") == cloud.scores("a")
    assert cloud.keys("") == before

    # No word of what opens the bucket anywhere.
    for place in ("a", "b"):
        for file in (cloud.desk.folder / place).rglob("*"):
            assert not file.is_file() or b"not-a-real-secret-42" not in file.read_bytes(), file
    assert not any(b"not-a-real-secret-42" in cloud.objects.read(key) for key in before)
    assert "not-a-real-secret-42" not in "".join([*first.said, *second.said])


@pytest.mark.long
def test_a_build_over_a_network_that_fails_every_fifth_request(cloud: Cloud, capsys: pytest.CaptureFixture[str]):
    cloud.desk.study(seeds="[1]", target=f"[{TATOEBA}]")
    cloud.network.fails = 5
    build = cloud.start("a", workers="0")
    assert build.ended() == 0, "".join(build.said)
    assert cloud.network.failed > 10
    assert cloud.scores("a") == local_scores(cloud.desk, capsys)
    assert once_each(cloud.published())
    assert not cloud.keys("leases")


@pytest.mark.long
def test_two_builds_race_at_one_bucket_over_a_slow_network(cloud: Cloud):
    """0.1 s more a request. They share the work, nothing is published twice, and what one is at, the other waits for."""
    cloud.desk.study(seeds="[1]", target=f"[{XNLI}]")
    cloud.network.seconds = 0.1
    first, second = cloud.start("a", *SHORT), cloud.start("b", *SHORT)
    assert (first.ended(), second.ended()) == (0, 0), "".join([*first.said, *second.said])
    assert cloud.scores("a") == cloud.scores("b")
    keys = cloud.published()
    assert once_each(keys)
    data = {tuple(key.split("/")[1:4]) for key in cloud.keys("data")}
    assert len(data) == len(keys)  # no files of a loser
    said = "".join([*first.said, *second.said])
    assert re.search(r"waiting for tiny/\S+, run by \d+ on ", said), said
    begun = [set(re.findall(r"started (\S+)", "".join(build.said))) for build in (first, second)]
    assert all(f"waiting for {title}, run by" in said for title in begun[0] & begun[1]), said
    assert not cloud.keys("leases")


@pytest.mark.long
def test_a_training_goes_on_on_another_machine(cloud: Cloud):
    """Machine a is killed with all its workers, and its disk is lost."""
    cloud.desk.study(seeds="[1]", target=f"[{XNLI}]")
    first = cloud.start("a", *SHORT, "--set", "execution.checkpoint_minutes=0.005", "--only", "*/hellaswag")
    deadline = time.monotonic() + 200
    while not cloud.keys("states"):
        assert time.monotonic() < deadline, "".join(first.said)
        time.sleep(0.02)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait(30)
    assert cloud.keys("leases")
    shutil.rmtree(cloud.desk.folder / "a")
    second = cloud.start("b", *SHORT, "--set", "execution.checkpoint_minutes=0.005", "--only", "*/hellaswag")
    assert second.ended() == 0, "".join(second.said)
    store = SharedStore(URL, cloud.desk.folder / "look", cloud.objects)
    records = [store.record("trainings", key.split("/")[2].split(".")[0]) for key in cloud.keys("trainings")]
    assert [record["resumed"][0]["step"] > 0 for record in records if record.get("resumed")] == [True]
    assert not cloud.keys("states")
    assert not cloud.keys("leases")


@pytest.mark.slow
def test_a_node_is_handed_the_urls_and_fetches_what_it_lacks(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A unit as Slurm's and Ray's nodes get it: planned from data that were fetched elsewhere, published to the bucket."""
    for name, value in cloud.environment("node").items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()  # of another test, without credentials
    there = Objects(f"s3://{BUCKET}/data", cloud.objects._fs)
    for file in cloud.desk.data.rglob("*"):
        if file.is_file():
            there.upload(file, file.relative_to(cloud.desk.data).as_posix())
    data = fetched(there.url)
    plan = plan_study(read_study(cloud.desk.study(seeds="[1]", target=f"[{XNLI}]"), (), data), Memo(), Lock())
    unit = missing_units(plan, SharedStore(URL, tmp_path / "planner", cloud.objects))[0]
    assert unit.chain
    shutil.rmtree(data)
    hand_over(tmp_path / "hand", unit, WorkerSettings(URL, offline=False, device="cpu", data=there.url))
    done = subprocess.run([sys.executable, "-m", "stiltsreport.execute.remote", str(tmp_path / "hand")], cwd=ROOT, check=False)
    assert done.returncode == 0
    ended = outcome(tmp_path / "hand", unit)
    assert ended is not None
    assert ended.state == "done", ended.error
    assert sorted(key.split("/")[2].split(".")[0] for key in cloud.keys("trainings")) == sorted(train.id for train in unit.chain)
    assert not cloud.keys("leases")
    assert "not-a-real-secret-42" not in (tmp_path / "hand" / "settings.json").read_text()


@pytest.mark.slow
def test_an_upload_that_is_killed_leaves_nothing_to_see(cloud: Cloud, tmp_path: Path):
    """kill -9 while its files go up one by one; a second machine then publishes, and what was left goes with the next sweep."""
    code = (
        "import sys; from pathlib import Path; from stiltsreport.store import open_store\n"
        "def write(folder):\n"
        "    (folder / 'record.json').write_text('{\"value\": 1}')\n"
        "    for number in range(400): (folder / f'{number}.bin').write_bytes(bytes(20000))\n"
        f"store = open_store({URL!r}); store.prepare(); store.publish('trainings', {JOB!r}, write)\n"
    )
    cloud.network.seconds = 0.05
    process = subprocess.Popen([sys.executable, "-c", code], env=cloud.environment("a"), cwd=ROOT)
    deadline = time.monotonic() + 60
    while not 20 < len(cloud.keys("data")) < 400:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    left: list[str] = []
    while left != (now := cloud.keys("data")):  # what was on its way still comes
        left = now
        time.sleep(1)
    assert 20 < len(left) < 400
    store = SharedStore(URL, tmp_path / "b", cloud.objects)
    store.prepare()
    assert not store.has("trainings", JOB)
    assert not store.has_now("trainings", JOB)
    store.publish("trainings", JOB, lambda folder: (folder / "record.json").write_text('{"value": 2}'))
    assert store.record("trainings", JOB) == {"value": 2}

    from stiltsreport.store.sweeping import remove, unneeded

    needs = {"trainings": [JOB], "checkpoints": [], "evaluations": [], "translations": []}
    assert not [piece for piece in unneeded(store, needs, [], time.time()) if piece.keys]  # it might still go on
    pieces = [piece for piece in unneeded(store, needs, [], time.time() + 2 * 86400) if piece.keys]
    assert sorted(key for piece in pieces for key in piece.keys) == left
    remove(store, pieces)
    assert store.verified("trainings", JOB)
    assert len(cloud.keys("data")) == 1


@pytest.mark.slow
def test_many_machines_publish_one_artifact_once(cloud: Cloud, tmp_path: Path):
    """Twelve at the same moment, ten times. All of them then read the same one."""
    stores = [SharedStore(URL, tmp_path / str(number), cloud.objects) for number in range(12)]
    for store in stores:
        Path(store.folder / "scratch").mkdir(parents=True)
    for turn in range(10):
        job, start = f"{turn:020x}", threading.Barrier(12)

        def publish(number: int, job: str = job, start: threading.Barrier = start) -> None:
            start.wait()
            stores[number].publish("trainings", job, lambda folder: (folder / "record.json").write_text(json.dumps({"by": number})))

        threads = [threading.Thread(target=publish, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        files = {(store.path("trainings", job) / "record.json").read_text() for store in stores}
        assert len(files) == 1
    assert len(cloud.keys("trainings")) == 10
    assert len(cloud.keys("data")) == 10


@pytest.mark.slow
def test_a_network_that_is_down_is_said_in_a_minute(cloud: Cloud):
    cloud.desk.study(seeds="[1]", target=f"[{XNLI}]")
    cloud.address = "http://127.0.0.1:9"
    began = time.monotonic()
    build = cloud.start("a")
    assert build.ended(120) == 2, "".join(build.said)
    assert time.monotonic() - began < 90
    said = "".join(build.said)
    assert re.search(r"--store s3://studies/store: cannot be used: .*\(tried 6 times\); the same command goes on from here", said), said
    assert "Traceback" not in said


def test_without_credentials_or_a_bucket_one_line_says_so(cloud: Cloud):
    cloud.desk.study(seeds="[1]", target=f"[{XNLI}]")
    variables = cloud.environment("a") | {"AWS_EC2_METADATA_DISABLED": "true"}

    def ran(command: str) -> subprocess.CompletedProcess[str]:
        arguments = cloud.desk.arguments(command, cloud.desk.folder / "small.yaml", "--store", "s3://no-such-bucket/store")
        return subprocess.run(
            [sys.executable, "-m", "stiltsreport", *arguments], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert "0 of" in ran("status").stdout  # nothing is there, as in a folder that is not there
    done = ran("build")
    assert done.returncode == 2, done.stderr
    assert "there is no such place" in done.stderr
    del variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
    done = ran("build")
    assert done.returncode == 2, done.stderr
    assert "no credentials for s3 are in the environment" in done.stderr
