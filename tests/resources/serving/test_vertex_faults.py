"""Faults of Vertex AI under an endpoint that serves: that goes on, and the next change mends the rest.

Those of single requests and of the first deployment are in `test_vertex.py`.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from google.cloud.aiplatform_v1 import types

from lifecycle.errors import LifecycleError
from resources.serving.vertex.serving import VertexServing
from resources.vertex.api import VertexAwayError, VertexRefusedError
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.server import Vertex
from tests.fakes.running import wait_for
from tests.resources.serving.conftest import OnVertex
from tests.resources.serving.test_vertex import spec, the_endpoint, weights

FOR_GOOD = 10_000
BOTH = ("champion", "1", 50), ("challenger", "2", 50)
BRIEF = {"operation": 1, "server": 1, "ending": 1}


def hang(project: Vertex) -> None:
    project.operations.hang = True


def out_of_stock(project: Vertex) -> None:
    project.endpoints.stocked = False


def refuse(code: int, path: str = ".*") -> Callable[[Vertex], None]:
    return lambda project: project.faults.plant(Fault(harm="refuse", code=code, path=path, times=FOR_GOOD))


HINDRANCES: dict[str, tuple[Callable[[Vertex], None], str]] = {
    "a quota of requests": (
        refuse(429, r".*:deployModel"),
        r"did not deploy .*quota of the project is used up",
    ),
    "no machines": (out_of_stock, r"could not deploy it: Machine type temporarily unavailable"),
    "a deployment without end": (hang, r"its deployment has no end after|has no end"),
    "credentials that expired": (refuse(401), r"renew the credentials"),
    "a right that was taken": (refuse(403, r".*:deployModel"), r"give the run's service account the role"),
    "a service that is away": (refuse(503), r"within \d+ s \(UNAVAILABLE\)"),
}


def mend(project: Vertex) -> None:
    project.operations.hang, project.endpoints.stocked = False, True
    project.endpoints.give_up()
    project.faults.clear()


def test_what_keeps_a_version_from_being_deployed_leaves_the_champion_all_requests(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    """One endpoint for all hindrances: after each it is as it was, and at the end the version gets there."""
    serving = on_vertex(routing="gateway", patience=BRIEF)
    served = serving.apply(spec(tmp_path, ("champion", "1", 100)))
    for name, (hinder, told) in HINDRANCES.items():
        hinder(project)
        with pytest.raises(LifecycleError, match=told):
            serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
        mend(project)
        assert serving.state("stub") == served, name
        assert list(the_endpoint(project).traffic_split.values()) == [100], name
    both = on_vertex(routing="gateway").apply(spec(tmp_path, *BOTH))
    assert weights(both) == {"1": 50, "2": 50}


def test_an_undeployment_that_does_not_happen_costs_no_request_and_is_made_good(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = on_vertex(routing="gateway", patience=BRIEF)
    patient = on_vertex(routing="gateway")
    alone = spec(tmp_path, ("champion", "1", 100))

    def split() -> list[int]:
        return sorted(the_endpoint(project).traffic_split.values())

    patient.apply(spec(tmp_path, *BOTH))
    hang(project)
    with pytest.raises(VertexAwayError, match=r"did not undeploy .* has no end"):
        serving.apply(alone)
    assert split() == [100], "requests moved first"
    mend(project)

    # A person gives it requests at the last moment: the service refuses to undeploy what has traffic.
    undeploy = project._handlers["UndeployModel"]

    def given_requests(request: Any) -> Any:
        found = the_endpoint(project)
        project.endpoints.set_split(found.name, {one.id: 50 for one in found.deployed_models})
        return undeploy(request)

    monkeypatch.setattr(project, "_handlers", {**project._handlers, "UndeployModel": given_requests})
    with pytest.raises(VertexRefusedError, match="still receives traffic"):
        serving.apply(alone)
    monkeypatch.setattr(project, "_handlers", {**project._handlers, "UndeployModel": undeploy})
    assert len(the_endpoint(project).deployed_models) == 2, "nothing that has requests is gone"
    assert weights(patient.apply(alone)) == {"1": 100}
    assert (split(), len(the_endpoint(project).deployed_models)) == ([100], 1)


def test_a_stranger_with_requests_is_told_and_loses_them(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex()
    wanted = spec(tmp_path, ("champion", "1", 100))
    serving.apply(wanted)

    def join(endpoint: Any) -> None:
        (ours,) = endpoint.deployed_models
        stranger = types.DeployedModel(
            id="77", display_name="by-hand", model=ours.model, model_version_id="1"
        )
        endpoint.deployed_models = [ours, stranger]

    project.endpoints.kept.change(the_endpoint(project).name, join)
    ours, stranger = (one.id for one in the_endpoint(project).deployed_models)
    project.endpoints.set_split(the_endpoint(project).name, {ours: 70, stranger: 30})
    state = serving.state("stub")
    assert state is not None
    assert "the split sends 30 % to by-hand, which is none of ours" in state.detail
    assert serving.apply(wanted).healthy
    found = the_endpoint(project)
    assert (dict(found.traffic_split), [one.id for one in found.deployed_models]) == ({ours: 100}, [ours])


def test_a_champion_whose_containers_are_gone_is_not_healthy(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex(stale=1)
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    (replicas,) = project.endpoints.replicas.values()
    for replica in replicas:
        replica.process.signal(9)

    def healthy(asked: VertexServing = serving) -> bool:
        state = asked.state("stub")
        return state is not None and state.healthy

    wait_for(lambda: not healthy())


def test_a_later_decision_is_known_by_the_endpoint_where_the_home_is_lost(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving, wanted = on_vertex(), spec(tmp_path, ("champion", "1", 100))
    serving.apply(replace(wanted, fence=7))
    rmtree(tmp_path / "endpoints")
    with pytest.raises(LifecycleError, match="obeyed decision 7 already, 3 is older"):
        serving.apply(replace(wanted, fence=3))
    assert weights(serving.apply(replace(wanted, fence=8))) == {"1": 100}
