"""A search led by Vertex AI: a HyperparameterTuningJob, and what came of its trials."""

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.search import SearchRange
from lifecycle.training.job import JOB_FILE, TrainingJob
from lifecycle.training.search.best import best_trial
from lifecycle.training.search.metrics import SEARCH_METRICS
from lifecycle.training.search.records import SearchJob, SearchResult, TrialResult
from lifecycle.training.search.study import frozen_trial, search_result
from lifecycle.training.search.trial import TRIALS, read_parameters
from resources.compute.base import Progress
from resources.compute.vertex.job import DIGEST_LABEL, JOB_LABEL, submission
from resources.compute.vertex.tuning_job import tuning_job
from resources.vertex.api import VertexApi, VertexAwayError
from resources.vertex.job_judge import Limits, job_facts, judge, stage_of
from resources.vertex.jobs import Jobs
from resources.vertex.settings import TrainingSettings, TuningSettings, VertexSettings

CANCEL_S = 30
FOLDER_LABEL = "flywheel-folder"
"""Name of a search's own folder: the service numbers the trials of each search from 1."""
OVER = "over"
"""File in it, with the name of the job: its time was over, and that it was cancelled is our doing."""


class TunedSearch:
    """One search.

    Args:
        api: of the region.
        training: settings, with those for `tuning`.
        there: folder of the job's searches in the staging folder.
        progress: told how it goes.
    """

    def __init__(
        self, api: VertexApi, training: TrainingSettings, there: Staging, progress: Progress
    ) -> None:
        self._api, self._training, self._there, self._progress = api, training, there, progress
        self._settings: VertexSettings = api.settings
        self._jobs = Jobs(api, "hyperparameter_tuning_job")
        self._live: str | None = None

    def run(self, job: TrainingJob, tuning: TuningSettings) -> SearchResult:
        """The trials of a job's search, and the best of them.

        Args:
            job: as containers see it, with its search.
            tuning: how it is led.

        Raises:
            LifecycleError: the search cannot be told to the service, or no trial came to its end.
        """
        search = job.search
        assert search is not None, "whoever asks for trials has looked"
        # Rows are read by every trial anew, each on one machine.
        asked = submission(job.model_copy(update={"nodes": 1, "count": 1}), self._there, attempt=1)
        token = uuid4().hex[:16]
        own = self._there.below(token)
        body = tuning_job(replace(asked, folder=own), self._settings, self._training, tuning)
        body["labels"] = {**body["labels"], FOLDER_LABEL: token}
        try:
            found = self._found(asked.key, asked.digest)
            if found is not None:
                own, self._live = self._own(found), str(found.name)
                self._progress("search: that of an earlier run is taken up")
            else:
                own.write(JOB_FILE, job.to_json().encode())
                what = f"create the search {asked.name}"
                self._live = self._jobs.create(body, label=JOB_LABEL, what=what)
                self._progress(f"search: {search.trials} trials are submitted to {self._settings.location}")
            done = self._ended(self._live, own, job, search)
        except VertexAwayError:
            raise
        except BaseException:  # a cancelled run, too
            if self._live is not None:
                self._api.patience_s = min(self._api.patience_s, CANCEL_S)
                with contextlib.suppress(LifecycleError):
                    self._jobs.cancel(self._live)
            raise
        return self._result(job, search, done, own)

    def _own(self, job: Any) -> Staging:
        """Folder of a search; those of earlier releases had none of their own."""
        told = job.labels.get(FOLDER_LABEL)
        return self._there.below(told) if told else self._there

    def _found(self, key: str, digest: str) -> Any | None:
        """The search of an earlier run: the live one, or one that is done and of which something came."""
        taken = self._jobs.adopted(JOB_LABEL, key, same={DIGEST_LABEL: digest})
        if taken is None:
            same = (one for one in self._jobs.found(JOB_LABEL, key) if one.labels.get(DIGEST_LABEL) == digest)
            taken = next((one for one in same if self._is_done(one)), None)
        return taken

    def _is_done(self, job: Any) -> bool:
        """Whether a search came to its end, or to that of its time, and a trial to its own."""
        state, own = job.state.name.removeprefix("JOB_STATE_"), self._own(job)
        over = state in ("CANCELLING", "CANCELLED") and _was_over(own, job.name)
        return (state == "SUCCEEDED" or over) and bool(own.below(TRIALS).names())

    def _ended(self, name: str, own: Staging, job: TrainingJob, search: SearchJob) -> Any:
        limits = Limits(self._settings.patience, job.time_limit_s * search.trials)
        began = since = time.monotonic()
        stage, told, asked, over = "", 0, False, _was_over(own, name)
        while True:
            found = self._jobs.get(name)
            facts = job_facts(found)
            if stage_of(facts) != stage:
                stage, since = stage_of(facts), time.monotonic()
            verdict = judge(facts, limits, waited_s=time.monotonic() - since)
            done = _over(found)
            for trial in done[told:]:
                self._progress(f"search: {_line(trial, search)}")
            told = len(done)
            if verdict.final:
                break
            if (
                not over
                and search.time_limit_s is not None
                and time.monotonic() - began > search.time_limit_s
            ):
                over = True
                # First: a run that is killed now leaves a search that the next one must know as ended.
                own.write(OVER, name.encode())
                self._progress(f"search: its time is over after {told} of {search.trials} trials")
            if over and not asked:
                asked = True
                self._jobs.cancel(name)
            time.sleep(self._settings.poll_s)
        if verdict.stage != "succeeded" and not (over and verdict.cause == "cancelled" and found is not None):
            if verdict.cause not in ("quota", "machines", "deadline"):
                self._live = None
            raise LifecycleError(f"the search of {job.model} {verdict.told}{_reasons(found)}")
        self._live = None
        return found

    def _result(self, job: TrainingJob, search: SearchJob, done: Any, own: Staging) -> SearchResult:
        direction = SEARCH_METRICS[job.task][search.metric]
        left = own.below(TRIALS)
        trials = sorted((_trial(one, search, left) for one in _over(done)), key=lambda one: one.number)
        best = best_trial(trials, direction)
        frozen = [frozen_trial(trial, search.space) for trial in trials if trial.state == "complete"]
        return search_result(search, direction, best, trials, frozen)


