"""Two real ranks on a cluster, one on each node: they find each other, and go on after one was taken away."""

import socket
import sys
from pathlib import Path

import pytest

from tests.doubles.kubernetes.server import Server
from tests.fakes.torch_jobs import write_torch_job
from tests.resources.compute.conftest import OnCluster

RANKS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def on_nodes(on_cluster: OnCluster, cluster: Server) -> OnCluster:
    cluster.cluster.kubeflow.master_port = port = free_port()
    # Pods of the double share one network: nothing of it is to be reached from others.
    env = {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    return lambda **changes: on_cluster(python=sys.executable, master_port=port, env=env, **changes)


@pytest.mark.parametrize("kind", ["job", "train_job"])
def test_ranks_that_lose_one_go_on_from_the_checkpoint(
    on_nodes: OnCluster, cluster: Server, tmp_path: Path, kind: str
) -> None:
    job = write_torch_job(
        tmp_path / "tables",
        nodes=RANKS,
        attempts=3,
        checkpoint_every_s=0,
    )
    lines = list[str]()

    def progress(line: str) -> None:
        lines.append(line)
        if line.startswith("epoch 0") and not any("attempt" in told for told in lines):
            (lost,) = [
                pod
                for pod in cluster.cluster.store.select("pods")
                if pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == "1"
            ]
            cluster.cluster.befall(lost, "preempted")

    done = on_nodes(kind=kind).train(job, "one", progress=progress)
    assert any(line.endswith("attempt 2 of 3") for line in lines), lines
    assert done.result.resumed >= 1
    assert "model.safetensors" in done.result.files
