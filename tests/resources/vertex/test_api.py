"""Calls of a service that is busy: asked again when it says, and given up in bounded time."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.aiplatform_v1 import types

from resources.vertex.api import VertexApi, VertexAwayError
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.server import Vertex, vertex
from tests.resources.compute.vertex_cases import SMALL


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    with vertex() as double:
        double.reach(monkeypatch, tmp_path)
        yield double


def listed(patience_s: float) -> float:
    """Seconds that a call took."""
    settings = VertexSettings.model_validate({**SMALL, "poll_s": 0.02})
    api, began = VertexApi(settings=settings, patience_s=patience_s), time.monotonic()
    request = types.ListCustomJobsRequest(parent=settings.location)
    api.call("Job", "list_custom_jobs", request, asked="list jobs")
    return time.monotonic() - began


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(project: Vertex, code: int) -> None:
    project.faults.plant(Fault(harm="refuse", code=code, path=r".*/customJobs", retry_after_s=1))
    assert listed(patience_s=30) >= 1


def test_a_service_that_says_to_wait_longer_than_is_waited_is_given_up_at_once(project: Vertex) -> None:
    project.faults.plant(Fault(harm="refuse", code=503, path=r".*/customJobs", retry_after_s=3600))
    with pytest.raises(VertexAwayError, match=r"did not list jobs within \d s \(UNAVAILABLE\)"):
        listed(patience_s=30)
