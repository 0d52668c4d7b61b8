"""`python -m lifecycle.training.search.trial FOLDER --eta=0.1 ...`: a trial of a search that others lead.

For services that choose parameters themselves, such as Vertex AI. The job file in the folder names the space;
what came of the trial goes to `trials/` beside it, and its score to the file that the service reads.
"""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.search import SearchRange
from lifecycle.training.job import JOB_FILE, PREEMPTED, TrainingJob
from lifecycle.training.preemption import PreemptedError, end_by_sigterm
from lifecycle.training.run import ready_attempt
from lifecycle.training.search.records import TrialResult
from lifecycle.training.search.study import report_every
from lifecycle.training.trainer import Progress
from lifecycle.training.window import read_window

TRIALS = "trials"
TRIAL_ID, METRIC_FILE = "CLOUD_ML_TRIAL_ID", "CLOUD_ML_HP_METRIC_FILE"
"""Variables of the service: number of the trial, from 1; file that it reads scores from."""
DEFAULT_METRIC_FILE = "/tmp/hypertune/output.metrics"
KEPT_REPORTS = 100
FAILED = 2
"""Exit code of a trial that cannot be fit; its message is the last thing printed."""
Report = Callable[[int, float], None]
"""Told of the rounds that were fit, and of the metric then."""


def spelled(value: Scalar) -> str:
    """A value of a choice as a service passes it on.

    >>> spelled(True), spelled(3), spelled("hist")
    ('true', '3', 'hist')
    """
    return value if isinstance(value, str) else json.dumps(value)


def read_parameters(arguments: Sequence[str], space: Mapping[str, SearchRange]) -> dict[str, Scalar]:
    """Parameters of a trial from `--name=value` arguments.

    Raises:
        LifecycleError: not each parameter of the space has a value that it holds.
    """
    told = dict(argument.removeprefix("--").partition("=")[::2] for argument in arguments)
    if told.keys() != space.keys():
        raise LifecycleError(
            f"a trial of {', '.join(sorted(space))} was started with {', '.join(sorted(told))}"
        )
    return {name: _value(name, told[name], values) for name, values in space.items()}


def _value(name: str, text: str, values: SearchRange) -> Scalar:
    if values.choice is not None:
        known = {spelled(value): value for value in values.choice}
        if text in known:
            return known[text]
    else:
        low, high = values.int or values.float or (0, 0)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if values.int is None and (math.isclose(number, low) or math.isclose(number, high)):
            return min(max(number, low), high)  # an end, after logarithms and text
        if low <= number <= high and (values.int is None or number.is_integer()):
            return int(number) if values.int is not None else number
    raise LifecycleError(f"a trial was started with {name} {text!r:.80}, which the space does not hold")


def run_trial(workdir: Path, arguments: Sequence[str], *, progress: Progress, report: Report) -> TrialResult:
    """Fit and score one set of parameters.

    Args:
        workdir: folder with the job file.
        arguments: of the trial.
        progress: told of every line.
        report: told of the score as the fit goes on, and of the one that counts, last.

    Raises:
        LifecycleError: the job cannot be read, asks for no search, or its parameters cannot be fit.
    """
    job = TrainingJob.read(workdir / JOB_FILE)
    if (search := job.search) is None:
        raise LifecycleError(f"the job in {workdir} asks for no search")
    parameters, started = read_parameters(arguments, search.space), time.monotonic()
    window = read_window(job, progress=progress)
    fit, validation = window.part(window.split.fit), window.part(window.split.validation)
    curve: list[tuple[int, float]] = []

    def watch(rounds: int, value: float) -> bool:
        if not math.isfinite(value):
            raise LifecycleError(f"the score is {value} after {rounds} rounds")
        if rounds % report_every(job.rounds) == 0:
            curve.append((rounds, value))
            report(rounds, value)
        return False

    with ready_attempt(window, search, fit, validation, threads=job.threads) as attempt:
        done = attempt(parameters, watch=watch)
    if not math.isfinite(done.value):
        raise LifecycleError(f"the score is {done.value}")
    # Last, and later than any round: the service takes the last report for the trial's.
    report(job.rounds + 1, done.value)
    return TrialResult(
        number=max(0, int(os.environ.get(TRIAL_ID, "1")) - 1),
        state="complete",
        parameters=parameters,
        value=done.value,
        best_round=done.best_round,
        curve=tuple(curve),
        seconds=round(time.monotonic() - started, 3),
    )


class MetricFile:
    """The file that Vertex AI reads scores from, in the form in which `cloudml-hypertune` writes it.

    Args:
        path: of the file.
        metric: its name in the study.
        trial: number of the trial, as the service gave it.
    """

    def __init__(self, path: Path, metric: str, trial: str) -> None:
        self._path, self._metric, self._trial = path, metric, trial
        self._lines: list[str] = []

    def __call__(self, rounds: int, value: float) -> None:
        """Report a score; the file is whole at any time."""
        told = {
            "timestamp": time.time(),
            "trial": self._trial,
            self._metric: str(value),
            "global_step": str(rounds),
            "checkpoint_path": "",
        }
        self._lines = [*self._lines, json.dumps(told, sort_keys=True) + "\n"][-KEPT_REPORTS:]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(f"{self._path.name}.tmp")
        aside.write_text("".join(self._lines))
        aside.replace(self._path)


def main(arguments: Sequence[str]) -> int:
    """Run one trial; progress goes to standard output."""
    end_by_sigterm()
    workdir, trial = Path(arguments[0]), os.environ.get(TRIAL_ID, "1")
    try:
        search = TrainingJob.read(workdir / JOB_FILE).search
        path = Path(os.environ.get(METRIC_FILE) or DEFAULT_METRIC_FILE)
        report = MetricFile(path, search.metric if search else "", trial)
        result = run_trial(workdir, arguments[1:], progress=_told, report=report)
    except PreemptedError as exc:
        print(exc, flush=True)
        return PREEMPTED
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    file = workdir / TRIALS / f"{trial}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.part")
    aside.write_text(result.model_dump_json())
    aside.replace(file)
    return 0


def _told(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
