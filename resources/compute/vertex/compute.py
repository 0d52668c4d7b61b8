"""Training on Vertex AI: submitted, watched by our own poller, taken up again, cancelled with its run."""

import contextlib
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, RESULT_FILE, TrainingJob, TrainingResult
from resources.compute.base import FinishedJob, Progress
from resources.compute.local import LAST_LINES, finished, job_folder
from resources.compute.vertex.job import DIGEST_LABEL, JOB_LABEL, Submission, custom_job, submission
from resources.compute.vertex.log import JobLog
from resources.compute.vertex.tables import staged
from resources.compute.vertex.tuning import TunedSearch
from resources.vertex.api import VertexApi, VertexAwayError
from resources.vertex.job_judge import RESUMED, Limits, Verdict, job_facts, judge, stage_of
from resources.vertex.jobs import ATTEMPT_LABEL, Jobs
from resources.vertex.places import job_place
from resources.vertex.settings import TrainingSettings, TuningSettings, VertexSettings

CANCEL_S = 30
"""How long a cancelled run waits for a service that does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexCompute:
    """Runs `python -m lifecycle.training` in a CustomJob, with its files in the staging folder.

    A run that is cancelled cancels its job. The job of a run that was killed goes on, and the next run of the
    same name takes it up; if none comes it ends at its time limit.
    """

    root: Path
    """Folder of the jobs' folders on this machine, where results are brought."""
    settings: VertexSettings
    training: TrainingSettings

    def train(self, job: TrainingJob, name: str, *, progress: Progress) -> FinishedJob:
        """See `Compute.train`."""
        folder = job_folder(self.root, job.model, name)
        if (done := finished(job, folder)) is not None:
            progress("this very job was finished by an earlier run: its result is used")
            return FinishedJob(result=done, folder=folder)
        api = VertexApi(settings=self.settings, patience_s=self.settings.patience.server)
        if job.search is not None and self.training.tuning is not None:
            return self._tuned(job, self.training.tuning, folder, api, progress)
        return _Training(job, folder, self, api, progress).run()

    def aside(self, folder: Path) -> Self:
        """See `Compute.aside`."""
        return replace(self, root=folder)

    def _tuned(
        self, job: TrainingJob, tuning: TuningSettings, folder: Path, api: VertexApi, progress: Progress
    ) -> FinishedJob:
        """Let the service search, then train with the best parameters as if the job had named them."""
        there = job_place(self.settings, self.root, job.model, folder.name).below("search")
        tables = Staging(self.settings.staging).below("tables")
        found = TunedSearch(api, self.training, there, progress).run(staged(job, tables), tuning)
        told = ", ".join(f"{name} {value}" for name, value in found.parameters.items())
        progress(f"search: best is trial {found.best} ({told})")
        fit = job.model_copy(update={"search": None, "parameters": {**job.parameters, **found.parameters}})
        done = finished(fit, folder) or _Training(fit, folder, self, api, progress).run().result
        result = done.model_copy(update={"search": found})
        # The job last: until then the folder holds the fit alone, and the next run goes on from there.
        result.write(folder / RESULT_FILE)
        job.write(folder / JOB_FILE)
        return FinishedJob(result=result, folder=folder)


