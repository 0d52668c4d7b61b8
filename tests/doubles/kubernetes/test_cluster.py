"""What a cluster does, asked of the double, and of a real one by `make test-cluster`.

The double is believed for what is claimed here. A claim that fails on a real cluster is mended in the double.
On a real one everything lies in a namespace with a name of chance, which is deleted at the end.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.kubernetes.server import kubernetes

Object = dict[str, Any]
ASKED, IMAGE = "FLYWHEEL_TEST_CLUSTER", "FLYWHEEL_TEST_IMAGE"
MERGE = "application/merge-patch+json"
FOR_EVER = "import time; print('on', flush=True); time.sleep(600)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A namespace of a cluster, and how long things may take there."""

    client: Any
    namespace: str
    image: str
    patience_s: float

    def ask(
        self,
        method: str,
        plural: str,
        name: str = "",
        body: Object | None = None,
        *,
        media: str = "application/json",
        **query: str,
    ) -> tuple[int, Any]:
        """Status and answer of a request; a log is text, all else is JSON."""
        from kubernetes.client import ApiException

        root = "/apis/batch/v1" if plural == "jobs" else "/api/v1"
        path = f"{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")
        try:
            answer = self.client.call_api(
                path,
                method,
                query_params=list(query.items()),
                header_params={"Accept": "application/json, */*", "Content-Type": media},
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _return_http_data_only=True,
                _request_timeout=(5, 60),
            )
        except ApiException as exc:
            return int(exc.status or 0), json.loads(exc.body)
        text = answer.data.decode()
        raw = name.endswith("/log") or "watch" in query
        return answer.status, text if raw else json.loads(text)

    def wait(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.patience_s
        while not what():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.02 if self.patience_s < 60 else 0.5)

    def job(self, code: str, *, spec: Object | None = None, labels: Object | None = None, **pod: Any) -> str:
        """Create a Job that runs a line of Python; its name."""
        name = f"t-{uuid.uuid4().hex[:8]}"
        status, answer = self.ask("POST", "jobs", body=self.job_body(name, code, spec, labels, **pod))
        assert status == 201, answer
        return name

    def job_body(
        self, name: str, code: str, spec: Object | None = None, labels: Object | None = None, **pod: Any
    ) -> Object:
        # What the restricted Pod Security Standard asks for: some clusters enforce it everywhere.
        closed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        container = {
            "name": "main",
            "image": self.image,
            "command": ["python3", "-c", code],
            "securityContext": closed,
            **pod.pop("container", {}),
        }
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "labels": labels or {}},
            "spec": {
                "backoffLimit": 0,
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "terminationGracePeriodSeconds": 1,
                        "automountServiceAccountToken": False,
                        "securityContext": {
                            "runAsNonRoot": True,
                            "runAsUser": 1000,
                            "seccompProfile": {"type": "RuntimeDefault"},
                        },
                        "containers": [container],
                        **pod,
                    }
                },
                **(spec or {}),
            },
        }

    def pods(self, job: str) -> list[Object]:
        selector = f"batch.kubernetes.io/job-name={job}"
        return list(self.ask("GET", "pods", labelSelector=selector)[1]["items"])

    def end_of(self, job: str) -> tuple[str, str]:
        """Type and reason of the condition that a Job ends with."""
        found = list[tuple[str, str]]()

        def ended() -> bool:
            conditions = self.ask("GET", "jobs", job)[1].get("status", {}).get("conditions", [])
            found[:] = [(c["type"], c["reason"]) for c in conditions if c["type"] in ("Complete", "Failed")]
            return bool(found)

        self.wait(ended)
        return found[0]

    def running(self, job: str) -> Object:
        """The pod of a Job, when it runs."""
        self.wait(lambda: [pod["status"].get("phase") for pod in self.pods(job)] == ["Running"])
        return self.pods(job)[0]

    def log(self, pod: Object, **query: str) -> str:
        status, text = self.ask("GET", "pods", f"{pod['metadata']['name']}/log", **query)
        assert status == 200, text
        return str(text)


@contextmanager
def on_double(folder: Path) -> Iterator[Place]:
    from kubernetes import config

    with kubernetes(images={"python"}) as server:
        client = config.new_client_from_config(str(server.kubeconfig(folder / "kubeconfig")))
        yield Place(client=client, namespace="default", image="python", patience_s=20)
        client.close()


