"""Does the double do what a cluster does? Through the client that the adapter uses."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.doubles.kubernetes.cluster import GPU_NODE, Mishap, NodeFacts
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.kubernetes.server import Server, kubernetes
from tests.doubles.kubernetes.store import Key
from tests.fakes.running import wait_for

Object = dict[str, Any]
JOBS = "/apis/batch/v1/namespaces/default/jobs"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture
def server() -> Iterator[Server]:
    with kubernetes(nodes=(NodeFacts(), GPU_NODE), images={"trainer"}) as running:
        yield running


def call(server: Server, method: str, path: str, body: Object | None = None, **query: str) -> tuple[int, Any]:
    import urllib3

    text = "&".join(f"{name}={value}" for name, value in query.items())
    content = None if body is None else json.dumps(body)
    answer = urllib3.request(method, f"{server.url}{path}?{text}", body=content, retries=False, timeout=10)
    one = answer.headers["Content-Type"] == "application/json" and "watch" not in query
    return answer.status, json.loads(answer.data) if one else answer.data.decode()


def pod_template(code: str, **spec: Any) -> Object:
    container = {"name": "trainer", "image": "trainer", "command": [sys.executable, "-c", code]}
    container |= spec.pop("container", {})
    return {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"restartPolicy": "Never", "containers": [container], **spec},
    }


def job(name: str, code: str, *, spec: Object | None = None, **pod: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": pod_template(code, **pod), **(spec or {})},
    }


def start(server: Server, body: Object) -> None:
    code, answer = call(server, "POST", JOBS, body, fieldValidation="Strict")
    assert code == 201, answer


def pods(server: Server, selector: str = "app=a") -> list[Object]:
    return list(call(server, "GET", PODS, labelSelector=selector)[1]["items"])


def ends(server: Server, name: str) -> tuple[str, str]:
    """Type and reason of the condition that a Job ends with."""
    found = list[tuple[str, str]]()

    def ended() -> bool:
        status = call(server, "GET", f"{JOBS}/{name}")[1].get("status", {})
        found[:] = [
            (c["type"], c["reason"])
            for c in status.get("conditions", [])
            if c["type"] in ("Complete", "Failed")
        ]
        return bool(found)

    wait_for(ended, seconds=20)
    return found[0]


def running(server: Server) -> Object:
    wait_for(lambda: any(pod["status"].get("phase") == "Running" for pod in pods(server)))
    return pods(server)[0]


def test_a_job_runs_its_pod_and_keeps_its_log(server: Server) -> None:
    start(server, job("a", "print('first'); print('second')"))
    assert ends(server, "a") == ("Complete", "CompletionsReached")
    (pod,) = pods(server, "batch.kubernetes.io/job-name=a")
    assert pod["status"]["phase"] == "Succeeded"
    log = f"{PODS}/{pod['metadata']['name']}/log"
    assert call(server, "GET", log) == (200, "first\nsecond\n")
    assert call(server, "GET", log, follow="true", tailLines="1") == (200, "second\n")
    stamped = call(server, "GET", log, timestamps="true")[1].splitlines()
    assert [line.split(" ", 1)[1] for line in stamped] == ["first", "second"]
    assert call(server, "GET", log, sinceTime=stamped[-1][:19] + "Z")[0] == 200


def test_a_failed_job_tells_its_exit_code(server: Server) -> None:
    start(server, job("a", "raise SystemExit(7)"))
    assert ends(server, "a") == ("Failed", "BackoffLimitExceeded")
    state = pods(server)[0]["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (7, "Error")


def test_an_indexed_job_tells_each_pod_its_number(server: Server) -> None:
    code = "import os; print(os.environ['JOB_COMPLETION_INDEX'])"
    indexed = {"completionMode": "Indexed", "completions": 2, "parallelism": 2}
    start(server, job("a", code, spec=indexed))
    assert ends(server, "a")[0] == "Complete"
    logs = {call(server, "GET", f"{PODS}/{pod['metadata']['name']}/log")[1] for pod in pods(server)}
    assert logs == {"0\n", "1\n"}


def unscheduled(server: Server) -> str:
    """Why the pod has no node."""
    wait_for(lambda: any(pod["status"].get("conditions") for pod in pods(server)))
    (condition,) = pods(server)[0]["status"]["conditions"]
    return f"{condition['reason']}: {condition['message']}"


@pytest.mark.parametrize(
    ("pod", "why"),
    [
        pytest.param(
            {
                "container": {"resources": {"limits": {"nvidia.com/gpu": "5"}}},
                "tolerations": [{"operator": "Exists"}],
            },
            "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.",
            id="more GPUs than any node has",
        ),
        pytest.param(
            {"container": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}},
            "0/2 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) had untolerated taint(s).",
            id="a taint nobody tolerates",
        ),
        pytest.param(
            {"nodeSelector": {"accelerator": "moon"}},
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
            id="a label that no node has",
        ),
        pytest.param(
            {"volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "gone"}}]},
            'persistentvolumeclaim "gone" not found',
            id="a missing volume claim",
        ),
    ],
)
def test_what_fits_no_node_says_why(server: Server, pod: Object, why: str) -> None:
    start(server, job("a", "pass", **pod))
    assert unscheduled(server) == f"Unschedulable: {why}"


def test_a_taken_gpu_is_given_to_the_next_when_it_is_free(server: Server) -> None:
    asked = {
        "container": {"resources": {"limits": {"nvidia.com/gpu": "4"}}},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
    }
    start(server, job("a", "import time; time.sleep(0.4)", **asked))
    running(server)
    start(server, job("b", "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])", **asked))
    assert ends(server, "b")[0] == "Complete"
    (pod,) = pods(server, "job-name=b")
    assert pod["spec"]["nodeName"] == "gpu-0"
    assert call(server, "GET", f"{PODS}/{pod['metadata']['name']}/log")[1] == "0,1,2,3\n"


@pytest.mark.parametrize(
    ("pod", "reason"),
    [
        pytest.param({"container": {"image": "typo"}}, "ErrImagePull", id="no such image"),
        pytest.param(
            {"container": {"envFrom": [{"secretRef": {"name": "gone"}}]}},
            "CreateContainerConfigError",
            id="no such secret",
        ),
        pytest.param(
            {"volumes": [{"name": "key", "secret": {"secretName": "gone"}}]},
            "ContainerCreating",
            id="no such volume",
        ),
    ],
)
def test_what_cannot_start_waits_and_says_why(server: Server, pod: Object, reason: str) -> None:
    start(server, job("a", "pass", **pod))

    def waits() -> bool:
        states = [s["state"] for pod in pods(server) for s in pod["status"].get("containerStatuses", [])]
        return any(state.get("waiting", {}).get("reason") == reason for state in states)

    wait_for(waits)


FOR_EVER = "import time; print('on', flush=True); time.sleep(60)"


@pytest.mark.parametrize(
    ("mishap", "phase", "reason", "condition"),
    [
        pytest.param("evicted", "Failed", "Evicted", "TerminationByKubelet", id="evicted"),
        pytest.param("out of memory", "Failed", "OOMKilled", "", id="out of memory"),
        pytest.param("killed", "Failed", "Error", "", id="killed"),
    ],
)
def test_a_mishap_that_leaves_the_pod(
    server: Server, mishap: Mishap, phase: str, reason: str, condition: str
) -> None:
    start(server, job("a", FOR_EVER))
    server.cluster.befall(running(server), mishap)
    assert ends(server, "a") == ("Failed", "BackoffLimitExceeded")
    (pod,) = pods(server)
    status = pod["status"]
    told = status.get("reason") or status["containerStatuses"][0]["state"]["terminated"]["reason"]
    assert (status["phase"], told) == (phase, reason)
    assert [c["reason"] for c in status["conditions"] if c["type"] == "DisruptionTarget"] == [
        condition
    ] * bool(condition)


@pytest.mark.parametrize("mishap", ["deleted", "preempted", "drained"])
def test_a_mishap_that_takes_the_pod(server: Server, mishap: Mishap) -> None:
    start(server, job("a", FOR_EVER))
    server.cluster.befall(running(server), mishap)
    assert ends(server, "a") == ("Failed", "BackoffLimitExceeded")
    wait_for(lambda: pods(server) == [])


def test_a_lost_node_leaves_a_pod_that_is_going_for_ever(server: Server) -> None:
    start(server, job("a", FOR_EVER))
    server.cluster.befall(running(server), "node lost")
    status = Key("jobs", "default", "a")
    wait_for(lambda: bool(server.cluster.store.get(status)["status"].get("conditions")))
    conditions = server.cluster.store.get(status)["status"]["conditions"]
    assert [condition["type"] for condition in conditions] == ["FailureTarget"]
    assert "deletionTimestamp" in pods(server)[0]["metadata"]


def test_deadlines_of_pod_and_job(server: Server) -> None:
    start(server, job("a", FOR_EVER, activeDeadlineSeconds=1))
    start(server, job("b", FOR_EVER, spec={"activeDeadlineSeconds": 1}))
    assert ends(server, "a") == ("Failed", "BackoffLimitExceeded")
    assert pods(server, "job-name=a")[0]["status"]["reason"] == "DeadlineExceeded"
    assert ends(server, "b") == ("Failed", "DeadlineExceeded")


def test_a_deleted_job_takes_its_pods_and_services_along(server: Server) -> None:
    start(server, job("a", FOR_EVER))
    running(server)
    owner = call(server, "GET", f"{JOBS}/a")[1]["metadata"]["uid"]
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": "a", "uid": owner}
    service = {"metadata": {"name": "a", "ownerReferences": [reference]}, "spec": {"clusterIP": "None"}}
    assert call(server, "POST", "/api/v1/namespaces/default/services", service)[0] == 201
    assert call(server, "DELETE", f"{JOBS}/a", {"propagationPolicy": "Background"})[0] == 200
    wait_for(lambda: pods(server) == [])
    wait_for(lambda: call(server, "GET", "/api/v1/namespaces/default/services")[1]["items"] == [])


def test_a_finished_job_is_forgotten_in_time(server: Server) -> None:
    start(server, job("a", "pass", spec={"ttlSecondsAfterFinished": 1}))
    # Not before it: on a busy machine a look at its end may come too late.
    wait_for(lambda: call(server, "GET", f"{JOBS}/a")[0] == 404)
    wait_for(lambda: pods(server) == [])


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        pytest.param(
            {"metadata": {"name": "A_b"}}, 422, "metadata.name: Invalid value", id="a name that is none"
        ),
        pytest.param({"speck": {}}, 400, 'unknown field "speck"', id="an unknown field at the top"),
        pytest.param(
            {"spec": {"template": pod_template("", nodeSelectr={})}},
            400,
            'unknown field "spec.template.spec.nodeSelectr"',
            id="an unknown field far down",
        ),
        pytest.param(
            {"spec": {"backoffLimit": "0", "template": pod_template("")}},
            400,
            "cannot use '0' as int in \"spec.backoffLimit\"",
            id="a wrong type",
        ),
        pytest.param(
            {"spec": {"template": pod_template("", restartPolicy="Always")}},
            422,
            "restartPolicy",
            id="a job that restarts for ever",
        ),
        pytest.param(
            {"metadata": {"name": "a", "labels": {"app": "x\ny"}}},
            422,
            "metadata.labels",
            id="a label of two lines",
        ),
        pytest.param(
            {"spec": {"template": {"spec": {}}}}, 422, "containers: Required value", id="no container"
        ),
    ],
)
def test_what_is_wrong_is_refused(server: Server, change: Object, code: int, message: str) -> None:
    status, answer = call(server, "POST", JOBS, {**job("a", "pass"), **change}, fieldValidation="Strict")
    assert status == code
    assert message in answer["message"]


def test_a_second_object_of_a_name_and_an_old_version_are_conflicts(server: Server) -> None:
    start(server, job("a", FOR_EVER))
    assert call(server, "POST", JOBS, job("a", "pass"))[0] == 409
    stale = call(server, "GET", f"{JOBS}/a")[1]
    call(server, "PATCH", f"{JOBS}/a", {"metadata": {"labels": {"new": "1"}}})
    assert call(server, "PUT", f"{JOBS}/a", stale)[0] == 409


def test_a_watch_tells_changes_in_order_and_may_be_dropped(server: Server) -> None:
    server.faults.plant(Fault(harm="hang up", method="WATCH", times=100))
    start(server, job("a", "pass"))
    ends(server, "a")
    _, text = call(server, "GET", PODS, watch="true", resourceVersion="1", timeoutSeconds="30")
    events = [json.loads(line) for line in text.splitlines()]
    assert events[0]["type"] == "ADDED"
    assert events[-1]["object"]["status"]["phase"] == "Succeeded"


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Fault(harm="refuse", code=429, retry_after_s=1), 429), (Fault(harm="refuse", code=500), 500)],
)
def test_faults_of_the_server_are_used_up(server: Server, fault: Fault, code: int) -> None:
    server.faults.plant(fault)
    assert call(server, "GET", JOBS)[0] == code
    assert call(server, "GET", JOBS)[0] == 200


def test_a_lost_answer_was_carried_out_and_a_hung_up_request_was_not(server: Server) -> None:
    import urllib3

    for harm, found in (("lose the answer", 200), ("hang up", 404)):
        name = harm.replace(" ", "-")
        server.faults.plant(Fault(harm=harm, method="POST"))  # type: ignore[arg-type]
        with pytest.raises(urllib3.exceptions.ProtocolError):
            call(server, "POST", JOBS, job(name, "pass"))
        assert call(server, "GET", f"{JOBS}/{name}")[0] == found


def test_what_names_a_queue_waits_until_it_is_admitted(server: Server) -> None:
    server.cluster.admits_queues = False
    queued = job("a", "pass")
    queued["metadata"]["labels"] = {"kueue.x-k8s.io/queue-name": "team"}
    start(server, queued)
    wait_for(lambda: "conditions" in call(server, "GET", f"{JOBS}/a")[1]["status"])
    assert pods(server) == []
    call(server, "PATCH", f"{JOBS}/a", {"spec": {"suspend": False}})
    assert ends(server, "a")[0] == "Complete"
