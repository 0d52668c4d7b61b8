import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from resources.batch.vertex import VertexBatch
from resources.vertex.settings import VertexSettings
from tests.doubles.vertex.server import Vertex, vertex

IMAGE = "registry.example/endpoint:1"
OnVertex = Callable[..., VertexBatch]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    """A project of Google Cloud; its containers see this machine's files."""
    with vertex(images={IMAGE}) as double:
        double.reach(monkeypatch, tmp_path)
        yield double


@pytest.fixture
def on_vertex(project: Vertex, tmp_path: Path) -> OnVertex:
    """The adapter; what is given changes its settings, `batch` its part of them."""

    def build(batch: Mapping[str, Any] | None = None, **changes: Any) -> VertexBatch:
        patience = {"queue": 60, "ending": 1, "server": 60, "operation": 60, "settle": 60}
        settings = VertexSettings.model_validate(
            {
                "project": "project-1",
                "region": "europe-west4",
                "staging": f"file://{tmp_path}/staging",
                "poll_s": 0.05,
                "batch": {
                    "image": IMAGE,
                    "python": sys.executable,
                    "batch_rows": 7,
                    "env": {"PYTHONPATH": str(Path(__file__).parents[3])},
                    **(batch or {}),
                },
                **changes,
                "patience": {**patience, **changes.get("patience", {})},
            }
        )
        assert settings.batch is not None
        return VertexBatch(settings=settings, batch=settings.batch)

    return build
