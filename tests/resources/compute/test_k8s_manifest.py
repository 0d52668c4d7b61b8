"""What is submitted to a cluster, before there is one."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from lifecycle.errors import LifecycleError
from resources.cluster.settings import ClusterSettings
from resources.compute.k8s.manifest import kind_of, manifest, service, submission
from tests.doubles.kubernetes.admission import admit
from tests.doubles.kubernetes.kinds import KINDS
from tests.doubles.kubernetes.strict import refuse_unknown_fields
from tests.resources.compute.k8s_cases import CASES, GOLDEN, LARGE, SMALL, as_text, rendered, training_job

FOLDER = Path("/flywheel/jobs/parcels/one")


def cluster(**changes: Any) -> ClusterSettings:
    return ClusterSettings.model_validate({**SMALL, **changes})


@pytest.mark.parametrize("name", CASES)
def test_manifests_are_what_was_read_and_kept(name: str) -> None:
    assert as_text(rendered(name)) == (GOLDEN / f"{name}.yaml").read_text()


def test_nothing_is_kept_that_no_case_renders() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_manifests_hold_no_field_that_the_api_does_not_know(name: str) -> None:
    for made in yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text()):
        (kind,) = [kind for kind in KINDS if kind.name == made["kind"]]
        refuse_unknown_fields(kind, made)
        admit(kind, made["metadata"]["name"], made)
        if made["kind"] in ("Job", "Service"):
            kubernetes_validate.validate(made, "1.36", strict=True)


def test_the_pods_of_a_pytorch_job_are_pods(name: str = "pytorch_job") -> None:
    (made,) = rendered(name)
    for replicas in made["spec"]["pytorchReplicaSpecs"].values():
        pod = {"apiVersion": "v1", "kind": "Pod", **replicas["template"]}
        kubernetes_validate.validate(pod, "1.36", strict=True)


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        pytest.param("train_job", {}, "job", id="one process needs no operator"),
        pytest.param("train_job", {"count": 2}, "train_job", id="two processes of one node"),
        pytest.param("pytorch_job", {"nodes": 2}, "pytorch_job", id="two nodes"),
        pytest.param("job", {"nodes": 2}, "job", id="no operator, two nodes"),
    ],
)
def test_kind_of(kind: str, changes: dict[str, Any], expected: str) -> None:
    assert kind_of(training_job(**changes), cluster(kind=kind)) == expected


def test_the_same_folder_and_attempt_have_the_same_names() -> None:
    job = training_job()
    first, again = (submission(job, FOLDER, attempt=1) for _ in range(2))
    assert first == again
    other = submission(job, Path("/staging/jobs/parcels/one"), attempt=1)
    assert other.key != first.key, "two homes may share a namespace"
    second = submission(job, FOLDER, attempt=2)
    assert (second.key, second.name) == (first.key, first.name[:-1] + "2")
    assert submission(training_job(seed=8), FOLDER, attempt=1).digest != first.digest


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        ("flight_delay", "fw-flight-delay-"),
        ("A" * 100, "fw-" + "a" * 20 + "-"),
        ("___", "fw-model-"),
        ("a\nb: c", "fw-a-b-c-"),
    ],
)
def test_any_name_of_a_model_gives_a_name_of_an_object(model: str, slug: str) -> None:
    made = manifest(submission(training_job(model=model), FOLDER, attempt=99), cluster())
    name = made["metadata"]["name"]
    assert name.startswith(slug)
    assert len(name) <= 41


def test_a_label_that_is_none_is_refused_by_the_server_and_not_ours() -> None:
    made = manifest(submission(training_job(model="ends_with_"), FOLDER, attempt=1), cluster())
    assert made["metadata"]["labels"]["flywheel/model"] == "ends_with"


def test_nothing_of_a_path_or_a_setting_is_taken_for_a_variable() -> None:
    job, settings = training_job(nodes=2), cluster(env={"A": "$(TOKEN)"})
    made = manifest(submission(job, Path("/flywheel/$(TOKEN); rm -rf x"), attempt=1), settings)
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["command"][-1] == "/flywheel/$$(TOKEN); rm -rf x"
    assert {"name": "A", "value": "$$(TOKEN)"} in container["env"]


def test_no_variable_of_this_process_reaches_the_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    assert "s3cret" not in as_text(rendered("job"))


def test_a_service_is_only_for_the_pods_of_an_indexed_job() -> None:
    owner = {"metadata": {"name": "a", "uid": "b"}}
    asked = {nodes: submission(training_job(nodes=nodes), FOLDER, attempt=1) for nodes in (1, 2)}
    assert service(asked[1], cluster(), owner) is None
    assert service(asked[2], cluster(), owner) is not None
    assert service(asked[2], cluster(kind="train_job"), owner) is None


def test_what_the_cluster_lacks_is_said_before_anything_is_submitted() -> None:
    with pytest.raises(LifecycleError, match=r"training.compute.spot.*name none: add `spot`"):
        manifest(submission(training_job(spot=True), FOLDER, attempt=1), cluster())
    with pytest.raises(LifecycleError, match=r"the accelerator 'gpu'.*add it to `accelerators`"):
        manifest(submission(training_job(accelerator="gpu"), FOLDER, attempt=1), cluster(accelerators={}))


def test_a_spec_that_names_memory_is_heard() -> None:
    asked = submission(training_job(memory_gib=9), FOLDER, attempt=1)
    made = manifest(asked, ClusterSettings.model_validate(LARGE))
    limits = made["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {"memory": "9Gi"}
