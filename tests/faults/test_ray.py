"""A real Ray of two nodes: the same scores as at home, also where a node is lost in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest

from tests.cli.studies import Desk
from tests.faults.clusters import alone

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.cluster]
# A head without room for jobs and two nodes of one core; one node is taken away once a training has begun there.
BUILD = textwrap.dedent("""
    import os, subprocess, sys, threading, time
    from pathlib import Path
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    store, lose = Path(sys.argv[1]), sys.argv[2] == "lose"
    process = subprocess.Popen(sys.argv[3:], env=os.environ | {"RAY_ADDRESS": cluster.address})
    if lose:
        while not list(store.glob("trainings/*/*")) and process.poll() is None:
            time.sleep(0.1)
        cluster.remove_node(nodes[0], allow_graceful=False)
    code = process.wait()
    cluster.shutdown()
    sys.exit(code)
""")


@pytest.mark.parametrize("lose", ["keep", "lose"])
def test_the_same_scores_as_at_home(desk: Desk, built_desk: Desk, lose: str, tmp_path: Path) -> None:
    study = desk.study()
    arguments = [word for word in desk.arguments("build", study, "--executor", "ray") if word not in ("--workers", "0")]
    inner = [sys.executable, "-m", "stiltsreport", *arguments]
    command = alone([sys.executable, "-c", BUILD, str(desk.folder / "store"), lose, *inner])
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid.uuid4().hex, "RAY_USAGE_STATS_ENABLED": "0", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | token, capture_output=True, text=True, check=False, timeout=550)
    assert done.returncode == 0, done.stderr
    ours, theirs = ((one.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8") for one in (desk, built_desk))
    assert ours == theirs
