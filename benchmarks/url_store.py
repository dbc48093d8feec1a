"""What a store by URL costs: publishing, and what `status` and a report ask of it, over a network of so many milliseconds a request.

    python -m benchmarks.url_store [--artifacts 10000] [--milliseconds 20]

The bucket lies in this process's memory; every request waits as long as asked, as many of them side by side as on S3. A listing brings
1,000 objects a request, as that of S3.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from stiltsreport.store.commits import Commit, commit_key
from stiltsreport.store.manifest import Entry
from stiltsreport.store.shared_store import SharedStore
from tests.store.far import URL, Far

_PAGE = 1000
RECORD = json.dumps({"value": 71.25, "n": 5010, "sums": [[3571, 5010]], "machine": {"python": "3.11", "processor": "x" * 200}})


class Paged(Far):
    """A bucket that lists by pages, and reads many objects side by side."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=0.0)
        self.wait = seconds
        self.fault = lambda name, _number: time.sleep(0.0 if name == "cat_file" else self.wait)

    def find(self, path: str, **named: Any) -> Any:
        """As s3fs: page by page."""
        found = super().find(path, **named)
        time.sleep(self.wait * (len(found) // _PAGE))
        return found

    def cat(self, path: Any, **named: Any) -> Any:
        """As s3fs: 128 requests at once."""
        time.sleep(self.wait * (1 + len(path) // 128))
        return super().cat(path, **named)


def artifact(folder: Path) -> None:
    """An evaluation of 5,000 items, by its sizes."""
    (folder / "record.json").write_text(RECORD, encoding="utf-8")
    (folder / "ingredients.json").write_text("{}" * 1000, encoding="utf-8")
    (folder / "predictions.jsonl").write_text(
        '{"id": "1", "prediction": "entailment", "gold": "neutral", "counts": {"accuracy": [0, 1]}}\n' * 5000
    )
    (folder / "items.arrow").write_bytes(bytes(120_000))


def filled(artifacts: int, seconds: float) -> tuple[Paged, list[str]]:
    """A bucket of so many evaluations, as far as `status` sees them."""
    far = Paged(0.0)
    objects = far.objects()
    digest = hashlib.sha256(RECORD.encode()).hexdigest()
    files = {"record.json": Entry(len(RECORD), digest)} | {
        name: Entry(1, "0" * 64) for name in ("ingredients.json", "predictions.jsonl", "items.arrow")
    }
    jobs = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(artifacts)]
    for job in jobs:
        objects.write(commit_key("evaluations", job, 1), Commit("1-ab", files, RECORD).as_text().encode())
    far.wait = seconds
    return far, jobs


def asked(far: Paged, jobs: list[str], folder: Path) -> dict[str, float]:
    """Seconds of what `status` asks: what is there, every record, who is at work, what failed."""
    began = time.monotonic()
    store = SharedStore(URL, folder, far.objects())
    there = [job for job in jobs if store.has("evaluations", job)]
    listed = time.monotonic()
    store.foresee("evaluations", there)
    assert all(store.record("evaluations", job) for job in there)
    read = time.monotonic()
    store.attempts.running()
    assert not any(store.attempts.failures(job) for job in jobs)
    return {"list": listed - began, "records": read - listed, "attempts": time.monotonic() - read, "all": time.monotonic() - began}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--artifacts", type=int, default=10_000)
    parser.add_argument("--milliseconds", type=float, default=20)
    arguments = parser.parse_args()
    seconds = arguments.milliseconds / 1000
    found: dict[str, Any] = vars(arguments)
    with tempfile.TemporaryDirectory() as folder:
        far, jobs = filled(arguments.artifacts, seconds)
        found["status, first"] = asked(far, jobs, Path(folder) / "a")
        found["status, again"] = asked(far, jobs, Path(folder) / "a")
        far = Paged(seconds)
        writer = far.at(Path(folder) / "b")
        began, before = time.monotonic(), far.requests.total()
        for job in jobs[:100]:
            writer.publish("evaluations", job, artifact)
        found["publish"] = (time.monotonic() - began) / 100
        found["requests a publication"] = (far.requests.total() - before) / 100
        reader = far.at(Path(folder) / "c")
        began = time.monotonic()
        reader.bring("evaluations", jobs[:100])
        found["bring 100"] = time.monotonic() - began
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
