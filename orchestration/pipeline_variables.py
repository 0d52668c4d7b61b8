"""What the steps of a pipeline are told of the environment, and whether they can do with it."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from assets.keys import ENDPOINT
from lifecycle.errors import LifecycleError
from orchestration.environments import CLUSTER, ENVIRONMENT, HOME, MLFLOW_URL
from orchestration.google import DATASET, FILES, LOCATION, MAX_BYTES, PRICE, PROJECT, SETTINGS

TRACKING = "MLFLOW_TRACKING_URI"
HANDED_ON = (
    *(ENVIRONMENT, PROJECT, LOCATION, DATASET, FILES, MAX_BYTES, PRICE, SETTINGS, CLUSTER),
    *(TRACKING, MLFLOW_URL, "FLYWHEEL_DAGSTER_URL"),
)
"""Variables that steps get as they are where the pipeline is compiled; none of them is a secret."""
OWN_HOME = "/tmp/flywheel"
"""Home of a step without a volume: gone with its container."""


def step_variables(
    told: Mapping[str, str], more: Mapping[str, str], *, home: str | None
) -> Mapping[str, str]:
    """Variables of every step.

    Args:
        told: of this process.
        more: what steps are told besides, or otherwise.
        home: where the volume is mounted; None: there is none.

    Raises:
        LifecycleError: one of them holds a password, which would stand in the pipeline for all to read.
    """
    handed = {name: told[name] for name in HANDED_ON if told.get(name)}
    found = {**handed, HOME: home or OWN_HOME, **more}
    for name, value in found.items():
        if "://" in value and urlsplit(value).password is not None:
            raise LifecycleError(
                f"{name} holds a password, and everybody who sees the pipeline would read it: leave it out "
                "of the address, and give the service account of the steps a right instead"
            )
    return found


def check_shared(variables: Mapping[str, str], through: str, *, volume: bool) -> None:
    """Refuse steps that would not find what those before them made.

    Args:
        variables: of the steps.
        through: the last stage.
        volume: whether they mount the same home.

    Raises:
        LifecycleError: all that lies on the disk of one step alone.
    """
    if volume:
        return
    problems = [
        *_of_the_lake(variables),
        *_of_the_registry(variables.get(TRACKING, "")),
        *(
            [f"`{ENDPOINT}` keeps its rollout and its manifest in the home: end with an earlier stage"]
            if through == ENDPOINT
            else []
        ),
    ]
    if problems:
        raise LifecycleError(
            "steps of a pipeline share no disk; name a volume with --claim, or mend this:\n  "
            + "\n  ".join(problems)
        )


def _of_the_lake(variables: Mapping[str, str]) -> Sequence[str]:
    if variables.get(ENVIRONMENT) != "gcp" or not variables.get(PROJECT):
        return [f"tables are kept on the disk: let {ENVIRONMENT} be gcp and {PROJECT} name a project"]
    if "://" not in variables.get(FILES, ""):
        return [f"files beside the tables are kept on the disk: let {FILES} be gs://BUCKET/FOLDER"]
    return []


def _of_the_registry(uri: str) -> Sequence[str]:
    if urlsplit(uri).scheme in ("http", "https"):
        return []
    return [f"versions are kept on the disk: let {TRACKING} name a server of MLflow"]
