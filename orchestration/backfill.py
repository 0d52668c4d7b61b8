"""`flywheel backfill`: an asset backfill from the command line, followed to its end.

Dagster's own command line has no asset backfill. This one goes through the GraphQL interface that the UI uses
and names the partitions of every asset itself: left alone, Dagster would add each later partition whose
training window reaches back into the range.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from assets.keys import TRIGGER_TAG, stage_key
from lifecycle.errors import LifecycleError

_LAUNCH = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on UnauthorizedError { message }
    ... on PartitionKeysNotFoundError { message }
  }
}
"""
BACKFILL_TAG = "dagster/backfill"
OPEN = ("REQUESTED", "CANCELING")
POLL_S = 2.0
# A daemon reports every 30 s. Dagster itself calls one healthy for minutes after it was killed.
SILENT_S = 75.0
Tell = Callable[[str], None]


def backfill_params(model: str, stages: Sequence[str], first: str, last: str) -> dict[str, Any]:
    """What the GraphQL interface is asked for.

    >>> params = backfill_params("m", ["model"], "2013-04", "2013-06")
    >>> params["partitionsByAssets"][0]["partitions"]
    {'range': {'start': '2013-04', 'end': '2013-06'}}
    """
    partitions = {"range": {"start": first, "end": last}}
    return {
        "partitionsByAssets": [
            {"assetKey": {"path": list(stage_key(model, stage).path)}, "partitions": partitions}
            for stage in stages
        ],
        "title": f"{model} {first} to {last}",
        "tags": [{"key": TRIGGER_TAG, "value": "backfill"}],
    }


def run_backfill(instance: dg.DagsterInstance, params: dict[str, Any], *, tell: Tell) -> bool:
    """Launch a backfill and follow it to its end; whether it succeeded.

    A daemon that runs already carries it out; where there is none, one runs for as long as the backfill does.

    Raises:
        LifecycleError: Dagster refused the backfill.
    """
    answer = _graphql(_LAUNCH, {"params": params})["launchPartitionBackfill"]
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise LifecycleError(f"Dagster refused the backfill: {answer.get('message', answer['__typename'])}")
    backfill_id = answer["backfillId"]
    tell(f"backfill {backfill_id} of {params['title']}")
    with ExitStack() as own:
        return _follow(instance, backfill_id, tell, start_daemon=lambda: own.enter_context(_daemon(tell)))


def daemon_is_silent(instance: dg.DagsterInstance, *, now: float) -> bool:
    """Whether no Dagster daemon of this instance gave a sign of life lately."""
    beats = instance.get_daemon_heartbeats().values()
    return all(now - beat.timestamp > SILENT_S for beat in beats)


def failures(instance: dg.DagsterInstance, backfill_id: str) -> Iterator[tuple[str, str]]:
    """Run id and first error of each failed run of a backfill."""
    failed = dg.RunsFilter(tags={BACKFILL_TAG: backfill_id}, statuses=[dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(failed):
        yield run.run_id, _first_error(instance, run.run_id)


def _follow(
    instance: dg.DagsterInstance, backfill_id: str, tell: Tell, *, start_daemon: Callable[[], object]
) -> bool:
    told: dict[str, str] = {}
    started = False
    while (state := instance.get_backfill(backfill_id)) is not None and state.status.value in OPEN:
        if not started and daemon_is_silent(instance, now=time.time()):
            start_daemon()
            started = True
        _tell_runs(instance, backfill_id, told, tell)
        time.sleep(POLL_S)
    _tell_runs(instance, backfill_id, told, tell)
    for run_id, error in failures(instance, backfill_id):
        tell(f"run {run_id[:8]} failed: {error}")
    return state is not None and state.status.value == "COMPLETED_SUCCESS"


def _tell_runs(instance: dg.DagsterInstance, backfill_id: str, told: dict[str, str], tell: Tell) -> None:
    """Tell of each run whose status changed."""
    for run in reversed(instance.get_runs(dg.RunsFilter(tags={BACKFILL_TAG: backfill_id}))):
        if told.get(run.run_id) != run.status.value:
            told[run.run_id] = run.status.value
            tell(f"  {_partitions(run)}: {run.status.value.lower()} ({run.run_id[:8]})")


def _partitions(run: dg.DagsterRun) -> str:
    stages = ", ".join(sorted(key.path[-1] for key in run.asset_selection or ()))
    first = run.tags.get("dagster/partition") or run.tags.get("dagster/asset_partition_range_start", "")
    last = run.tags.get("dagster/asset_partition_range_end", first)
    return f"{stages} {first}" if first == last else f"{stages} {first} to {last}"


def _first_error(instance: dg.DagsterInstance, run_id: str) -> str:
    for record in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        failure = record.dagster_event and record.dagster_event.step_failure_data
        if failure and failure.error:
            cause = failure.error.cause or failure.error
            return cause.message.strip().removeprefix("lifecycle.errors.LifecycleError: ")
    return "no step of it failed: see its log in the UI"


def _workspace() -> list[str]:
    """How Dagster's programs find the code location: as the UI does, so that both mean the same runs."""
    return (
        ["-w", "workspace.yaml"] if Path("workspace.yaml").exists() else ["-m", "orchestration.definitions"]
    )


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _graphql(query: str, variables: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "answer.json")
        command = [
            _program("dagster-graphql"),
            *_workspace(),
            "-t",
            query,
            "-v",
            json.dumps(variables),
            "-o",
            str(out),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0 or not out.exists():
            raise LifecycleError(f"Dagster did not answer: {(done.stderr or done.stdout).strip()[-500:]}")
        answer = json.loads(out.read_text())
    if errors := answer.get("errors"):
        raise LifecycleError(f"Dagster refused the question: {errors[0].get('message')}")
    data: dict[str, Any] = answer["data"]
    return data


@contextmanager
def _daemon(tell: Tell) -> Iterator[None]:
    """A Dagster daemon for the time of a backfill."""
    tell("no Dagster daemon is running: one is started for this backfill")
    log = Path(os.environ["DAGSTER_HOME"], "backfill-daemon.log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [_program("dagster-daemon"), "run", *_workspace()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
