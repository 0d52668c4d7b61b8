"""What every serving adapter keeps to: run on the fake and on each of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment, EndpointState, Serving
from resources.serving.local import LocalServing
from tests.fakes.serving import FakeServing
from tests.fakes.stub_endpoint import make_bundle

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
