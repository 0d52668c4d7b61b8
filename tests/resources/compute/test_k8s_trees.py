"""Trees by two real ranks on a cluster, one on each node, told by the same variables as ranks of torch."""

import sys
from pathlib import Path

from lifecycle.training.run import run_job
from tests.doubles.kubernetes.server import Server
from tests.fakes.bundles import parcels, write_job
from tests.fakes.ports import free_port
from tests.resources.compute.conftest import OnCluster

INDEX = "batch.kubernetes.io/job-completion-index"


def test_an_indexed_job_grows_trees_by_two_ranks(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    job = write_job(tmp_path / "tables", parcels(), nodes=2, rows="disk")
    # Not by the operator of the settings: it would start them by torchrun, which trees do without.
    done = on_cluster(python=sys.executable, master_port=free_port(), kind="train_job").train(
        job, "one", progress=lambda line: None
    )
    assert {pod["metadata"]["annotations"][INDEX] for pod in cluster.cluster.store.select("pods")} == {
        "0",
        "1",
    }
    write_job(tmp_path / "alone", parcels())
    one = run_job(tmp_path / "alone", progress=lambda line: None)
    assert done.result.split == one.split
    assert sorted(done.result.files) == sorted(one.files)
