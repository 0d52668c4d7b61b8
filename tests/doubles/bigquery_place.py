"""Where tests of BigQuery run: on the emulator, or in a project of Google Cloud that somebody named.

`FLYWHEEL_TESTS_ON_BIGQUERY` is `all` for all of the warehouse's suite on the emulator, and `project` for the
same suite in the project that `FLYWHEEL_TEST_PROJECT` names, with application default credentials. Without it
the core of the suite runs on the emulator.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resources.warehouse.bigquery.client import EMULATOR, STORAGE_EMULATOR, clients
from resources.warehouse.bigquery.warehouse import BigQueryWarehouse
from tests.doubles import bigquery_emulator

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

SUITE, PROJECT, LOCATION = "FLYWHEEL_TESTS_ON_BIGQUERY", "FLYWHEEL_TEST_PROJECT", "FLYWHEEL_TEST_LOCATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project, and the datasets of one run in it.

    Attributes:
        prefix: first word of the names of all datasets of the run.
    """

    project: str
    location: str | None = None
    prefix: str

    def warehouse(self, home: Path, files: Path, **told: Any) -> BigQueryWarehouse:
        """A warehouse with datasets of its own."""
        return BigQueryWarehouse(
            project=self.project,
            location=self.location,
            dataset=f"{self.prefix}_{uuid.uuid4().hex[:8]}",
            files=str(files),
            home=str(home),
            **told,
        )

    @property
    def client(self) -> "Client":
        """The client that warehouses here use."""
        return clients(self.project, self.location).jobs


def in_project(variables: Mapping[str, str]) -> bool:
    """Whether the suite is meant for a project, and not for the emulator."""
    return variables.get(SUITE) == "project"


def why_no_project(variables: Mapping[str, str], login: Callable[[], object]) -> str | None:
    """Why the suite cannot run in a project; None: it can.

    Args:
        login: finds application default credentials, or raises.
    """
    from google.auth.exceptions import DefaultCredentialsError

    if not variables.get(PROJECT):
        return f"{PROJECT} names no project of Google Cloud"
    try:
        login()
    except DefaultCredentialsError:
        return "no application default credentials: gcloud auth application-default login"
    return None


@contextmanager
def named_project(variables: Mapping[str, str]) -> Iterator[Place]:
    """A place in the project that was named. Every dataset that was made in it is deleted at the end."""
    place = Place(
        project=variables[PROJECT],
        location=variables.get(LOCATION),
        prefix=f"flywheel_test_{uuid.uuid4().hex[:8]}",
    )
    with pytest.MonkeyPatch.context() as patched:
        for name in (EMULATOR, STORAGE_EMULATOR):
            patched.delenv(name, raising=False)
        try:
            yield place
        finally:
            delete_datasets(place)


@contextmanager
def emulator(folder: Path) -> Iterator[Place]:
    """A place on the emulator, which forgets everything at the end."""
    with bigquery_emulator.running(folder) as running, pytest.MonkeyPatch.context() as patched:
        patched.setenv(EMULATOR, running.http)
        patched.setenv(STORAGE_EMULATOR, running.grpc)
        yield Place(project=bigquery_emulator.PROJECT, prefix=f"t{uuid.uuid4().hex[:8]}")


def delete_datasets(place: Place) -> None:
    """Delete the datasets of a run, and no others."""
    for dataset in list(place.client.list_datasets()):
        if dataset.dataset_id.startswith(f"{place.prefix}_"):
            place.client.delete_dataset(dataset.reference, delete_contents=True, not_found_ok=True)
