"""The clients of BigQuery: application default credentials, or an emulator named by the environment."""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Address of an emulator, `http://host:port`. Google's own client reads this variable, too."""
STORAGE_EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"
"""`host:port` of the emulator's Storage API, over gRPC without TLS."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The two clients of one project."""

    jobs: "Client"
    storage: "BigQueryReadClient | None"
    """Reads large results as Arrow; None: an emulator has none, and all results come as JSON."""


def clients(project: str, location: str | None) -> Clients:
    """The clients of a project, made once a process.

    No query runs yet. Without an emulator the first call needs application default credentials.
    """
    return _clients(project, location, os.environ.get(EMULATOR), os.environ.get(STORAGE_EMULATOR))


@lru_cache(maxsize=8)
def _clients(project: str, location: str | None, emulator: str | None, storage: str | None) -> Clients:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

    if emulator is None:
        jobs = Client(project=project, location=location)
        # The Storage API keeps the credentials of the first client: one login, one identity.
        return Clients(jobs, BigQueryReadClient(credentials=jobs._credentials))
    options = {"api_endpoint": emulator if "://" in emulator else f"http://{emulator}"}
    jobs = Client(
        project=project, location=location, credentials=AnonymousCredentials(), client_options=options
    )
    return Clients(jobs, None if storage is None else _without_tls(storage))


def _without_tls(target: str) -> "BigQueryReadClient":
    import grpc
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
        BigQueryReadGrpcTransport,
    )

    return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=grpc.insecure_channel(target)))
