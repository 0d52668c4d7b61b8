"""`python -m lifecycle.training.cluster_spec FOLDER`: one node of a job whose nodes are told by CLUSTER_SPEC.

That is how Vertex AI tells the machines of a job of each other. The first of the first pool has rank 0.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lifecycle.errors import LifecycleError
from lifecycle.training.__main__ import FAILED
from lifecycle.training.job import JOB_FILE, TrainingJob

CLUSTER_SPEC = "CLUSTER_SPEC"
PORT = 29500
"""Where the first node listens, if nobody says."""


class Node(NamedTuple):
    """One machine of a job."""

    rank: int
    size: int
    master: str
    port: int


def node_of(told: str) -> Node:
    """Which machine this is.

    Args:
        told: JSON of the variable.

    Raises:
        LifecycleError: it is none that tells a machine of a pool.

    >>> node_of('{"cluster": {"workerpool0": ["a:2222"], "workerpool1": ["b:2222", "c:2222"]},'
    ...         ' "task": {"type": "workerpool1", "index": 1}, "open_ports": [3333]}')
    Node(rank=2, size=3, master='a', port=3333)
    """
    try:
        spec = json.loads(told)
        pools = sorted(spec["cluster"].items())
        hosts = [(pool, index) for pool, names in pools for index in range(len(names))]
        rank = hosts.index((spec["task"]["type"], int(spec["task"]["index"])))
        master = str(pools[0][1][0]).rsplit(":", 1)[0]
        port = int((spec.get("open_ports") or [PORT])[0])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as exc:
        raise LifecycleError(
            f"{CLUSTER_SPEC} tells no machine of a job ({type(exc).__name__}): {told[:200]!r}"
        ) from exc
    return Node(rank=rank, size=len(hosts), master=master, port=port)


def start_of(node: Node, job: TrainingJob, folder: str) -> tuple[list[str], Mapping[str, str]]:
    """Command and variables of what runs on a node.

    One process is told its rank itself. Several are started by torchrun: it hides their exit codes.

    Args:
        node: the machine.
        job: what is trained.
        folder: of the job file.

    Raises:
        LifecycleError: there are more or fewer machines than the job is for.
    """
    if node.size != job.nodes:
        raise LifecycleError(
            f"the job is for {job.nodes} nodes (training.compute.nodes), and there are {node.size}"
        )
    training = ["-m", "lifecycle.training", folder]
    if job.count == 1:
        told = {
            "RANK": str(node.rank),
            "WORLD_SIZE": str(node.size),
            "LOCAL_RANK": "0",
            "MASTER_ADDR": node.master,
            "MASTER_PORT": str(node.port),
        }
        return [sys.executable, *training], told
    run = [
        *(sys.executable, "-m", "torch.distributed.run"),
        f"--nnodes={node.size}",
        f"--nproc-per-node={job.count}",
        f"--node-rank={node.rank}",
        f"--master-addr={node.master}",
        f"--master-port={node.port}",
    ]
    return [*run, *training], {}


def main(arguments: list[str]) -> int:  # noqa: RET503  # the last line does not return
    """Become what runs on this node: signals and the exit code are its own."""
    try:
        folder = arguments[-1]
        node = node_of(os.environ.get(CLUSTER_SPEC, ""))
        command, told = start_of(node, TrainingJob.read(Path(folder) / JOB_FILE), folder)
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    os.execve(command[0], command, {**os.environ, **told})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
