"""The parts of an environment that run on Google Cloud; what is not named stays where it was."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from resources.traffic.local import LocalTraffic

if TYPE_CHECKING:
    from orchestration.environments import Environment

SETTINGS = "FLYWHEEL_VERTEX"
PROJECT, LOCATION = "FLYWHEEL_GCP_PROJECT", "FLYWHEEL_GCP_LOCATION"
PRICE = "FLYWHEEL_BIGQUERY_PRICE_PER_TIB"
DATASET, FILES, MAX_BYTES = "FLYWHEEL_BIGQUERY_DATASET", "FLYWHEEL_FILES", "FLYWHEEL_BIGQUERY_MAX_BYTES"


def in_bigquery(here: "Environment", variables: Mapping[str, str]) -> "Environment":
    """An environment whose data and features are in BigQuery.

    Args:
        here: everything else.
        variables: of the process; `FLYWHEEL_GCP_PROJECT` is there.

    Raises:
        LifecycleError: a limit or a price is no number.
    """
    from resources.warehouse.bigquery.warehouse import BigQueryWarehouse

    warehouse = BigQueryWarehouse(
        project=variables[PROJECT],
        location=variables.get(LOCATION),
        dataset=variables.get(DATASET, "flywheel"),
        files=variables.get(FILES, str(here.home / "lake-files")),
        home=str(here.home),
        max_bytes=_max_bytes(variables.get(MAX_BYTES)),
        price_per_tib=_price(variables.get(PRICE)),
    )
    return replace(here, warehouse=warehouse)


def _max_bytes(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not int(text):
        raise LifecycleError(f"{MAX_BYTES} is {text!r}; allowed: a number of bytes, at least 1")
    return int(text)


def _price(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise LifecycleError(f"{PRICE} is {text!r}; allowed: a number, such as 6.25")
    return price


def on_vertex(here: "Environment", variables: Mapping[str, str]) -> "Environment":
    """An environment whose trainings, endpoints and batches are on Vertex AI, as far as the settings say how.

    Args:
        here: everything else.
        variables: of the process; `FLYWHEEL_VERTEX` is there.

    Raises:
        LifecycleError: something is wrong with the settings.
    """
    from resources.batch.vertex import VertexBatch
    from resources.compute.vertex.compute import VertexCompute
    from resources.serving.vertex.serving import VertexServing
    from resources.traffic.vertex import VertexTraffic
    from resources.vertex.settings import load_settings

    settings = load_settings(Path(variables[SETTINGS]))
    if settings.training is not None:
        compute = VertexCompute(root=here.home / "jobs", settings=settings, training=settings.training)
        here = replace(here, compute=compute)
    if settings.batch is not None:
        here = replace(here, batch=VertexBatch(settings=settings, batch=settings.batch))
    if settings.serving is not None:
        endpoints = here.home / "endpoints"
        local = LocalTraffic(endpoints=str(endpoints), lake=str(here.home / "lake"))
        here = replace(
            here,
            serving=VertexServing(root=endpoints, settings=settings),
            traffic=VertexTraffic(local=local, settings=settings),
        )
    return here
