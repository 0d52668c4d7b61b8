"""What every serving adapter keeps to: run on the fake and on each of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment, EndpointState, FreshTables, Serving
from resources.serving.local import LocalServing
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


@pytest.fixture(params=["fake", "local"])
def serving(request: pytest.FixtureRequest) -> Serving:
    found: Serving = FakeServing() if request.param == "fake" else request.getfixturevalue("local")
    return found


def healthy(deployment: Deployment, *, detail: str) -> EndpointState:
    return EndpointState(
        model=deployment.model,
        url=f"http://127.0.0.1:{deployment.port}",
        healthy=True,
        version=deployment.version,
        bundle_digest=deployment.bundle_digest,
        known_by=KNOWN_BY,
        detail=detail,
    )


def test_an_endpoint_lives_from_its_first_deployment_to_its_stop(
    serving: Serving, deployment: Deploy
) -> None:
    first, second = deployment("1"), deployment("2")
    assert serving.state("stub") is None
    serving.stop("stub")

    deployed = serving.deploy(first)
    assert deployed == healthy(first, detail=deployed.detail)
    assert serving.state("stub") == deployed
    assert serving.deploy(first) == deployed

    swapped = serving.deploy(second)
    assert swapped == healthy(second, detail=swapped.detail) == serving.state("stub")

    serving.stop("stub")
    serving.stop("stub")
    stopped = serving.state("stub")
    assert stopped is not None
    assert (stopped.healthy, stopped.version) == (False, None)
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
    serving.deploy(deployment("1"))
    other = deployment("1", model="other")
    with pytest.raises(LifecycleError, match=str(other.port)):
        serving.deploy(other)
    assert serving.state("other") is None


def test_adapters_are_what_the_port_asks_for() -> None:
    def accepts(serving: Serving) -> Serving:
        return serving

    accepts(FakeServing())
    accepts(LocalServing(root="unused"))