@contextmanager
def on_cluster() -> Iterator[Place]:
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster: only the double is asked")
    from kubernetes import client, config

    made = config.new_client_from_config(os.environ["KUBECONFIG"])
    core = client.CoreV1Api(made)
    name = f"flywheel-test-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "flywheel"}}})
    try:
        place = Place(
            client=made,
            namespace=name,
            image=os.environ.get(IMAGE, "python:3.11-slim"),
            patience_s=180,
        )
        # Pods are refused until the namespace has its account.
        place.wait(lambda: place.ask("GET", "serviceaccounts", "default")[0] == 200)
        yield place
    finally:
        core.delete_namespace(name)
        made.close()


# Never by the way: who runs all tests may have a KUBECONFIG of a cluster that others work on.
PLACES = ["double", "cluster"] if ASKED in os.environ else ["double"]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if request.param == "cluster":
        with on_cluster() as real:
            yield real
    else:
        with on_double(tmp_path_factory.mktemp("double")) as double:
            yield double


def test_a_job_runs_its_pod_to_its_end_and_keeps_its_log(place: Place) -> None:
    name = place.job("print('first'); print('second')")
    assert place.end_of(name) == ("Complete", "CompletionsReached")
    (pod,) = place.pods(name)
    assert pod["status"]["phase"] == "Succeeded"
    assert place.log(pod) == "first\nsecond\n"
    assert place.log(pod, tailLines="1") == "second\n"
    assert place.log(pod, follow="true") == "first\nsecond\n"


def test_lines_of_a_log_have_times_and_are_read_from_a_time_on(place: Place) -> None:
    name = place.job("import time; print('first', flush=True); time.sleep(2.1); print('second')")
    place.end_of(name)
    (pod,) = place.pods(name)
    first, second = place.log(pod, timestamps="true").splitlines()
    assert (first.split(" ")[1], second.split(" ")[1]) == ("first", "second")
    assert first.split(" ")[0] < second.split(" ")[0]
    assert place.log(pod, sinceTime=second[:19] + "Z") == "second\n"


def test_a_container_that_has_not_started_has_no_log(place: Place) -> None:
    name = place.job("pass", container={"image": "registry.invalid/there-is-none:1"})
    place.wait(lambda: any(pod["status"].get("containerStatuses") for pod in place.pods(name)))
    (pod,) = place.pods(name)
    status, answer = place.ask("GET", "pods", f"{pod['metadata']['name']}/log")
    assert (status, answer["reason"]) == (400, "BadRequest")

    def refused() -> bool:
        states = [one["state"] for one in place.pods(name)[0]["status"]["containerStatuses"]]
        return states[0].get("waiting", {}).get("reason") in ("ErrImagePull", "ImagePullBackOff")

    place.wait(refused)


def test_an_exit_code_is_kept_and_the_job_fails_at_once_without_retries(place: Place) -> None:
    name = place.job("raise SystemExit(7)")
    assert place.end_of(name) == ("Failed", "BackoffLimitExceeded")
    (pod,) = place.pods(name)
    ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (pod["status"]["phase"], ended["exitCode"], ended["reason"]) == ("Failed", 7, "Error")


def test_each_pod_of_an_indexed_job_knows_its_number(place: Place) -> None:
    code = "import os; print(os.environ['JOB_COMPLETION_INDEX'], os.environ['NUMBER'])"
    annotation = "batch.kubernetes.io/job-completion-index"
    number = {"fieldRef": {"fieldPath": f"metadata.annotations['{annotation}']"}}
    name = place.job(
        code,
        spec={"completionMode": "Indexed", "completions": 2, "parallelism": 2},
        container={"env": [{"name": "NUMBER", "valueFrom": number}]},
    )
    assert place.end_of(name)[0] == "Complete"
    told = {pod["metadata"]["annotations"][annotation]: pod for pod in place.pods(name)}
    assert {index: place.log(pod) for index, pod in told.items()} == {"0": "0 0\n", "1": "1 1\n"}
    assert {pod["spec"]["hostname"] for pod in told.values()} == {f"{name}-0", f"{name}-1"}


