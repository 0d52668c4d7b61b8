"""What is submitted to Vertex AI, before there is a project."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.cloud.aiplatform_v1 import types
from google.protobuf import json_format

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.training.cluster_spec import Node, node_of, start_of
from resources.compute.vertex.job import as_mounted, command, custom_job, machine_for, submission
from resources.compute.vertex.tables import staged
from resources.vertex.settings import TrainingSettings, VertexSettings
from tests.doubles.vertex.jobs import _admit
from tests.resources.compute.k8s_cases import training_job
from tests.resources.compute.vertex_cases import CASES, GOLDEN, L4, LARGE, SMALL, as_text, rendered

FOLDER = Staging("gs://delays/flywheel/jobs/a1/parcels/one")


def training(**changes: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"image": "image", **changes})


@pytest.mark.parametrize("name", CASES)
def test_custom_jobs_are_what_was_read_and_kept(name: str) -> None:
    assert as_text(rendered(name)) == (GOLDEN / f"{name}.yaml").read_text()


def test_nothing_is_kept_that_no_case_renders() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_custom_jobs_hold_no_field_that_the_api_does_not_know(name: str) -> None:
    kept = yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())
    job = types.CustomJob()
    json_format.ParseDict(kept, types.CustomJob.pb(job))
    _admit(job)


def test_the_same_folder_and_attempt_have_the_same_names() -> None:
    job = training_job()
    first, again = (submission(job, FOLDER, attempt=1) for _ in range(2))
    assert first == again
    assert submission(job, Staging("gs://other/jobs/parcels/one"), attempt=1).key != first.key
    second = submission(job, FOLDER, attempt=2)
    assert (second.key, second.digest, second.name) == (first.key, first.digest, first.name[:-1] + "2")
    assert submission(training_job(seed=8), FOLDER, attempt=1).digest != first.digest


@pytest.mark.parametrize("model", ["Flight Delay", "a" * 100, "___", "a\nb: c", "\u0430"])
def test_any_name_of_a_model_gives_labels_that_the_service_takes(model: str) -> None:
    settings = VertexSettings.model_validate(SMALL)
    body = custom_job(submission(training_job(model=model), FOLDER, attempt=1), settings, training())
    job = types.CustomJob()
    json_format.ParseDict(body, types.CustomJob.pb(job))
    _admit(job)


@pytest.mark.parametrize(
    ("asked", "machine"),
    [
        pytest.param({}, "n2-standard-8", id="the first that fits"),
        pytest.param({"threads": 9}, "n2-standard-32", id="more processors"),
        pytest.param({"memory_gib": 200}, "n2-highmem-96", id="more memory"),
        pytest.param({"accelerator": "gpu", "count": 2}, "g2-standard-24", id="accelerators"),
    ],
)
def test_machine_for(asked: dict[str, Any], machine: str) -> None:
    machines = [*training().model_dump()["machines"], L4]
    assert machine_for(training_job(**asked), training(machines=machines)).type == machine


@pytest.mark.parametrize(
    ("asked", "changes", "told"),
    [
        pytest.param(
            {"threads": 97}, {}, r"asks for 97 cpus a node .*add one to `training.machines`", id="cpus"
        ),
        pytest.param(
            {"accelerator": "gpu", "count": 4},
            {"machines": [L4]},
            r"4 cpus, 4 x gpu a node .*\(g2-standard-24\)",
            id="accelerators of another count",
        ),
        pytest.param(
            {"spot": True},
            {"reservation": {"name": "projects/p/zones/z/reservations/r"}},
            "leave out one of them",
            id="spot machines of a reservation",
        ),
    ],
)
def test_what_the_settings_lack_is_said_before_anything_is_submitted(
    asked: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    settings = VertexSettings.model_validate(SMALL)
    with pytest.raises(LifecycleError, match=told):
        custom_job(submission(training_job(**asked), FOLDER, attempt=1), settings, training(**changes))


@pytest.mark.parametrize(
    ("asked", "module"),
    [
        pytest.param({}, "lifecycle.training", id="one process"),
        pytest.param({"count": 2}, "lifecycle.training.launch", id="two processes of one node"),
        pytest.param({"nodes": 2}, "lifecycle.training.cluster_spec", id="two nodes"),
    ],
)
def test_command(asked: dict[str, Any], module: str) -> None:
    told = command(submission(training_job(**asked), FOLDER, attempt=1), training())
    assert told == ["python", "-m", module, "/gcs/delays/flywheel/jobs/a1/parcels/one"]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (None, None),
        ("gs://delays/checkpoints", "/gcs/delays/checkpoints"),
        ("s3://delays/checkpoints", "s3://delays/checkpoints"),
    ],
)
def test_checkpoints_are_where_containers_find_them(given: str | None, seen: str | None) -> None:
    assert as_mounted(training_job(checkpoints=given), ["/gcs/a.parquet"]).checkpoints == seen


def test_checkpoints_of_this_machine_are_refused() -> None:
    with pytest.raises(LifecycleError, match="would not find /home/me, the folder of checkpoints"):
        as_mounted(training_job(checkpoints="/home/me"), [])


def test_a_table_is_brought_once_by_its_content(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one.parquet", "same.parquet", "other.parquet"))
    one.write_bytes(b"1")
    same.write_bytes(b"1")
    other.write_bytes(b"2")
    tables = Staging(f"file://{tmp_path}/staging/tables")
    job = training_job(tables=(str(one), "gs://lake/a.parquet", str(same), str(other)))
    first, there, second, third = staged(job, tables).tables
    assert (first == second, there) == (True, "/gcs/lake/a.parquet")
    assert [Path(first).read_bytes(), Path(third).read_bytes()] == [b"1", b"2"]
    assert len(tables.names()) == 2
    written = Path(first).stat().st_mtime_ns
    assert staged(job, tables).tables == (first, there, second, third)
    assert Path(first).stat().st_mtime_ns == written
    with pytest.raises(LifecycleError, match=r"gone.parquet cannot be read"):
        staged(training_job(tables=(str(tmp_path / "gone.parquet"),)), tables)


@pytest.mark.parametrize(("days", "renewed"), [(59, False), (89, True)])
def test_a_table_that_a_bucket_would_soon_delete_is_brought_again(
    tmp_path: Path, days: int, renewed: bool
) -> None:
    table = tmp_path / "one.parquet"
    table.write_bytes(b"1")
    job, tables = training_job(tables=(str(table),)), Staging(f"file://{tmp_path}/staging/tables")
    (brought,) = staged(job, tables).tables
    written = time.time() - days * 86_400
    os.utime(brought, (written, written))
    assert staged(job, tables).tables == (brought,)
    assert (Path(brought).stat().st_mtime - written > 86_400) == renewed
    assert Path(brought).read_bytes() == b"1"


SPEC = {
    "cluster": {"workerpool0": ["first:2222"], "workerpool1": ["second:2222", "third:2222"]},
    "task": {"type": "workerpool1", "index": 1},
    "open_ports": [3333],
}


def test_a_node_knows_its_rank_and_where_the_first_one_is() -> None:
    assert node_of(json.dumps(SPEC)) == Node(rank=2, size=3, master="first", port=3333)
    first = {**SPEC, "task": {"type": "workerpool0", "index": 0}, "open_ports": []}
    assert node_of(json.dumps(first)) == Node(rank=0, size=3, master="first", port=29500)


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"cluster": {}}', json.dumps({**SPEC, "task": {"type": "x"}})]
)
def test_what_tells_no_node_is_refused(told: str) -> None:
    with pytest.raises(LifecycleError, match="CLUSTER_SPEC tells no machine"):
        node_of(told)


def test_what_runs_on_a_node() -> None:
    node = Node(rank=1, size=2, master="first", port=3333)
    one, told = start_of(node, training_job(nodes=2), "/gcs/f")
    assert one[1:] == ["-m", "lifecycle.training", "/gcs/f"]
    assert (told["RANK"], told["WORLD_SIZE"], told["MASTER_ADDR"]) == ("1", "2", "first")
    several, told = start_of(node, training_job(nodes=2, count=4), "/gcs/f")
    assert several[1:3] == ["-m", "torch.distributed.run"]
    assert {"--nnodes=2", "--nproc-per-node=4", "--node-rank=1"} < set(several)
    assert told == {}
    with pytest.raises(LifecycleError, match=r"for 3 nodes .*there are 2"):
        start_of(node, training_job(nodes=3), "/gcs/f")


def test_nothing_of_the_settings_is_lost_on_the_way(name: str = "two_gpus_on_spot") -> None:
    job = rendered(name)
    assert job["labels"]["team"] == LARGE["labels"]["team"]
    assert job["labels"]["managed-by"] == "flywheel"
    settings = VertexSettings.model_validate({**LARGE, "labels": {"managed-by": "somebody"}})
    assert settings.training is not None
    asked = replace(submission(training_job(), FOLDER, attempt=1), digest="")
    assert custom_job(asked, settings, settings.training)["labels"]["managed-by"] == "flywheel"
