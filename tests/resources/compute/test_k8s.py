"""Training on a cluster: everything that can befall a pod, a job, a run and the API server.

The API server is a double over real HTTP whose pods are real processes. What they run is a script: what the
trainer itself does is shown by the contract suite.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, TrainingJob
from resources.cluster.api import ApiAwayError, ApiRefusedError
from tests.doubles.kubernetes.cluster import Mishap
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.kubernetes.server import Server
from tests.fakes.bundles import parcels, write_job
from tests.fakes.running import wait_for
from tests.resources.compute.conftest import OnCluster, Script

FOR_EVER = "echo on; exec sleep 60"
GOES_SLOWLY = "trap 'sleep 1; exit 85' TERM; echo on; while :; do sleep 0.05; done"
"""As a training that writes its checkpoint first."""
JOBS = "/apis/batch/v1/namespaces/team/jobs"


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return write_job(tmp_path / "tables", parcels(n_rows=10))


def changed(job: TrainingJob, **facts: Any) -> TrainingJob:
    return job.model_copy(update=facts)


def network(job: TrainingJob, **facts: Any) -> TrainingJob:
    """A job whose processes an operator may start."""
    return changed(job, trainer="torch", **facts)


def pods(cluster: Server) -> list[dict[str, Any]]:
    return cluster.cluster.store.select("pods")


def jobs(cluster: Server) -> list[str]:
    return [obj["metadata"]["name"] for obj in cluster.cluster.store.select("jobs")]


def posted(cluster: Server) -> int:
    return cluster.requests.count(("POST", JOBS))


def befalls(cluster: Server, mishap: Mishap, *, when: str = "on") -> Callable[[str], None]:
    """Progress that lets something happen to the first pod when a line is printed."""

    def progress(line: str) -> None:
        if line == when:
            cluster.cluster.befall(pods(cluster)[-1], mishap)

    return progress


def untold(line: str) -> None:
    """Nobody listens."""


def test_lines_come_while_the_job_runs_and_nothing_is_trained_twice(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(
        python=script('echo first; while [ ! -e "$folder/go" ]; do sleep 0.05; done; train; echo last')
    )
    lines = list[str]()

    def progress(line: str) -> None:
        lines.append(line)
        if line == "first":
            (compute.root / "parcels" / "one" / "go").touch()

    done = compute.train(job, "one", progress=progress)
    assert done.folder == compute.root / "parcels" / "one"
    name = jobs(cluster)[0]
    assert lines[0] == f"Job {name} is submitted to team"
    assert lines[-2:] == ["first", "last"]
    assert compute.train(job, "one", progress=untold) == done
    assert posted(cluster) == 1


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        pytest.param(
            "out of memory", r"ran out of memory \(pod .* was OOMKilled\): give it more", id="out of memory"
        ),
        pytest.param("killed", r"was killed \(pod .*, exit code 137\)", id="killed"),
        pytest.param("deleted", r"lost its pod .*, which somebody deleted: run it again", id="deleted pod"),
        pytest.param(
            "preempted",
            r"was preempted \(pod .*PreemptionByScheduler\), for the last of 1 attempts",
            id="preempted",
        ),
        pytest.param("drained", r"was taken from its node, which is drained", id="drained"),
        pytest.param(
            "evicted",
            r"was evicted from its node \(pod .*: The node was low on resource: memory",
            id="evicted",
        ),
    ],
)
def test_what_befalls_a_pod_is_told_apart_with_its_last_lines(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script, mishap: Mishap, told: str
) -> None:
    compute = on_cluster(python=script(GOES_SLOWLY))
    with pytest.raises(LifecycleError, match=rf"training parcels {told}") as caught:
        compute.train(job, "one", progress=befalls(cluster, mishap))
    assert ":\n  on" in str(caught.value)
    wait_for(lambda: all(pod["status"]["phase"] != "Running" for pod in pods(cluster)))
    assert posted(cluster) == 1, "nothing of this is mended by starting again behind the spec's back"


def test_a_lost_node_is_not_waited_for_for_ever(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script(FOR_EVER), patience={"ending": 1})
    with pytest.raises(LifecycleError, match=r"lost its node \(pod .*: DeletionByTaintManager\)"):
        compute.train(job, "one", progress=befalls(cluster, "node lost"))
    assert jobs(cluster) == []


@pytest.mark.parametrize(
    ("facts", "settings", "told"),
    [
        pytest.param(
            {"accelerator": "gpu", "count": 1, "threads": 65},
            {"patience": {"schedule": 1}},
            r"waits for a node \(0/2 nodes are available: .*Insufficient cpu.*\) for 1 s: ask for less",
            id="never schedulable",
        ),
        pytest.param(
            {},
            {"volumes": [{"path": "/", "claim": "gone"}], "patience": {"schedule": 1}},
            r"waits for a node \(persistentvolumeclaim \"gone\" not found\) for 1 s",
            id="no such volume",
        ),
        pytest.param(
            {},
            {"image": "typo", "patience": {"image": 1}},
            r"cannot start \(ErrImagePull: .*\"typo\": not found\) for 1 s: correct `image`",
            id="no such image",
        ),
        pytest.param(
            {},
            {"env_secrets": ["gone"], "patience": {"image": 1}},
            r"cannot start \(CreateContainerConfigError: secrets \"gone\" not found\) for 1 s: correct `env",
            id="no such secret",
        ),
        pytest.param(
            {},
            {
                "volumes": [{"path": "/", "claim": "home"}, {"path": "/k", "secret": "gone"}],
                "patience": {"start": 1},
            },
            r"starts for 1 s: look at the pod's events",
            id="a volume that is never mounted",
        ),
        pytest.param(
            {},
            {"python": "/no/python"},
            r"could not be started \(pod .*, StartError\)",
            id="no such interpreter",
        ),
        pytest.param(
            {"time_limit_s": 1},
            {},
            r"passed its time limit \(training.compute.time_limit\):\n  on",
            id="too long",
        ),
    ],
)
def test_what_never_runs_or_never_ends_fails_in_time_and_leaves_nothing(
    on_cluster: OnCluster,
    cluster: Server,
    job: TrainingJob,
    script: Script,
    facts: dict[str, Any],
    settings: dict[str, Any],
    told: str,
) -> None:
    compute = on_cluster(**{"python": script(FOR_EVER), **settings})
    with pytest.raises(LifecycleError, match=rf"training parcels {told}"):
        compute.train(changed(job, **facts), "one", progress=untold)
    wait_for(lambda: all(pod["status"]["phase"] == "Failed" for pod in pods(cluster)))


def test_a_job_that_no_queue_admits_is_not_waited_for_for_ever(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    cluster.cluster.admits_queues = False
    compute = on_cluster(python=script(FOR_EVER), queue="gpus", patience={"queue": 1})
    lines = list[str]()
    with pytest.raises(LifecycleError, match=r"waits to be admitted by its queue for 1 s: free its quota"):
        compute.train(job, "one", progress=lines.append)
    assert lines[-1].endswith("waits to be admitted by its queue")
    assert jobs(cluster) == []


def test_a_preempted_job_goes_on_up_to_its_attempts(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    twice = 'case $(wc -l < "$folder/starts") in 1) exit 85;; 2) echo on; exec sleep 60;; esac'
    compute = on_cluster(python=script(f'echo . >> "$folder/starts"; {twice}; train; echo done'))
    lines = list[str]()
    harm = befalls(cluster, "preempted")

    def progress(line: str) -> None:
        lines.append(line)
        harm(line)

    compute.train(changed(job, attempts=3), "one", progress=progress)
    assert posted(cluster) == 3
    (name,) = jobs(cluster)
    assert name.endswith("-3")
    told = [line for line in lines if "attempt" in line]
    assert [line.split(": ")[-1] for line in told] == ["attempt 2 of 3", "attempt 3 of 3"]


def test_a_storm_of_preemptions_ends_at_the_cap(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script("echo on; exit 85"))
    with pytest.raises(
        LifecycleError, match=r"was preempted \(.*\), for the last of 2 attempts:\n  on\n  on$"
    ):
        compute.train(changed(job, attempts=2), "one", progress=untold)
    assert posted(cluster) == 2


def test_an_error_of_the_job_is_not_tried_again(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script("echo too few rows; exit 2"))
    with pytest.raises(LifecycleError, match=r"failed with exit code 2 \(pod .*\):\n  too few rows$"):
        compute.train(changed(job, attempts=5), "one", progress=untold)
    assert posted(cluster) == 1
    (name,) = jobs(cluster)
    lines = list[str]()
    again = on_cluster(python=script("train"))
    again.train(changed(job, attempts=5), "one", progress=lines.append)
    assert lines[0] == f"Job {name} is submitted to team", "what had failed made room for it"


def test_a_job_that_somebody_deletes_is_a_clear_failure(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    from tests.doubles.kubernetes.store import Key

    compute = on_cluster(python=script(FOR_EVER))

    def progress(line: str) -> None:
        if line == "on":
            cluster.cluster.store.delete(Key("jobs", "team", jobs(cluster)[0]))

    with pytest.raises(LifecycleError, match="is gone: somebody deleted its object; run it again"):
        compute.train(job, "one", progress=progress)


def test_a_good_end_without_a_result_is_no_success(
    on_cluster: OnCluster, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script("echo nothing done"), patience={"ending": 1})
    with pytest.raises(
        LifecycleError, match=r"ended well and left no whole result.json in .*is the volume the same"
    ):
        compute.train(job, "one", progress=untold)


def test_an_interrupted_run_deletes_its_job(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    def interrupt(line: str) -> None:
        if line == "on":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_cluster(python=script(FOR_EVER)).train(job, "one", progress=interrupt)
    assert jobs(cluster) == []
    wait_for(lambda: pods(cluster) == [])


def test_a_run_that_is_interrupted_at_once_deletes_its_job(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_cluster(python=script(FOR_EVER)).train(job, "one", progress=interrupt)
    assert jobs(cluster) == []


def test_the_job_of_a_killed_run_is_taken_up_by_the_next(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script, tmp_path: Path
) -> None:
    compute = on_cluster(python=script('echo on; while [ ! -e "$folder/go" ]; do sleep 0.05; done; train'))
    settings = tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump(compute.settings.model_dump(mode="json")))
    module = "tests.resources.compute.k8s_caller"
    command = [sys.executable, "-m", module, compute.root, settings, tmp_path / "tables" / JOB_FILE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        assert any(line == "on\n" for line in caller.stdout)
        caller.kill()
    (compute.root / "parcels" / "one" / "go").touch()
    lines = list[str]()
    compute.train(job, "one", progress=lines.append)
    assert lines[0] == f"{jobs(cluster)[0]} was left by an earlier run: it is taken up"
    assert posted(cluster) == 1


def test_another_job_of_the_same_name_makes_room(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    first = on_cluster(python=script(FOR_EVER))
    cluster.faults.plant(Fault(harm="refuse", method="GET", path=f"{JOBS}/.*", code=403, times=1))
    cluster.faults.plant(Fault(harm="refuse", method="DELETE", path=f"{JOBS}/.*", code=403, times=1))
    with pytest.raises(ApiRefusedError, match="403"):
        first.train(job, "one", progress=untold)
    assert len(jobs(cluster)) == 1
    other = changed(job, seed=8)
    on_cluster(python=script("train")).train(other, "one", progress=untold)
    assert posted(cluster) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(harm="refuse", code=429, retry_after_s=1), id="too many requests"),
        pytest.param(Fault(harm="refuse", code=500, times=2), id="an internal error"),
        pytest.param(Fault(harm="refuse", code=503, times=2), id="unavailable"),
        pytest.param(Fault(harm="refuse", code=401), id="a token that has expired"),
        pytest.param(Fault(harm="hang up", times=2), id="a connection that breaks"),
        pytest.param(Fault(harm="lose the answer", method="POST"), id="an answer to a creation that is lost"),
        pytest.param(Fault(harm="lose the answer", method="GET", times=3), id="answers that are lost"),
        pytest.param(Fault(harm="slow", delay_s=1), id="a slow answer"),
        pytest.param(Fault(harm="refuse", code=503, path=".*/log", times=3), id="a log that cannot be read"),
    ],
)
def test_a_busy_server_is_asked_again_and_no_job_made_twice(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script, fault: Fault
) -> None:
    cluster.faults.plant(fault)
    lines = list[str]()
    on_cluster(python=script("echo one; echo two; train")).train(job, "one", progress=lines.append)
    assert lines[-2:] == ["one", "two"]
    assert len(jobs(cluster)) == 1
    assert cluster.faults.met == fault.times


def test_a_server_that_stays_away_is_a_clear_error_and_the_job_is_taken_up_later(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script("echo on; sleep 0.5; train"), patience={"server": 2})

    def away(line: str) -> None:
        if line == "on":
            cluster.faults.plant(Fault(harm="refuse", code=503, times=1000))

    with pytest.raises(ApiAwayError, match=r"did not answer GET .* for \d s \(503 .*run again to take it up"):
        compute.train(job, "one", progress=away)
    cluster.faults.clear()
    compute.train(job, "one", progress=untold)
    assert posted(cluster) == 1


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        pytest.param({"priority_class": "x" * 10}, 201, id="what is known"),
        pytest.param({"kind": "pytorch_job"}, 404, id="an operator that is not there"),
    ],
)
def test_a_cluster_without_the_operator_says_so(
    on_cluster: OnCluster,
    cluster: Server,
    job: TrainingJob,
    script: Script,
    settings: dict[str, Any],
    status: int,
) -> None:
    if status == 404:
        cluster.faults.plant(Fault(harm="refuse", path=".*/pytorchjobs", code=404, times=9))
    compute = on_cluster(python=script("train"), **settings)
    asked = network(job, count=2)
    if status == 201:
        compute.train(asked, "one", progress=untold)
    else:
        with pytest.raises(LifecycleError, match=r"knows no PyTorchJob.*`kind: job`"):
            compute.train(asked, "one", progress=untold)


RANKS = """
rank=$(echo "$*--node-rank=$PET_NODE_RANK$RANK" | sed 's/.*--node-rank=\\([0-9]\\).*/\\1/')
echo "rank $rank of $*" | sed 's/ -m lifecycle.*//'
[ "$rank" = 0 ] && train
exit 0
"""


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (
            "job",
            "-m torch.distributed.run --nnodes=2 --nproc-per-node=2 --node-rank=0 --master-addr=127.0.0.1",
        ),
        ("train_job", "-m torch.distributed.run"),
        (
            "pytorch_job",
            "-m torch.distributed.run --nnodes=2 --nproc-per-node=2 --node-rank=0 --master-addr=127.0.0.1",
        ),
    ],
)
def test_every_kind_starts_one_torchrun_on_each_node(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script, kind: str, arguments: str
) -> None:
    compute = on_cluster(python=script(RANKS), kind=kind)
    lines = list[str]()
    compute.train(network(job, nodes=2, count=2, accelerator="gpu"), "one", progress=lines.append)
    assert any(line.startswith(f"rank 0 of {arguments}") for line in lines)
    assert not any(line.startswith("rank 1") for line in lines), "one rank tells for all"
    assert [pod["spec"]["nodeName"] for pod in pods(cluster)] == ["gpu-0", "gpu-0"]
    assert len(cluster.cluster.store.select("services")) == (kind == "job")


@pytest.mark.parametrize("kind", ["job", "train_job", "pytorch_job"])
def test_the_rank_that_fails_first_is_heard_and_the_others_are_ended(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script, kind: str
) -> None:
    body = (
        RANKS.splitlines()[1] + '\n[ "$rank" = 1 ] && { echo no space left; exit 2; }\necho on; exec sleep 60'
    )
    compute = on_cluster(python=script(body), kind=kind)
    with pytest.raises(LifecycleError, match=r"failed with exit code 2") as caught:
        compute.train(network(job, nodes=2), "one", progress=untold)
    assert "[1] no space left" in str(caught.value)
    wait_for(lambda: all(pod["status"]["phase"] == "Failed" for pod in pods(cluster)))


def test_two_runs_of_one_name_share_one_job(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, script: Script
) -> None:
    compute = on_cluster(python=script("echo on; sleep 1; train"))
    done = list[object]()
    started = threading.Event()

    def second() -> None:
        started.wait(30)
        done.append(compute.train(job, "one", progress=untold))

    other = threading.Thread(target=second)
    other.start()
    done.append(compute.train(job, "one", progress=lambda line: started.set() if line == "on" else None))
    other.join(30)
    assert done[0] == done[1]
    assert posted(cluster) == 1


def test_a_folder_that_pods_do_not_see_is_refused_before_anything_is_made(
    on_cluster: OnCluster, cluster: Server, job: TrainingJob, tmp_path: Path
) -> None:
    compute = on_cluster(volumes=[{"path": "/elsewhere", "claim": "home"}])
    with pytest.raises(LifecycleError, match=r"pods would not find .*mount the claim with FLYWHEEL_HOME"):
        compute.train(job, "one", progress=untold)
    assert cluster.requests == []
    assert not (tmp_path / "jobs").exists()


def test_no_cluster_is_a_clear_error(
    on_cluster: OnCluster, job: TrainingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "gone"))
    with pytest.raises(LifecycleError, match=r"no cluster to talk to: .*let KUBECONFIG name a file"):
        on_cluster().train(job, "one", progress=untold)
