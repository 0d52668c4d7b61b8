"""The clients of BigQuery: application default credentials, or an emulator named by the environment."""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient, BigQueryWriteClient

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Address of an emulator, `http://host:port`. Google's own client reads this variable, too."""
STORAGE_EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"
"""`host:port` of the emulator's Storage APIs, over gRPC without TLS."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of one project."""

    jobs: "Client"
    storage: "BigQueryReadClient | None"
    """Reads large results as Arrow; None: an emulator has none, and all results come as JSON."""
    writer: "BigQueryWriteClient | None" = None
    """Appends rows; None: an emulator takes none, and rows are loaded as a file."""


def clients(project: str, location: str | None) -> Clients:
    """The clients of a project, made once a process.

    No query runs yet. Without an emulator the first call needs application default credentials.
    """
    return _clients(project, location, os.environ.get(EMULATOR), os.environ.get(STORAGE_EMULATOR))


@lru_cache(maxsize=8)
def _clients(project: str, location: str | None, emulator: str | None, storage: str | None) -> Clients:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.bigquery import Client
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient, BigQueryWriteClient

    # Google's packages say the types of most things, though not of these.
    reader: Any = BigQueryReadClient
    writer: Any = BigQueryWriteClient
    nobody: Any = AnonymousCredentials
    if emulator is None:
        jobs = Client(project=project, location=location)
        # The Storage API takes the credentials of the first client: one login, one identity.
        login = jobs._credentials
        return Clients(jobs, reader(credentials=login), writer(credentials=login))
    options = {"api_endpoint": emulator if "://" in emulator else f"http://{emulator}"}
    jobs = Client(project=project, location=location, credentials=nobody(), client_options=options)
    if storage is None:
        return Clients(jobs, None)
    import grpc

    channel = grpc.insecure_channel(storage)
    return Clients(
        jobs,
        reader(transport=reader.get_transport_class("grpc")(channel=channel)),
        writer(transport=writer.get_transport_class("grpc")(channel=channel)),
    )
