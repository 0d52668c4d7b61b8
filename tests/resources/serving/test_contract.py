"""What every serving adapter keeps to: run on the fake and on each of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from resources.serving.base import (
    Deployment,
    EndpointSpec,
    EndpointState,
    FreshTables,
    Serving,
    VariantSpec,
    VariantState,
)
from resources.serving.k8s.serving import K8sServing
from resources.serving.local import LocalServing
from resources.serving.vertex.serving import VertexServing
from tests.fakes.serving import FakeServing
from tests.fakes.stub_endpoint import KNOWN_BY, STUB_FILE, make_bundle, make_tables

Deploy = Callable[..., Deployment]


@pytest.fixture
def deployment(tmp_path: Path, port: int) -> Deploy:
    """Makes a bundle and the deployment of it."""

    def make(version: str, *, model: str = "stub", fault: str = "fine") -> Deployment:
        bundle = make_bundle(tmp_path / f"{model}-{version}", float(version), fault=fault)
        return Deployment(
            model=model,
            version=version,
            bundle=bundle.path,
            bundle_digest=bundle.digest,
            port=port,
            max_batch=10,
        )

    return make


@pytest.fixture(
    params=[
        "fake",
        "local",
        "k8s gateway",
        "k8s endpoint",
        "k8s kserve",
        "k8s knative",
        "vertex endpoint",
        "vertex gateway",
    ]
)
def serving(request: pytest.FixtureRequest) -> Serving:
    if request.param.startswith("k8s"):
        build: Callable[..., Serving] = request.getfixturevalue("on_cluster")
        return build(routing=request.param.removeprefix("k8s "))
    if request.param.startswith("vertex"):
        on_vertex: Callable[..., Serving] = request.getfixturevalue("on_vertex")
        return on_vertex(routing=request.param.removeprefix("vertex "))
    found: Serving = FakeServing() if request.param == "fake" else request.getfixturevalue("local")
    return found


def healthy(deployment: Deployment, *, like: EndpointState) -> EndpointState:
    """The state after a deployment; what an adapter says in words, and what it can do, is its own."""
    return EndpointState(
        model=deployment.model,
        # Vertex AI gives addresses itself; all others are what the spec says.
        url=like.url if "/endpoints/" in like.url else f"http://127.0.0.1:{deployment.port}",
        healthy=True,
        version=deployment.version,
        bundle_digest=deployment.bundle_digest,
        known_by=KNOWN_BY,
        detail=like.detail,
        can_mirror=like.can_mirror,
        variants=(
            VariantState(
                name="champion",
                role="champion",
                version=deployment.version,
                bundle_digest=deployment.bundle_digest,
                weight=100,
                ready=True,
            ),
        ),
    )


def split(*shares: tuple[Deployment, str, int], salt: str = "rollout-1") -> EndpointSpec:
    """An endpoint of deployments, each with the name that is its role, too, and its weight."""
    first, _, _ = shares[0]
    variants = tuple(
        VariantSpec(
            name=name,
            role=name,  # type: ignore[arg-type]  # the tests name variants by their roles
            version=deployment.version,
            bundle=deployment.bundle,
            bundle_digest=deployment.bundle_digest,
            weight=weight,
        )
        for deployment, name, weight in shares
    )
    return EndpointSpec(model=first.model, variants=variants, salt=salt, port=first.port, max_batch=10)


def weights(state: EndpointState | None) -> list[tuple[str, str, int, bool]]:
    assert state is not None
    return [(v.name, v.version, v.weight, v.ready) for v in state.variants]


def test_an_endpoint_lives_from_its_first_deployment_to_its_stop(
    serving: Serving, deployment: Deploy
) -> None:
    first, second = deployment("1"), deployment("2")
    assert serving.state("stub") is None
    serving.stop("stub")

    deployed = serving.deploy(first)
    assert deployed == healthy(first, like=deployed)
    assert serving.state("stub") == deployed
    assert serving.deploy(first) == deployed

    swapped = serving.deploy(second)
    assert swapped == healthy(second, like=swapped) == serving.state("stub")

    serving.stop("stub", fence=7)
    serving.stop("stub", fence=7)
    with pytest.raises(LifecycleError, match="obeyed"):
        serving.apply(replace(split((second, "champion", 100)), fence=6))
    stopped = serving.state("stub")
    assert stopped is not None
    assert (stopped.healthy, stopped.version, stopped.gone) == (False, None, True)
    assert serving.deploy(first).version == "1"


def test_what_fails_to_deploy_leaves_what_was_there(serving: Serving, deployment: Deploy) -> None:
    served = serving.deploy(deployment("1"))
    broken = deployment("2", fault="broken")
    if isinstance(serving, FakeServing):
        serving.unloadable.add(broken.bundle_digest)
    with pytest.raises(LifecycleError, match="stub cannot serve version 2"):
        serving.deploy(broken)
    with pytest.raises(LifecycleError, match="which was approved"):
        serving.deploy(replace(deployment("3"), bundle_digest=broken.bundle_digest[::-1]))
    with pytest.raises(LifecycleError, match="is no name of a model"):
        serving.deploy(replace(deployment("4"), model="../stub"))
    assert serving.state("stub") == served


def test_a_rollout_goes_through_its_splits_and_each_is_read_back(
    serving: Serving, deployment: Deploy
) -> None:
    first, second = deployment("1"), deployment("2")
    serving.deploy(first)
    shadow = serving.apply(split((first, "champion", 100), (second, "shadow", 0)))
    assert weights(shadow) == [("champion", "1", 100, True), ("shadow", "2", 0, True)]
    canary = split((first, "champion", 95), (second, "challenger", 5))
    applied = serving.apply(canary)
    assert weights(applied) == [("champion", "1", 95, True), ("challenger", "2", 5, True)]
    assert (applied.version, applied.salt) == ("1", "rollout-1")
    assert serving.apply(canary) == applied == serving.state("stub")
    bake = serving.apply(split((first, "champion", 0), (second, "challenger", 100)))
    assert weights(bake) == [("champion", "1", 0, True), ("challenger", "2", 100, True)]
    assert weights(serving.deploy(second)) == [("champion", "2", 100, True)]


def test_a_late_decision_undoes_nothing(serving: Serving, deployment: Deploy) -> None:
    first, second = deployment("1"), deployment("2")
    canary = replace(split((first, "champion", 95), (second, "challenger", 5)), fence=7)
    serving.apply(canary)
    back = replace(split((first, "champion", 100)), fence=9)
    served = serving.apply(back)
    for late in (replace(canary, fence=8), replace(back, fence=8)):
        with pytest.raises(LifecycleError, match="obeyed"):
            serving.apply(late)
    assert serving.state("stub") == served
    serving.apply(replace(back, fence=12))
    with pytest.raises(LifecycleError, match="obeyed"):
        serving.apply(replace(canary, fence=11))
    assert weights(serving.deploy(second)) == [("champion", "2", 100, True)], "a person's word has no number"
    with pytest.raises(LifecycleError, match="obeyed"):
        serving.apply(replace(canary, fence=11))
    assert weights(serving.apply(replace(canary, fence=12))) == weights(serving.state("stub"))
    with pytest.raises(LifecycleError, match="obeyed"):
        serving.stop("stub", fence=11)
    assert weights(serving.state("stub")) == [("champion", "1", 95, True), ("challenger", "2", 5, True)]


def test_a_bundle_that_is_there_need_not_be_handed_over_again(serving: Serving, deployment: Deploy) -> None:
    first, second, third = (deployment(version) for version in "123")
    serving.apply(split((first, "champion", 95), (second, "challenger", 5)))
    there = split((first, "champion", 70), (second, "challenger", 30))
    bare = tuple(replace(variant, bundle=None) for variant in there.variants)
    applied = serving.apply(replace(there, variants=bare))
    assert [weight for _, _, weight, _ in weights(applied)] == [70, 30]
    stranger = split((first, "champion", 70), (third, "challenger", 30))
    bare = tuple(replace(variant, bundle=None) for variant in stranger.variants)
    with pytest.raises(LifecycleError, match="hand"):
        serving.apply(replace(stranger, variants=bare))
    assert serving.state("stub") == applied


def test_a_champion_without_requests_may_look_on(serving: Serving, deployment: Deploy) -> None:
    bake = split((deployment("1"), "champion", 0), (deployment("2"), "challenger", 100))
    champion, challenger = bake.variants
    state = serving.apply(replace(bake, variants=(replace(champion, mirrored=True), challenger)))
    assert [(v.name, v.mirrored) for v in state.variants] == [
        ("champion", state.can_mirror),
        ("challenger", False),
    ]
    assert not state.gone


def test_one_variant_that_cannot_be_loaded_changes_nothing(serving: Serving, deployment: Deploy) -> None:
    first, broken = deployment("1"), deployment("2", fault="broken")
    if isinstance(serving, FakeServing):
        serving.unloadable.add(broken.bundle_digest)
    served = serving.deploy(first)
    with pytest.raises(LifecycleError, match="stub cannot serve version"):
        serving.apply(split((first, "champion", 95), (broken, "challenger", 5)))
    assert serving.state("stub") == served


@pytest.mark.parametrize(
    ("shares", "fact"),
    [
        pytest.param([("champion", 95), ("challenger", 4)], "add up to 100, these to 99", id="not all"),
        pytest.param([("challenger", 100)], "exactly one champion", id="nobody to fall back to"),
        pytest.param(
            [("champion", 95), ("shadow", 5)], "a shadow answers no request", id="a shadow's weight"
        ),
    ],
)
def test_only_a_full_split_is_applied(
    serving: Serving, deployment: Deploy, shares: list[tuple[str, int]], fact: str
) -> None:
    served = serving.deploy(deployment("1"))
    versions = [(deployment(str(i + 2)), name, weight) for i, (name, weight) in enumerate(shares)]
    with pytest.raises(LifecycleError, match=fact):
        serving.apply(split(*versions))
    assert serving.state("stub") == served


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[..., FreshTables]:
    """Makes tables as of some days after the cut-off of the bundles."""

    def make(days: int, *, plan: str = "", value: float = 7.5) -> FreshTables:
        known_by = KNOWN_BY + timedelta(days=days)
        folder = tmp_path / f"tables-{days}-{plan}-{value}"
        tables = make_tables(folder, value, plan=plan, known_by=known_by)
        return FreshTables(
            model="stub", folder=tables.path, digest=tables.digest, plan=plan, known_by=known_by
        )

    return make


def test_tables_are_refreshed_beside_the_version_and_stay_with_the_next_one(
    serving: Serving, deployment: Deploy, fresh: Callable[..., FreshTables]
) -> None:
    served, newer = serving.deploy(deployment("1")), fresh(2)
    expected = replace(served, known_by=newer.known_by)
    assert serving.refresh(newer) == expected == serving.state("stub")
    assert serving.refresh(newer) == expected
    next_one = deployment("2")
    assert serving.deploy(next_one).known_by == newer.known_by


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        pytest.param({"days": 2, "plan": "another"}, "has another feature plan", id="another plan"),
        pytest.param({"days": -2}, "build them as of a later time", id="older than the bundle's"),
    ],
)
def test_tables_that_do_not_fit_change_nothing(
    serving: Serving,
    deployment: Deploy,
    fresh: Callable[..., FreshTables],
    change: Mapping[str, Any],
    fact: str,
) -> None:
    served = serving.deploy(deployment("1"))
    with pytest.raises(LifecycleError, match=fact):
        serving.refresh(fresh(**change))
    assert serving.state("stub") == served


def test_tables_that_were_changed_are_refused(
    serving: Serving, deployment: Deploy, fresh: Callable[..., FreshTables]
) -> None:
    served, tables = serving.deploy(deployment("1")), fresh(2)
    (tables.folder / STUB_FILE).write_text('{"value": 9.9}')
    with pytest.raises(LifecycleError, match="not what its manifest says"):
        serving.refresh(tables)
    assert serving.state("stub") == served


def test_without_an_endpoint_there_is_nothing_to_refresh(
    serving: Serving, fresh: Callable[..., FreshTables]
) -> None:
    with pytest.raises(LifecycleError, match="no endpoint of stub answers"):
        serving.refresh(fresh(2))


def test_a_port_has_one_endpoint(serving: Serving, deployment: Deploy) -> None:
    if isinstance(serving, VertexServing):
        pytest.skip("every endpoint of Vertex AI has an address of its own")
    serving.deploy(deployment("1"))
    other = deployment("1", model="other")
    with pytest.raises(LifecycleError, match=str(other.port)):
        serving.deploy(other)
    assert serving.state("other") is None


def test_adapters_are_what_the_port_asks_for(
    on_cluster: Callable[..., K8sServing], on_vertex: Callable[..., VertexServing]
) -> None:
    def accepts(serving: Serving) -> Serving:
        return serving

    accepts(FakeServing())
    accepts(LocalServing(root="unused"))
    accepts(on_cluster())
    accepts(on_vertex())
