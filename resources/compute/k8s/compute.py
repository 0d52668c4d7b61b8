"""Training on a Kubernetes cluster: submitted, watched by our own poller, taken up again, cleared away."""

import contextlib
import http.client
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, RESULT_FILE, TrainingJob, TrainingResult
from resources.cluster.api import ApiAwayError, ApiRefusedError, ClusterApi
from resources.cluster.facts import PodFacts, job_facts, pod_facts
from resources.cluster.settings import ClusterSettings
from resources.compute.base import FinishedJob, Progress
from resources.compute.k8s.judge import RESUMED, Limits, Verdict, judge
from resources.compute.k8s.log import LogPosition
from resources.compute.k8s.manifest import KINDS, kind_of, manifest, service, submission
from resources.compute.k8s.pod import ATTEMPT_LABEL, DIGEST_ANNOTATION, JOB_LABEL, Submission
from resources.compute.local import LAST_LINES, finished, job_folder

FAILED_PODS_SHOWN = 3
CANCEL_S = 30
"""How long a cancelled run waits for an API server that does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class K8sCompute:
    """Runs `python -m lifecycle.training` in pods that see the jobs' folder at the same path as this process.

    A run that is cancelled deletes its job. The job of a run that was killed goes on, and the next run of the
    same name takes it up; if none comes it ends at its limits.
    """

    root: Path
    """Folder of the jobs' folders, on a volume that all pods mount."""
    settings: ClusterSettings

    def train(self, job: TrainingJob, name: str, *, progress: Progress) -> FinishedJob:
        """See `Compute.train`."""
        folder = job_folder(self.root, job.model, name)
        if (done := finished(job, folder)) is not None:
            progress("this very job was finished by an earlier run: its result is used")
            return FinishedJob(result=done, folder=folder)
        if not self.settings.holds(folder):
            raise LifecycleError(
                f"pods would not find {folder}: none of the volumes of the cluster's settings holds it; "
                "mount the claim with FLYWHEEL_HOME at the same path as here"
            )
        api = ClusterApi(
            namespace=self.settings.namespace,
            context=self.settings.context,
            patience_s=self.settings.patience.server,
        )
        return _Training(job, folder, self.settings, api, progress).run()

    def aside(self, folder: Path) -> Self:
        """See `Compute.aside`."""
        return replace(self, root=folder)