def test_a_variable_is_put_into_a_command_unless_it_is_escaped(place: Place) -> None:
    command = ["python3", "-c", "import sys; print(*sys.argv[1:])", "$(A)", "$$(A)", "$(B)"]
    name = place.job("", container={"command": command, "env": [{"name": "A", "value": "1"}]})
    place.end_of(name)
    assert place.log(place.pods(name)[0]) == "1 $(A) $(B)\n"


def test_a_pod_that_fits_no_node_says_so(place: Place) -> None:
    name = place.job("pass", nodeSelector={"flywheel.example/none": "1"})

    def told() -> Sequence[Object]:
        return [c for pod in place.pods(name) for c in pod["status"].get("conditions", [])]

    place.wait(lambda: any(c["type"] == "PodScheduled" and c["status"] == "False" for c in told()))
    (condition,) = [c for c in told() if c["type"] == "PodScheduled"]
    assert condition["reason"] == "Unschedulable"
    assert condition["message"].startswith("0/")
    assert "didn't match Pod's node affinity/selector" in condition["message"]


def test_a_deleted_pod_fails_its_job(place: Place) -> None:
    name = place.job(FOR_EVER)
    place.ask("DELETE", "pods", place.running(name)["metadata"]["name"])
    assert place.end_of(name) == ("Failed", "BackoffLimitExceeded")
    place.wait(lambda: place.pods(name) == [])


def test_a_job_past_its_deadline_is_ended(place: Place) -> None:
    name = place.job(FOR_EVER, spec={"activeDeadlineSeconds": 2})
    assert place.end_of(name) == ("Failed", "DeadlineExceeded")


def test_a_finished_job_is_forgotten_in_time_with_its_pods(place: Place) -> None:
    name = place.job("pass", spec={"ttlSecondsAfterFinished": 1})
    place.wait(lambda: place.ask("GET", "jobs", name)[0] == 404)
    place.wait(lambda: place.pods(name) == [])


def test_labels_and_fields_select(place: Place) -> None:
    mark, asleep = uuid.uuid4().hex[:8], {"suspend": True}
    names = {tier: place.job("", spec=asleep, labels={"mark": mark, "tier": tier}) for tier in "abc"}

    def found(selector: str, **query: str) -> set[str]:
        selector = f"mark={mark},{selector}".strip(",")
        items = place.ask("GET", "jobs", labelSelector=selector, **query)[1]["items"]
        return {item["metadata"]["labels"]["tier"] for item in items}

    assert found("") == {"a", "b", "c"}
    assert found("tier in (a,b)") == {"a", "b"}
    assert found("tier notin (a)") == {"b", "c"}
    assert found("tier!=c,!gone") == {"a", "b"}
    assert found("gone") == set()
    assert found("", fieldSelector=f"metadata.name={names['b']}") == {"b"}


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        pytest.param({"speck": {}}, 400, 'unknown field "speck"', id="at the top"),
        pytest.param({"spec": {"speck": 1}}, 400, 'unknown field "spec.speck"', id="in the spec"),
        pytest.param({"metadata": {"name": "A_b"}}, 422, "metadata.name", id="a name that is none"),
        pytest.param(
            {"metadata": {"name": "a", "labels": {"app": "x\ny"}}}, 422, "metadata.labels", id="a label"
        ),
    ],
)
def test_what_is_wrong_is_refused(place: Place, change: Object, code: int, message: str) -> None:
    body = place.job_body("a", "pass")
    body = {**body, **change, "spec": {**body["spec"], **change.get("spec", {})}}
    status, answer = place.ask("POST", "jobs", body=body, fieldValidation="Strict")
    assert (status, message in answer["message"]) == (code, True), answer


def test_an_unknown_field_far_down_is_refused_only_where_validation_is_strict(place: Place) -> None:
    body = place.job_body(f"t-{uuid.uuid4().hex[:8]}", "pass", nodeSelectr={})
    status, answer = place.ask("POST", "jobs", body=body, fieldValidation="Strict")
    assert (status, 'unknown field "spec.template.spec.nodeSelectr"' in answer["message"]) == (400, True)
    assert place.ask("POST", "jobs", body=body, fieldValidation="Ignore")[0] == 201