def _was_over(own: Staging, name: str) -> bool:
    """Whether the time of a search was over."""
    return own.read(OVER) == name.encode()


def _trial(told: Any, search: SearchJob, left: Staging) -> TrialResult:
    """What a trial left, else what the service says of it."""
    parameters, content = _parameters(told, search.space), left.read(f"{told.id}.json")
    try:
        if content is not None:
            found = TrialResult.model_validate_json(content)
            if _alike(found.parameters, parameters):
                return found.model_copy(update={"number": int(told.id) - 1})
    except ValidationError:
        pass  # half of it, or of other code: the service knows the score
    reports = list(told.final_measurement.metrics) if told.final_measurement else []
    stopped = told.state.name == "SUCCEEDED" and bool(reports)
    return TrialResult(
        number=int(told.id) - 1,
        state="pruned" if stopped else "failed",
        parameters=parameters,
        value=float(reports[0].value) if stopped else None,
        best_round=None,
        reason="" if stopped else (told.infeasible_reason or "it left no result: see its log"),
    )


def _alike(one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> bool:
    """Whether parameters are the same, numbers but for what is lost when they travel as text.

    >>> _alike({"eta": 0.1, "depth": 3}, {"eta": 0.1 + 1e-12, "depth": 3}), _alike({"eta": 0.1}, {"eta": 0.2})
    (True, False)
    """
    return one.keys() == other.keys() and all(_is_close(value, other[name]) for name, value in one.items())


def _is_close(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12)


def _over(job: Any) -> Sequence[Any]:
    """Trials that have ended."""
    trials = list(job.trials) if job is not None else []
    return [trial for trial in trials if trial.state.name in ("SUCCEEDED", "INFEASIBLE")]


def _parameters(trial: Any, space: Mapping[str, SearchRange]) -> dict[str, Scalar]:
    told = {one.parameter_id: one.value for one in trial.parameters}
    try:
        return read_parameters([f"--{name}={_text(value)}" for name, value in told.items()], space)
    except LifecycleError:
        return {name: _text(value) for name, value in told.items()}


def _text(value: Any) -> str:
    plain = getattr(value, "string_value", None) or getattr(value, "number_value", value)
    return str(plain)


def _line(trial: Any, search: SearchJob) -> str:
    told = ", ".join(f"{one.parameter_id} {_text(one.value)}" for one in trial.parameters)
    metrics = list(trial.final_measurement.metrics) if trial.final_measurement else []
    came = f"{search.metric} {metrics[0].value:.5f}" if metrics else trial.infeasible_reason or "no score"
    return f"trial {int(trial.id) - 1} {trial.state.name.lower()}, {came} ({told})"


def _reasons(job: Any) -> str:
    failed = [one for one in _over(job) if one.infeasible_reason]
    return "".join(f"\n  trial {int(one.id) - 1}: {one.infeasible_reason}" for one in failed[:3])