class _Training:
    """One call of `train`: the attempts at a job, one after the other."""

    def __init__(
        self,
        job: TrainingJob,
        folder: Path,
        settings: ClusterSettings,
        api: ClusterApi,
        progress: Progress,
    ) -> None:
        self.job, self.folder, self.settings, self.api = job, folder, settings, api
        self.progress = progress
        self.kind = KINDS[kind_of(job, settings)]
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.live: str | None = None
        """Name of the object that may be running; None: there is none, or it has ended by itself."""

    def run(self) -> FinishedJob:
        """Take up the job or submit it, and see it to its end; who is interrupted leaves nothing running."""
        try:
            return self._attempts()
        except ApiAwayError:
            # It cannot be told to end, and may still run: the next run takes it up.
            raise
        except BaseException:
            if self.live is not None:
                self.api.patience_s = min(self.api.patience_s, CANCEL_S)
                # What cannot be deleted ends at its limits; why we are here is what matters.
                with contextlib.suppress(LifecycleError):
                    self.api.delete(self.kind.group_version, self.kind.plural, self.live)
            raise

    def _attempts(self) -> FinishedJob:
        attempt = self._adopted() or self._submitted(1)
        while True:
            verdict = self._watched(attempt)
            if verdict.stage == "succeeded" or verdict.cause in _ENDED_BY_ITSELF:
                # It stays for a look with kubectl, until its time is over.
                self.live = None
            # A pod that was lost may have been replaced, or have written its result just before.
            result = self._result(patient=verdict.stage == "succeeded")
            if result is not None:
                return FinishedJob(result=result, folder=self.folder)
            if verdict.stage == "succeeded":
                raise LifecycleError(
                    f"training {self.job.model} ended well and left no whole {RESULT_FILE} in {self.folder}: "
                    "is the volume the same for the run and the pods?" + self._tail()
                )
            resumed = verdict.cause in RESUMED
            if not resumed or attempt.attempt >= self.job.attempts:
                often = f", for the last of {attempt.attempt} attempts" if resumed else ""
                raise LifecycleError(f"training {self.job.model} {verdict.told}{often}:{self._tail()}")
            self.progress(
                f"{attempt.name} {verdict.told}: attempt {attempt.attempt + 1} of {self.job.attempts}"
            )
            self._cleared(attempt.name)
            attempt = self._submitted(attempt.attempt + 1)

    def _watched(self, attempt: Submission) -> Verdict:
        seen = dict[str, PodFacts]()
        position = LogPosition()
        stage, since, told = "", time.monotonic(), ""
        limits = Limits(self.settings.patience, self.job.time_limit_s, self.job.nodes)
        while True:
            obj = self.api.get(self.kind.group_version, self.kind.plural, attempt.name)
            self._look(attempt, seen)
            facts, pods = job_facts(obj), list(seen.values())
            verdict = judge(facts, pods, limits, waited_s=time.monotonic() - since)
            if verdict.final:
                self._tell_log(seen, position)
                self._keep_last_lines(pods)
                return verdict
            if verdict.stage != stage:
                stage, since = verdict.stage, time.monotonic()
            if verdict.told != told and stage not in ("running", "ending"):
                self.progress(f"{attempt.name} {verdict.told}")
            told = verdict.told
            self._tell_log(seen, position)
            time.sleep(self.settings.poll_s)

    def _look(self, attempt: Submission, seen: dict[str, PodFacts]) -> None:
        """Bring what is known of the pods up to date; one that is no longer there stays, as it was last."""
        labels = {JOB_LABEL: attempt.key, ATTEMPT_LABEL: str(attempt.attempt)}
        now = {facts.name: facts for facts in map(pod_facts, self.api.find("v1", "pods", labels))}
        for name, facts in seen.items():
            if name not in now:
                seen[name] = replace(facts, gone=True)
        seen.update(now)

    def _tell_log(self, seen: dict[str, PodFacts], position: LogPosition) -> None:
        """New lines of the first rank; the others tell only when they fail."""
        first = [pod for pod in seen.values() if pod.rank == 0 and not pod.gone]
        if not first or (first[-1].waiting and first[-1].exit_code is None):
            return
        for line in position.unread(self.api.log(first[-1].name, since=position.last)):
            self.last.append(line)
            self.progress(line)

    def _keep_last_lines(self, pods: list[PodFacts]) -> None:
        """Last lines of ranks other than the first that failed by themselves."""
        failed = [pod for pod in pods if pod.rank > 0 and pod.exit_code and not pod.gone]
        for pod in failed[:FAILED_PODS_SHOWN]:
            lines = LogPosition().unread(self.api.log(pod.name, tail=LAST_LINES // FAILED_PODS_SHOWN))
            self.last.extend(f"[{pod.rank}] {line}" for line in lines)

    def _result(self, *, patient: bool) -> TrainingResult | None:
        """The result, where it is whole; a shared volume may show it a little later than the API its end."""
        deadline = time.monotonic() + (self.settings.patience.ending if patient else 0)
        while (result := finished(self.job, self.folder)) is None and time.monotonic() < deadline:
            time.sleep(self.settings.poll_s)
        return result

    def _adopted(self) -> Submission | None:
        """The attempt that an earlier run left running; what else is there of the job is cleared away."""
        asked = submission(self.job, self.folder, attempt=1)
        try:
            objects = self.api.find(self.kind.group_version, self.kind.plural, {JOB_LABEL: asked.key})
        except ApiRefusedError as exc:
            if exc.status != http.client.NOT_FOUND:
                raise
            raise LifecycleError(
                f"the cluster knows no {self.kind.kind} ({self.kind.group_version}): install its operator, "
                "or set `kind: job` in the cluster's settings"
            ) from exc
        running = [obj for obj in objects if self._runs(obj, asked.digest)]
        taken = max(running, key=_attempt_of, default=None)
        for obj in objects:
            if obj is not taken:
                self._cleared(obj["metadata"]["name"])
        if taken is None:
            return None
        attempt = submission(self.job, self.folder, attempt=_attempt_of(taken))
        self.live = attempt.name
        self._with_service(attempt, taken)
        self.progress(f"{attempt.name} was left by an earlier run: it is taken up")
        return attempt

    def _runs(self, obj: dict[str, Any], digest: str) -> bool:
        facts, meta = job_facts(obj), obj["metadata"]
        same = (meta.get("annotations") or {}).get(DIGEST_ANNOTATION) == digest
        return same and "deletionTimestamp" not in meta and not (facts.complete or facts.failed)

    def _submitted(self, number: int) -> Submission:
        """Write the job file and create the object, unless it is there already."""
        attempt = submission(self.job, self.folder, attempt=number)
        body = manifest(attempt, self.settings)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / RESULT_FILE).unlink(missing_ok=True)
            self.job.write(self.folder / JOB_FILE)
        except OSError as exc:
            raise LifecycleError(
                f"no job can be written to {self.folder}: {exc.strerror}; make room there"
            ) from exc
        self.live = attempt.name
        made = self.api.create(self.kind.group_version, self.kind.plural, body)
        if made is None:
            made = self.api.get(self.kind.group_version, self.kind.plural, attempt.name)
            if made is None or not self._runs(made, attempt.digest):
                # Another job of this name, which was on its way out: seen off, and tried once more.
                self._cleared(attempt.name)
                made = self.api.create(self.kind.group_version, self.kind.plural, body)
        if made is None:
            raise LifecycleError(f"{attempt.name} was created by somebody else just now: run again")
        self.progress(f"{self.kind.kind} {attempt.name} is submitted to {self.settings.namespace}")
        self._with_service(attempt, made)
        return attempt

    def _with_service(self, attempt: Submission, owner: dict[str, Any]) -> None:
        if (body := service(attempt, self.settings, owner)) is not None:
            self.api.create("v1", "services", body)

    def _cleared(self, name: str) -> None:
        """Delete an object and wait until its name is free."""
        deadline = time.monotonic() + self.settings.patience.ending
        self.api.delete(self.kind.group_version, self.kind.plural, name)
        while self.api.get(self.kind.group_version, self.kind.plural, name) is not None:
            if time.monotonic() > deadline:
                raise LifecycleError(
                    f"{self.kind.kind} {name} is not gone {self.settings.patience.ending} s after it was "
                    "deleted: look at its finalizers, then run again"
                )
            time.sleep(self.settings.poll_s)

    def _tail(self) -> str:
        return "".join(f"\n  {line}" for line in self.last)


_ENDED_BY_ITSELF = frozenset({"out of memory", "killed", "exit", "start", "evicted", "preempted", "rejected"})


def _attempt_of(obj: dict[str, Any]) -> int:
    number = (obj["metadata"].get("labels") or {}).get(ATTEMPT_LABEL, "")
    return int(number) if number.isdecimal() else 0
