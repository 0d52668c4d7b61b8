"""Endpoints on Vertex AI: what befalls the service, the split and the containers."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.cloud.aiplatform_v1 import types

from lifecycle.endpoint.log.hiding import SECRET_FILE
from lifecycle.endpoint.manifest import Settings
from lifecycle.errors import LifecycleError
from resources.serving.base import EndpointState
from resources.serving.k8s.units import units_of
from resources.serving.vertex.model import render
from resources.serving.vertex.serving import VertexServing
from resources.vertex.api import VertexApi
from resources.vertex.messages import message
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.models import _check_aliases
from tests.doubles.vertex.server import Vertex
from tests.fakes.running import wait_for
from tests.resources.serving.conftest import OnVertex
from tests.resources.serving.k8s_cases import CANARY, HOME, endpoint
from tests.resources.serving.test_k8s import spec
from tests.resources.serving.vertex_cases import CASES, GOLDEN, LARGE, SMALL, STAGING, as_text, rendered

UPDATE = r".*/endpoints/[^/:]+"


@pytest.mark.parametrize("name", CASES)
def test_bodies_are_what_was_read_and_kept(name: str) -> None:
    assert as_text(rendered(name)) == (GOLDEN / f"{name}.yaml").read_text()


@pytest.mark.parametrize("name", CASES)
def test_bodies_hold_nothing_that_the_api_does_not_take(name: str) -> None:
    first, *others = yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text())
    check_labels(message(types.Endpoint, first).labels)
    for body in others:
        kind = types.Model if "containerSpec" in body else types.DeployedModel
        made = message(kind, body)
        if kind is types.Model:
            check_labels(made.labels)
            _check_aliases(made.version_aliases)


def test_another_image_is_another_deployed_model_and_another_weight_is_not() -> None:
    settings = VertexSettings.model_validate(LARGE)
    changed = {**LARGE, "serving": {**LARGE["serving"], "image": "another"}}
    first, *_ = units_of(HOME, endpoint(CANARY), "gateway", settled=True)
    later, *_ = units_of(HOME, endpoint([("champion", 70), ("challenger", 30)]), "gateway", settled=True)

    def deployed_id(unit: str, settings: VertexSettings) -> str:
        return render(HOME, unit, f"{unit}.json", STAGING, settings).deployed_id

    assert deployed_id(first.name, settings) == deployed_id(later.name, settings)
    assert deployed_id(first.name, settings) != deployed_id(
        first.name, VertexSettings.model_validate(changed)
    )
    assert deployed_id(first.name, settings).isdecimal()


def weights(state: EndpointState | None) -> dict[str, int]:
    assert state is not None
    return {variant.version: variant.weight for variant in state.variants}


def predict(project: Vertex, serving: VertexServing, rows: Sequence[object]) -> list[Any]:
    """Answers of the endpoint, asked as clients ask."""
    api = VertexApi(settings=serving.settings, patience_s=5)
    state = serving.state("stub")
    assert state is not None
    answer = api.post(f"{state.url}:predict", {"instances": list(rows)}, asked="predict")
    return list(answer["predictions"])


def the_endpoint(project: Vertex) -> Any:
    (found,) = project.endpoints.kept.all()
    return found


def test_keys_stay_with_their_version_where_the_endpoint_routes(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex(replicas=2)
    serving.apply(spec(tmp_path, ("champion", "1", 50), ("challenger", "2", 50)))

    def versions() -> list[Any]:
        return [predict(project, serving, [{"id": key}])[0] for key in range(12)]

    first = versions()
    assert versions() == first
    assert len({json.dumps(one) for one in first}) == 2
    assert dict(the_endpoint(project).traffic_split).popitem()[1] == 100
    deployed = project.calls.count("DeployModel")
    state = serving.apply(spec(tmp_path, ("champion", "1", 5), ("challenger", "2", 95)))
    assert (weights(state), project.calls.count("DeployModel")) == ({"1": 5, "2": 95}, deployed)


@pytest.mark.parametrize("routing", ["endpoint", "gateway"])
def test_each_version_is_a_model_version_with_its_digest_and_its_role(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, routing: str
) -> None:
    serving = on_vertex(routing=routing)
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    state = serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    shares = sorted(the_endpoint(project).traffic_split.values())
    assert shares == ([5, 95] if routing == "gateway" else [100])
    found = shown(project)
    digests = {variant.version: variant.bundle_digest for variant in state.variants}
    assert {version: model.labels["flywheel-digest"] for version, model in found.items()} == {
        version: digest[:63] for version, digest in digests.items()
    }
    assert {v: set(model.version_aliases) - {"default"} for v, model in found.items()} == {
        "1": {"v-1", "champion"},
        "2": {"v-2", "challenger"},
    }
    assert {model.name.partition("@")[0] for model in project.models.kept.all()} == {
        found["1"].name.partition("@")[0]
    }, "one Model, whose versions they are"
    serving.apply(spec(tmp_path, ("champion", "2", 100)))
    assert {v: set(m.version_aliases) & {"champion", "challenger"} for v, m in shown(project).items()} == {
        "1": set(),
        "2": {"champion"},
    }
    assert len(the_endpoint(project).deployed_models) == 1


def shown(project: Vertex) -> dict[str, Any]:
    """Versions of the Model that stand for one of ours, by its number."""
    models = project.models.kept.all()
    return {m.labels["flywheel-version"]: m for m in models if "flywheel-version" in m.labels}


def test_a_registry_that_cannot_be_written_undoes_no_change_and_is_made_good_by_the_next(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    serving = on_vertex()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    project.faults.plant(Fault(harm="refuse", method="POST", path=r".*:upload", code=403))
    split = ("champion", "1", 95), ("challenger", "2", 5)
    assert weights(serving.apply(spec(tmp_path, *split))) == {"1": 95, "2": 5}
    assert "are not up to date: Vertex AI refused to upload" in caplog.text
    assert set(shown(project)) == {"1"}
    serving.apply(spec(tmp_path, *split))
    assert set(shown(project)) == {"1", "2"}


def test_traffic_is_taken_away_before_a_version_is_undeployed(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex(routing="gateway")
    serving.apply(spec(tmp_path, ("champion", "1", 50), ("challenger", "2", 50)))
    project.calls.clear()
    # The service refuses to undeploy what has traffic: that nothing was refused is the claim.
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    changes = [call for call in project.calls if call in ("UpdateEndpoint", "UndeployModel")]
    assert changes == ["UpdateEndpoint", "UndeployModel"]


def test_a_split_that_a_person_changed_is_seen_and_set_again(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex(routing="gateway")
    wanted = spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5))
    serving.apply(wanted)
    found = the_endpoint(project)
    project.endpoints.set_split(found.name, {one.id: 50 for one in found.deployed_models})
    assert weights(serving.state("stub")) == {"1": 50, "2": 50}
    assert weights(serving.apply(wanted)) == {"1": 95, "2": 5}


def test_an_endpoint_that_was_deleted_by_hand_is_gone_and_made_again(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving, wanted = on_vertex(), spec(tmp_path, ("champion", "1", 100))
    serving.apply(wanted)
    project.endpoints.remove_by_hand(the_endpoint(project).name)
    state = serving.state("stub")
    assert state is not None
    assert (state.gone, state.healthy) == (True, False)
    assert weights(serving.apply(wanted)) == {"1": 100}


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(
            [
                Fault(harm="refuse", method="PATCH", path=UPDATE, code=429),
                Fault(harm="refuse", method="PATCH", path=UPDATE, code=503),
                Fault(harm="refuse", code=401),
            ],
            id="quota, busy, a token expires",
        ),
        pytest.param(
            [
                Fault(harm="lose the answer", method="POST", path=r".*/endpoints"),
                Fault(harm="lose the answer", path=r".*/models:upload"),
                Fault(harm="lose the answer", path=r".*:deployModel"),
                Fault(harm="lose the answer", method="PATCH", path=UPDATE),
            ],
            id="it was done, and the answer was lost",
        ),
    ],
)
def test_what_befalls_a_request_is_mended_and_nothing_is_made_twice(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, faults: Sequence[Fault]
) -> None:
    for fault in faults:
        project.faults.plant(fault)
    state = on_vertex(routing="gateway").apply(spec(tmp_path, ("champion", "1", 100)))
    assert (weights(state), project.faults.met) == ({"1": 100}, len(faults))
    assert len(the_endpoint(project).deployed_models) == 1
    assert len(project.models.kept.all()) <= 2


def test_a_read_back_that_lags_is_waited_for(on_vertex: OnVertex, project: Vertex, tmp_path: Path) -> None:
    project.endpoints.kept.lag_s = 0.3
    serving = on_vertex(routing="gateway")
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    state = serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    assert weights(state) == {"1": 95, "2": 5}


def test_a_split_that_is_never_read_back_ends_in_bounded_time(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = on_vertex(routing="gateway", patience={"settle": 1})
    serving.apply(spec(tmp_path, ("champion", "1", 50), ("challenger", "2", 50)))
    handlers = dict(project._handlers)
    monkeypatch.setattr(
        project,
        "_handlers",
        {**handlers, "UpdateEndpoint": lambda request: project.endpoints.get(request.endpoint)},
    )
    with pytest.raises(LifecycleError, match=r"is read back as .* after 1 s, it was set to"):
        serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    monkeypatch.setattr(project, "_handlers", handlers)
    assert weights(serving.state("stub")) == {"1": 50, "2": 50}


def test_an_operation_that_never_ends_is_given_up(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    project.operations.hang = True
    with pytest.raises(LifecycleError, match=r"did not create .* within 1 s .*has no end"):
        on_vertex(patience={"operation": 1}).apply(spec(tmp_path, ("champion", "1", 100)))
    project.operations.hang = False
    assert weights(on_vertex().apply(spec(tmp_path, ("champion", "1", 100)))) == {"1": 100}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            {"image": "typo"}, "could not deploy it: Failed to pull image 'typo'", id="no such image"
        ),
        pytest.param(
            {"python": "false"}, "could not deploy it: Model server exited unexpectedly", id="it ends"
        ),
    ],
)
def test_a_container_that_does_not_start_leaves_what_was_there(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    served = on_vertex(routing="gateway").apply(spec(tmp_path, ("champion", "1", 100)))
    with pytest.raises(LifecycleError, match=told):
        on_vertex(routing="gateway", **changes).apply(
            spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5))
        )
    assert on_vertex(routing="gateway").state("stub") == served


def test_a_split_that_does_not_add_up_is_refused_here_and_by_the_service(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex(routing="gateway")
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    wanted = spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5))
    first, second = wanted.variants
    with pytest.raises(LifecycleError, match="must add up to 100"):
        serving.apply(replace(wanted, variants=(first, replace(second, weight=4))))
    found = the_endpoint(project)
    with pytest.raises(Exception, match="must sum to 100"):
        project.endpoints.update(
            types.UpdateEndpointRequest(
                endpoint=types.Endpoint(name=found.name, traffic_split={found.deployed_models[0].id: 99}),
                update_mask={"paths": ["traffic_split"]},
            )
        )


def test_a_token_of_its_own_is_refused_before_anything_is_asked(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    settings = Settings.model_validate({"endpoint": {"require_token": True}})
    with pytest.raises(LifecycleError, match=r"leave out `deployment\.endpoint\.require_token`"):
        on_vertex().apply(spec(tmp_path, ("champion", "1", 100), settings=settings))
    assert project.requests == []


def test_the_log_of_all_replicas_comes_to_the_staging_folder(
    on_vertex: OnVertex, project: Vertex, tmp_path: Path
) -> None:
    serving = on_vertex()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    predict(project, serving, [{"id": 1}])
    endpoints = tmp_path / "staging" / "endpoints"

    def kinds() -> list[str]:
        return [file.suffix for file in endpoints.glob("*/*/requests/[!.]*")]

    wait_for(lambda: kinds() == [".open"])
    (shared,) = endpoints.glob(f"*/*/{SECRET_FILE}")
    (own,) = (tmp_path / "endpoints").glob(f"*/{SECRET_FILE}")
    assert shared.read_bytes() == own.read_bytes()
    serving.stop("stub")
    wait_for(lambda: kinds() == [".segment"])


@pytest.mark.parametrize("settings", [SMALL, LARGE])
def test_settings_are_read(settings: dict[str, Any]) -> None:
    assert VertexSettings.model_validate(settings).serving is not None