def test_a_second_object_of_a_name_is_a_conflict_and_the_first_is_taken_up_by_its_label(
    place: Place,
) -> None:
    mark = uuid.uuid4().hex[:8]
    name = place.job("", spec={"suspend": True}, labels={"mark": mark})
    status, answer = place.ask("POST", "jobs", body=place.job_body(name, "pass"))
    assert (status, answer["reason"]) == (409, "AlreadyExists")
    (found,) = place.ask("GET", "jobs", labelSelector=f"mark={mark}")[1]["items"]
    assert found["metadata"]["name"] == name


def test_a_write_of_what_was_read_earlier_is_a_conflict(place: Place) -> None:
    name = place.job("", spec={"suspend": True})
    place.wait(lambda: bool(place.ask("GET", "jobs", name)[1]["status"].get("conditions")))
    stale = place.ask("GET", "jobs", name)[1]
    labels: Mapping[str, Any] = {"metadata": {"labels": {"new": "1"}}}
    status, changed = place.ask("PATCH", "jobs", name, dict(labels), media=MERGE)
    assert status == 200
    assert changed["metadata"]["resourceVersion"] != stale["metadata"]["resourceVersion"]
    status, answer = place.ask("PUT", "jobs", name, stale)
    assert (status, answer["reason"]) == (409, "Conflict")
    assert place.ask("GET", "jobs", name)[1]["metadata"]["labels"]["new"] == "1"


def test_a_watch_tells_what_changed_since_a_version(place: Place) -> None:
    name = place.job("", spec={"suspend": True})
    since = place.ask("GET", "jobs", name)[1]["metadata"]["resourceVersion"]
    place.ask("PATCH", "jobs", name, {"metadata": {"labels": {"new": "1"}}}, media=MERGE)
    place.ask("DELETE", "jobs", name, {"propagationPolicy": "Background"})
    asked = {"watch": "true", "resourceVersion": since, "timeoutSeconds": "2"}
    _, text = place.ask("GET", "jobs", fieldSelector=f"metadata.name={name}", **asked)
    events = [json.loads(line) for line in text.splitlines()]
    assert {event["object"]["metadata"]["name"] for event in events} == {name}
    assert {event["type"] for event in events[:-1]} == {"MODIFIED"}
    assert events[-1]["type"] == "DELETED"


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_a_deleted_job_takes_what_it_owns_along(place: Place, policy: str) -> None:
    name = place.job(FOR_EVER)
    place.running(name)
    uid = place.ask("GET", "jobs", name)[1]["metadata"]["uid"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid}
    service = {
        "metadata": {"name": name, "ownerReferences": [owner]},
        "spec": {"clusterIP": "None", "ports": [{"name": "a", "port": 80}]},
    }
    assert place.ask("POST", "services", body=service)[0] == 201
    assert place.ask("DELETE", "jobs", name, {"propagationPolicy": policy})[0] == 200
    place.wait(lambda: place.ask("GET", "jobs", name)[0] == 404)
    place.wait(lambda: place.pods(name) == [])
    place.wait(lambda: place.ask("GET", "services", name)[0] == 404)


@pytest.mark.parametrize("body", [{"propagationPolicy": "Orphan"}, None], ids=["asked for", "by default"])
def test_pods_of_a_deleted_job_may_be_left_alone(place: Place, body: Object | None) -> None:
    """It is what a Job's deletion does by default: who deletes one says what is to become of its pods."""
    name = place.job(FOR_EVER)
    pod = place.running(name)["metadata"]["name"]
    place.ask("DELETE", "jobs", name, body)
    place.wait(lambda: place.ask("GET", "jobs", name)[0] == 404)
    left = place.ask("GET", "pods", pod)[1]
    assert (left["metadata"].get("ownerReferences"), left["status"]["phase"]) == (None, "Running")
    place.ask("DELETE", "pods", pod)
    place.wait(lambda: place.ask("GET", "pods", pod)[0] == 404)


def test_what_is_not_there_is_told_as_not_found(place: Place) -> None:
    for method in ("GET", "DELETE"):
        status, answer = place.ask(method, "jobs", "there-is-none")
        assert (status, answer["reason"]) == (404, "NotFound")
