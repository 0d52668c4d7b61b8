"""The parts of an environment that run on Vertex AI; what its settings do not name stays where it was."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from resources.traffic.local import LocalTraffic

if TYPE_CHECKING:
    from orchestration.environments import Environment

SETTINGS = "FLYWHEEL_VERTEX"


def on_vertex(here: "Environment", variables: Mapping[str, str]) -> "Environment":
    """An environment whose trainings and endpoints are on Vertex AI, as far as the settings say how.

    Args:
        here: everything else.
        variables: of the process.

    Raises:
        LifecycleError: no settings of Vertex AI, or something is wrong with them.
    """
    # Who stays on a laptop loads none of this.
    from resources.compute.vertex import VertexCompute
    from resources.serving.vertex import VertexServing
    from resources.traffic.vertex import VertexTraffic
    from resources.vertex.settings import load_settings

    if not (file := variables.get(SETTINGS)):
        raise LifecycleError(
            f"FLYWHEEL_ENV is 'gcp': let {SETTINGS} name the file with the settings of Vertex AI"
        )
    settings = load_settings(Path(file))
    if settings.training is not None:
        compute = VertexCompute(root=here.home / "jobs", settings=settings, training=settings.training)
        here = replace(here, compute=compute)
    if settings.serving is not None:
        endpoints = here.home / "endpoints"
        local = LocalTraffic(endpoints=str(endpoints), lake=str(here.home / "lake"))
        here = replace(
            here,
            serving=VertexServing(root=endpoints, settings=settings),
            traffic=VertexTraffic(local=local, settings=settings),
        )
    return here