class _Training:
    """One call of `train`: the attempts at a job, one after the other."""

    def __init__(
        self, job: TrainingJob, folder: Path, compute: VertexCompute, api: VertexApi, progress: Progress
    ) -> None:
        self.own, self.folder, self.api, self.progress = job, folder, api, progress
        self.jobs = Jobs(api, "custom_job")
        self.settings, self.training = compute.settings, compute.training
        self.tables = Staging(self.settings.staging).below("tables")
        self.there = job_place(self.settings, compute.root, job.model, folder.name)
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.live: str | None = None
        """Name of the job that may be running; None: there is none, or it has ended by itself."""

    def run(self) -> FinishedJob:
        """Take up the job or submit it, and see it to its end; who is interrupted leaves nothing running."""
        try:
            self.job = staged(self.own, self.tables)
            if (left := self._left()) is not None:
                self.progress("this very job was finished while nobody watched: its result is used")
                return FinishedJob(result=left, folder=self.folder)
            return self._attempts()
        except VertexAwayError:
            # It cannot be told to end, and may still run: the next run takes it up.
            raise
        except BaseException:  # a cancelled run, too
            if self.live is not None:
                self.api.patience_s = min(self.api.patience_s, CANCEL_S)
                # What cannot be cancelled ends at its time limit; why we are here is what matters.
                with contextlib.suppress(LifecycleError):
                    self.jobs.cancel(self.live)
            raise

    def _attempts(self) -> FinishedJob:
        attempt, name = self._adopted() or self._submitted(1)
        while True:
            verdict = self._watched(attempt, name)
            if verdict.cause not in ("quota", "machines", "deadline") or verdict.stage == "succeeded":
                self.live = None
            # A machine that was taken back may have written its result just before.
            result = self._result(patient=verdict.stage == "succeeded")
            if result is not None:
                return FinishedJob(result=result, folder=self.folder)
            if verdict.stage == "succeeded":
                raise LifecycleError(
                    f"training {self.own.model} ended well and left no whole {RESULT_FILE} in "
                    f"{self.there.url}: do containers see that folder?" + self._tail()
                )
            resumed = verdict.cause in RESUMED
            if not resumed or attempt.attempt >= self.own.attempts:
                often = f", for the last of {attempt.attempt} attempts" if resumed else ""
                raise LifecycleError(f"training {self.own.model} {verdict.told}{often}:{self._tail()}")
            self.progress(
                f"{attempt.name} {verdict.told}: attempt {attempt.attempt + 1} of {self.own.attempts}"
            )
            attempt, name = self._submitted(attempt.attempt + 1)

    def _watched(self, attempt: Submission, name: str) -> Verdict:
        log = JobLog(self.api, name.rsplit("/", 1)[1])
        limits = Limits(self.settings.patience, self.own.time_limit_s)
        stage, since, told, looked = "", time.monotonic(), "", -self.training.log_every
        while True:
            facts = job_facts(self.jobs.get(name))
            if stage_of(facts) != stage:
                stage, since = stage_of(facts), time.monotonic()
            verdict = judge(facts, limits, waited_s=time.monotonic() - since)
            if verdict.final:
                break
            if verdict.told != told and stage != "running":
                self.progress(f"{attempt.name} {verdict.told}")
            told = verdict.told
            if stage == "running" and time.monotonic() - looked >= self.training.log_every:
                self._tell(log)
                looked = time.monotonic()
            time.sleep(self.settings.poll_s)
        self._tell(log)
        # The last lines come to the log a little after the end of the job.
        time.sleep(min(self.settings.poll_s, 5.0))
        self._tell(log)
        return verdict

    def _tell(self, log: JobLog) -> None:
        before = log.problem
        for line in log.unread():
            self.last.append(line)
            self.progress(line)
        if log.problem and log.problem != before:
            self.progress(f"the job's lines cannot be shown: {log.problem}")

    def _result(self, *, patient: bool) -> TrainingResult | None:
        """The result, brought here where it is whole; a bucket may show it later than the job its end."""
        deadline = time.monotonic() + (self.settings.patience.ending if patient else 0)
        while (result := self._fetched()) is None and time.monotonic() < deadline:
            time.sleep(self.settings.poll_s)
        return result

    def _left(self) -> TrainingResult | None:
        """The whole result of this very job that a killed run could not bring here any more."""
        content = self.there.read(JOB_FILE)
        try:
            if content is None or TrainingJob.model_validate_json(content) != self.job:
                return None
        except ValidationError:
            return None  # of other code, or half of it: the job is run
        return self._fetched()

    def _fetched(self) -> TrainingResult | None:
        content = self.there.read(RESULT_FILE)
        if content is None:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / RESULT_FILE).write_bytes(content)
        try:
            result = TrainingResult.read(self.folder / RESULT_FILE)
        except LifecycleError:
            return None  # half of it: looked at again
        self.own.write(self.folder / JOB_FILE)
        for file in result.files:
            self.there.download(file, self.folder / file)
        return finished(self.own, self.folder)

    def _adopted(self) -> tuple[Submission, str] | None:
        """The attempt that an earlier run left, running or finished; other jobs of the name are cancelled."""
        asked = submission(self.job, self.there, attempt=1)
        taken = self.jobs.adopted(JOB_LABEL, asked.key, same={DIGEST_LABEL: asked.digest})
        if taken is None:
            return None
        attempt = submission(self.job, self.there, attempt=int(taken.labels.get(ATTEMPT_LABEL, "1")))
        self.live = taken.name
        self.progress(f"{attempt.name} was left by an earlier run: it is taken up")
        return attempt, taken.name

    def _submitted(self, number: int) -> tuple[Submission, str]:
        """Write the job file and create the job."""
        asked = submission(self.job, self.there, attempt=number)
        body = custom_job(asked, self.settings, self.training)
        self.there.remove(RESULT_FILE)
        self.there.write(JOB_FILE, self.job.to_json().encode())
        self.live = self.jobs.create(body, label=JOB_LABEL, what=f"create the job {asked.name}")
        self.progress(f"the job {asked.name} is submitted to {self.settings.location}")
        return asked, self.live

    def _tail(self) -> str:
        return "".join(f"\n  {line}" for line in self.last)
