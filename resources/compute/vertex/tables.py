"""Feature tables where containers find them: each is brought there under the digest of its content.

That is done once, and again before the bucket would delete it while a job waits or runs.
"""

from datetime import timedelta
from pathlib import Path

from lifecycle.endpoint.staging import Staging, digest_of
from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob
from resources.compute.vertex.job import as_mounted

RENEWED = timedelta(days=60)
"""Age of a table that is brought again. `deploy/terraform/storage.tf` deletes those of 90 days: what a job is
given stays for 30 days at least."""


def staged(job: TrainingJob, tables: Staging) -> TrainingJob:
    """The job with its tables in the staging folder; those in a bucket already stay where they are.

    Args:
        job: as the run made it.
        tables: folder of all tables that were brought.

    Raises:
        LifecycleError: a table cannot be read, or the folder cannot be written.
    """
    return as_mounted(job, [_brought(table, tables) for table in job.tables])


def _brought(table: str, tables: Staging) -> str:
    if table.startswith("gs://"):
        return Staging(table).mounted
    file = Path(table)
    try:
        name, size = f"{digest_of(file)}{file.suffix}", file.stat().st_size
    except OSError as exc:
        raise LifecycleError(
            f"the feature table {file} cannot be read: {exc.strerror}; materialize it again"
        ) from exc
    age = tables.age(name, size)
    if age is None or age >= RENEWED:
        tables.upload(file, name)
    return tables.below(name).mounted
