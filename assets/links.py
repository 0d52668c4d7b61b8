"""Links between Dagster's pages and MLflow's, where the addresses of both are known."""

import os
from collections.abc import Mapping
from urllib.parse import quote

import dagster as dg

from resources.tracking.base import ModelVersion

DAGSTER_URL = "FLYWHEEL_DAGSTER_URL"
"""Where people see Dagster's pages; a run does not know the address of a web server."""
DAGSTER_RUN_URL_TAG = "flywheel.dagster_run_url"


def dagster_link(run_id: str) -> Mapping[str, str]:
    """The tag that leads from a version to the Dagster run that made it; none where no address is known."""
    url = os.environ.get(DAGSTER_URL, "").strip().rstrip("/")
    return {DAGSTER_RUN_URL_TAG: f"{url}/runs/{quote(run_id)}"} if url else {}


def mlflow_links(version: ModelVersion) -> Mapping[str, dg.MetadataValue]:
    """The pages of a version and of its run, and the Dagster run that made it."""
    pages = {
        "mlflow": version.url,
        "mlflow_run_page": version.run_url,
        "made_by": version.tags.get(DAGSTER_RUN_URL_TAG),
    }
    return {name: dg.MetadataValue.url(url) for name, url in pages.items() if url}
