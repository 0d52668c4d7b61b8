"""What an endpoint is on a cluster, before there is one."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic import ValidationError

from lifecycle.endpoint.__main__ import DRAIN_S
from lifecycle.errors import LifecycleError
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s import objects
from resources.serving.k8s.objects import objects_of
from resources.serving.k8s.route import RouteFacts, hostnames, route_facts
from resources.serving.k8s.units import Home, units_of
from tests.doubles.kubernetes.admission import admit
from tests.doubles.kubernetes.kinds import KINDS
from tests.doubles.kubernetes.strict import refuse_unknown_fields
from tests.resources.serving.k8s_cases import (
    ALONE,
    BESIDE,
    BY_LATENCY,
    CANARY,
    CASES,
    GOLDEN,
    HOME,
    SERVING,
    SMALL,
    as_text,
    endpoint,
    rendered,
)


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
        if kind.model is not None:
            kubernetes_validate.validate(made, "1.36", strict=True)


def test_the_section_of_the_guide_is_one() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text()
    section = guide.split("## Endpoints on Kubernetes")[1].split("```yaml\n")[1].split("```")[0]
    serving = ServingSettings.model_validate(yaml.safe_load(section)["serving"])
    assert (serving.routing, serving.max_replicas) == ("gateway", 10)


def test_a_pod_has_the_time_that_its_endpoint_drains_in() -> None:
    assert objects.DRAIN_S == DRAIN_S
    for made in rendered("canary"):
        if made["kind"] == "Deployment":
            pod = made["spec"]["template"]["spec"]
            pause_s = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod["terminationGracePeriodSeconds"] > pause_s + DRAIN_S


def test_a_version_keeps_its_pods_while_its_name_weight_and_role_change() -> None:
    cluster, serving = (
        ClusterSettings.model_validate(SMALL),
        ServingSettings.model_validate(SERVING),
    )
    before = units_of(HOME, endpoint(CANARY), "gateway", settled=True)
    after = units_of(HOME, endpoint([("champion", 0), ("challenger", 100)]), "gateway", settled=False)
    for one, other in zip(before, after, strict=True):
        assert objects_of(HOME, one, cluster, serving) == objects_of(HOME, other, cluster, serving)
        assert one.serves != other.serves
    assert {unit.serves.assigned_by for unit in after} == {"unsettled"}


def test_two_homes_share_a_namespace() -> None:
    other = Home(model="parcels", folder=Path("/staging/endpoints/parcels"))
    assert other.name != HOME.name
    (ours,) = units_of(HOME, endpoint(ALONE), "gateway", settled=True)
    (theirs,) = units_of(other, endpoint(ALONE), "gateway", settled=True)
    assert ours.name != theirs.name


@pytest.mark.parametrize("model", ["a" * 63, "a_", "x"])
def test_names_are_short_enough_for_what_controllers_append(model: str) -> None:
    home = Home(model=model, folder=Path("/flywheel/endpoints") / model)
    (unit,) = units_of(home, endpoint(ALONE), "gateway", settled=True)
    assert len(unit.name) <= 41
    for host in hostnames(model, ServingSettings.model_validate(SERVING)):
        assert max(map(len, host.split("."))) <= 63


def test_what_a_route_cannot_do_is_said_before_anything_is_changed() -> None:
    both = endpoint(CANARY)
    looks_on = both.variants[1].model_copy(update={"mirrored": True})
    mirrored = both.model_copy(update={"variants": (both.variants[0], looks_on)})
    with pytest.raises(LifecycleError, match="give it the weight 0, or set `routing: endpoint`"):
        units_of(HOME, mirrored, "gateway", settled=True)
    same = both.variants[0].model_copy(update={"name": "again", "role": "challenger", "weight": 5})
    twice = both.model_copy(update={"variants": (both.variants[0], same)})
    with pytest.raises(LifecycleError, match="the same version"):
        units_of(HOME, twice, "gateway", settled=True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"gateway": None}, "needs a `gateway`", id="a route without a gateway"),
        pytest.param({"max_replicas": 1}, "is below `replicas`", id="more at least than at most"),
        pytest.param({"latency": {"name": "p99", "average": "1"}}, "max_replicas", id="scaled by nobody"),
        pytest.param({"keda": BY_LATENCY}, "max_replicas", id="scaled by KEDA, to nothing"),
        pytest.param(
            {"keda": BY_LATENCY, "max_replicas": 9, "latency": {"name": "p99", "average": "1"}},
            "leave one out",
            id="two autoscalers",
        ),
        pytest.param(BESIDE, "are KServe's", id="a transformer that nobody would ask"),
        pytest.param(
            {"keda": BY_LATENCY, "max_replicas": 9, "routing": "kserve"}, "by itself", id="KServe's own pods"
        ),
        pytest.param({"url": "https://{name}.example.com"}, "only `{model}`", id="an unknown place"),
        pytest.param({"url": "example.com"}, "pattern", id="no URL"),
        pytest.param({"port": 80}, "greater than or equal to 1024", id="a port that only root may have"),
    ],
)
def test_what_would_not_be_heard_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ServingSettings.model_validate({**SERVING, **changes})


def kept(*conditions: dict[str, Any]) -> dict[str, Any]:
    made = rendered("canary")[0]
    made["metadata"] |= {"resourceVersion": "8", "generation": 2}
    return {**made, "status": {"parents": [{"conditions": list(conditions)}]}}


ACCEPTED = {"type": "Accepted", "status": "True", "observedGeneration": 2}


@pytest.mark.parametrize(
    ("conditions", "accepted", "problem"),
    [
        pytest.param([ACCEPTED], True, "", id="accepted"),
        pytest.param([], False, "", id="nobody has looked at it"),
        pytest.param([{**ACCEPTED, "observedGeneration": 1}], False, "", id="an older one was accepted"),
        pytest.param(
            [
                ACCEPTED,
                {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "x"},
            ],
            False,
            "BackendNotFound: x",
            id="a Service that is not there",
        ),
        pytest.param(
            [{**ACCEPTED, "status": "False", "reason": "UnsupportedValue", "message": "no mirrors"}],
            False,
            "UnsupportedValue: no mirrors",
            id="a gateway that cannot do it",
        ),
    ],
)
def test_route_facts(conditions: list[dict[str, Any]], accepted: bool, problem: str) -> None:
    champion, challenger = (unit.name for unit in units_of(HOME, endpoint(CANARY), "gateway", settled=True))
    assert route_facts(kept(*conditions)) == RouteFacts(
        version="8",
        spec=2,
        weights={champion: 95, challenger: 5},
        copied=frozenset(),
        generation=7,
        fence=12,
        accepted=accepted,
        problem=problem,
    )
