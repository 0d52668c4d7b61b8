"""Batches scored on Vertex AI: rows as a file in the staging folder, answers read back from there."""

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lifecycle.endpoint.batch.files import MissingAnswersError, instance_lines, read_answers
from lifecycle.endpoint.scorer import Score
from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding
from lifecycle.registry.bundle import ENCODING_FILE
from resources.batch.base import BatchJob, Progress
from resources.batch.vertex_job import BATCH_LABEL, Asked, batch_job, counts
from resources.vertex.api import VertexApi, VertexAwayError
from resources.vertex.job_judge import Limits, Ways, job_facts, judge, stage_of
from resources.vertex.jobs import Jobs
from resources.vertex.settings import BatchSettings, VertexSettings

if TYPE_CHECKING:
    import pyarrow as pa

CANCEL_S = 30
"""How long a cancelled run waits for a service that does not answer."""
WAYS = Ways(
    time_limit="batch.time_limit", memory="batch.machine", image="batch.image", machines="batch.machine"
)
ANSWERS, ERRORS = "prediction.results-", "prediction.errors"
"""How the names of the service's files begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexBatch:
    """The batch port on Vertex AI: a BatchPredictionJob with our serving image."""

    settings: VertexSettings
    batch: BatchSettings

    def score(
        self, job: BatchJob, batches: "Iterable[pa.RecordBatch]", *, progress: Progress
    ) -> Iterator[Sequence[Score]]:
        """See `Batch.score`; nothing is given before all is there."""
        if not job.rows:
            return
        api = VertexApi(settings=self.settings, patience_s=self.settings.patience.server)
        yield _Scoring(job, self, api, progress).run(batches)


class _Scoring:
    """One call of `score`."""

    def __init__(self, job: BatchJob, batch: VertexBatch, api: VertexApi, progress: Progress) -> None:
        self.job, self.api, self.progress = job, api, progress
        self.settings, self.batch = batch.settings, batch.batch
        self.jobs = Jobs(api, "batch_prediction_job")
        self.home = Staging(self.settings.staging).below("batch")
        self.live: str | None = None
        """Name of the job that may be running; None: there is none, or it has ended by itself."""

    def run(self, batches: "Iterable[pa.RecordBatch]") -> list[Score]:
        """Bring the rows, take up the job or create it, see it to its end and read the answers."""
        body = batch_job(self._staged(batches), self.settings, self.batch)
        if (left := self._left(body)) is not None:
            self.progress(f"{body['displayName']} was done by an earlier run: its answers are used")
            return left
        try:
            done = self._ended(self._adopted(body) or self._created(body))
            self.live = None
        except VertexAwayError:
            # It cannot be told to end, and may still run: the next run takes it up.
            raise
        except BaseException:  # a cancelled run, too
            if self.live is not None:
                self.api.patience_s = min(self.api.patience_s, CANCEL_S)
                # What cannot be cancelled is no reason to hide why we are here.
                with contextlib.suppress(LifecycleError):
                    self.jobs.cancel(self.live)
            raise
        return self._answers(done)

    def _staged(self, batches: "Iterable[pa.RecordBatch]") -> Asked:
        """Rows and bundle in the staging folder, each under the digest of its content."""
        job, features = self.job, Encoding.from_json(self.job.bundle.read_json(ENCODING_FILE)).names
        with TemporaryDirectory() as folder:
            file, digest = Path(folder, "instances.jsonl"), hashlib.sha256()
            with file.open("wb") as lines:
                for line in instance_lines(batches, features):
                    digest.update(line)
                    lines.write(line)
            name = f"{digest.hexdigest()[:32]}.jsonl"
            instances = self.home.below("instances")
            if not instances.has(name, file.stat().st_size):
                instances.upload(file, name)
        bundle = self.home.below("bundles", job.bundle.digest)
        bundle.send_folder(job.bundle.path)
        return Asked(
            model=job.model,
            version=job.version,
            digest=job.bundle.digest,
            name=job.name,
            instances=instances.below(name),
            bundle=bundle,
            answers=self.home.below("answers", f"{name.removesuffix('.jsonl')}-{job.bundle.digest[:12]}"),
        )

    def _left(self, body: dict[str, Any]) -> list[Score] | None:
        """The answers of a job that asked for the very same and ended well, where they are still there."""
        for job in self.jobs.found(BATCH_LABEL, body["labels"][BATCH_LABEL]):
            if job.state.name == "JOB_STATE_SUCCEEDED":
                with contextlib.suppress(LifecycleError):
                    return self._answers(job, patient=False)
        return None

    def _adopted(self, body: dict[str, Any]) -> str | None:
        """The job of an earlier run that asked for the very same; its label stands for all of the body."""
        taken = self.jobs.adopted(BATCH_LABEL, body["labels"][BATCH_LABEL], same={})
        if taken is None:
            return None
        self.live = str(taken.name)
        self.progress(f"{body['displayName']} was left by an earlier run: it is taken up")
        return self.live

    def _created(self, body: dict[str, Any]) -> str:
        what = f"create the batch prediction {body['displayName']}"
        self.live = self.jobs.create(body, label=BATCH_LABEL, what=what)
        self.progress(f"{body['displayName']} is submitted to {self.settings.location}")
        return self.live

    def _ended(self, name: str) -> Any:
        """The job at its good end.

        Raises:
            LifecycleError: it ended otherwise, or not in time; with what the service says.
        """
        limits = Limits(self.settings.patience, int(self.batch.time_limit), WAYS)
        stage, since, told = "", time.monotonic(), ""
        while True:
            job = self.jobs.get(name)
            facts = job_facts(job)
            if stage_of(facts) != stage:
                stage, since = stage_of(facts), time.monotonic()
            verdict = judge(facts, limits, waited_s=time.monotonic() - since)
            if verdict.told != told:
                self.progress(f"the batch prediction {verdict.told}")
            told = verdict.told
            if verdict.final:
                break
            time.sleep(self.settings.poll_s)
        if verdict.stage == "succeeded":
            return job
        if verdict.cause not in ("quota", "machines", "deadline"):
            self.live = None
        partial = list(job.partial_failures) if job is not None else []
        more = "".join(f"\n  {one.message}" for one in partial[:5])
        raise LifecycleError(
            f"scoring {self.job.name} of {self.job.model} by version {self.job.version} {verdict.told}{more}"
        )

    def _answers(self, done: Any, *, patient: bool = True) -> list[Score]:
        """Answers of a job, where every row has one.

        Raises:
            LifecycleError: a row has none, with what the container said of it.
        """
        there = Staging(done.output_info.gcs_output_directory)
        counted = counts(done)
        if wrong := {what: n for what, n in counted.items() if n and what != "answered"}:
            told = ", ".join(f"{n:,} {what}" for what, n in wrong.items())
            raise LifecycleError(
                f"of {self.job.rows:,} rows of {self.job.name} {told} by version {self.job.version}: nothing "
                f"is published.{self._said(there)}"
            )
        deadline = time.monotonic() + (self.settings.patience.ending if patient else 0)
        while True:
            try:
                return read_answers(_lines(there, ANSWERS), rows=self.job.rows)
            except MissingAnswersError:
                # A bucket may show files later than the job its end.
                if time.monotonic() >= deadline:
                    raise
            time.sleep(self.settings.poll_s)

    def _said(self, there: Staging) -> str:
        """The first errors that the service wrote beside the answers."""
        first = islice(_lines(there, ERRORS), 3)
        return "".join(f"\n  {line.decode(errors='replace')[:300]}" for line in first)


def _lines(there: Staging, begin: str) -> Iterator[bytes]:
    """Lines of the files whose names begin so, one file in memory at a time."""
    for name in there.names():
        if name.startswith(begin):
            yield from (there.read(name) or b"").splitlines()
