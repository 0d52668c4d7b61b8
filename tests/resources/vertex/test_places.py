"""What tells installations apart that share a project and a staging folder."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from lifecycle.endpoint.staging import Staging
from resources.serving.vertex.serving import VertexServing
from resources.vertex.places import endpoint_place, job_place
from resources.vertex.settings import VertexSettings
from tests.resources.serving.vertex_cases import SMALL

HOME = Path("/flywheel")


def places(installation: str | None, home: Path = HOME) -> tuple[str, Staging, Staging]:
    """The Endpoint of a model, the folder of its files, and that of one of its jobs."""
    settings = VertexSettings.model_validate({**SMALL, "installation": installation})
    endpoints, jobs = home / "endpoints", home / "jobs"
    _, there = VertexServing(root=endpoints, settings=settings)._endpoint("parcels")
    # Whoever brings the log home asks by the folder alone.
    assert there.staging == endpoint_place(settings, endpoints / "parcels")
    return there.name, there.staging, job_place(settings, jobs, "parcels", "a1")


def test_without_a_name_everything_lies_where_it_always_did() -> None:
    endpoint, files, job = places(None)
    assert endpoint.endswith("/endpoints/fw-parcels-d288fb11")
    assert files.url == f"{SMALL['staging']}/endpoints/d288fb115950/parcels"
    assert job.url == f"{SMALL['staging']}/jobs/5c56d7e2fbad/parcels/a1"


def test_installations_with_the_same_home_share_nothing() -> None:
    found = [*places(None), *places("production"), *places("staging"), *places(None, Path("/staging"))]
    assert len(set(map(str, found))) == len(found)
    assert places("production") == places("production")


@pytest.mark.parametrize("name", ["", "a/b", "Production", "-a", "a" * 64])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="installation"):
        VertexSettings.model_validate({**SMALL, "installation": name})
