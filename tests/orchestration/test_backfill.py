"""What `flywheel backfill` asks Dagster for, and how it tells what came back."""

import json
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from lifecycle.errors import LifecycleError
from orchestration import backfill
from orchestration.backfill import SILENT_S, backfill_params, daemon_is_silent, run_backfill

NOW = 1_700_000_000.0


def test_every_asset_names_its_partitions() -> None:
    span = {"range": {"start": "2013-04", "end": "2013-06"}}
    assert backfill_params("flights", ["model", "evaluation"], "2013-04", "2013-06") == {
        "partitionsByAssets": [
            {"assetKey": {"path": ["flights", "model"]}, "partitions": span},
            {"assetKey": {"path": ["flights", "evaluation"]}, "partitions": span},
        ],
        "title": "flights 2013-04 to 2013-06",
        "tags": [{"key": "flywheel/trigger", "value": "backfill"}],
    }


@pytest.mark.parametrize(
    ("ages_s", "silent"),
    [
        pytest.param([], True, id="no daemon ever ran"),
        pytest.param([0.0], False, id="one reports right now"),
        pytest.param([SILENT_S], False, id="one reported within the time"),
        pytest.param([SILENT_S + 1], True, id="one was killed a while ago"),
        pytest.param([9999.0, 5.0], False, id="one of them lives"),
    ],
)
def test_daemon_is_silent(ages_s: list[float], silent: bool) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for number, age in enumerate(ages_s):
            instance.add_daemon_heartbeat(DaemonHeartbeat(NOW - age, f"DAEMON_{number}", "id", []))
        assert daemon_is_silent(instance, now=NOW) is silent


def stub_graphql(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program of ours in the place of `dagster-graphql`; `out` is the file it is asked to write."""
    program = folder / "dagster-graphql"
    head = f"#!{sys.executable}\nimport pathlib, sys\nout = pathlib.Path(sys.argv[-1])\n"
    program.write_text(f"{head}{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(backfill, "_program", lambda name: str(folder / name))


def answer(data: object) -> str:
    return f"out.write_text({json.dumps(json.dumps(data))})"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param(
            answer({"data": {"launchPartitionBackfill": {"__typename": "PythonError", "message": "full"}}}),
            "Dagster refused the backfill: full",
            id="an error with a message",
        ),
        pytest.param(
            answer({"data": {"launchPartitionBackfill": {"__typename": "InvalidSubsetError"}}}),
            "Dagster refused the backfill: InvalidSubsetError",
            id="an error without one",
        ),
        pytest.param(
            answer({"data": None, "errors": [{"message": "no such field"}]}),
            "Dagster refused the question: no such field",
            id="another Dagster",
        ),
        pytest.param(
            "sys.exit('the code location is broken')",
            "Dagster did not answer: the code location is broken",
            id="a location that does not load",
        ),
        pytest.param("print('usage')", "Dagster did not answer: usage", id="no answer written"),
    ],
)
def test_a_backfill_that_cannot_start_says_why(
    script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_graphql(tmp_path, monkeypatch, script)
    told: list[str] = []
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(LifecycleError) as caught:
        run_backfill(instance, backfill_params("m", ["model"], "a", "b"), tell=told.append)
    assert (str(caught.value), told) == (why, [])


def test_a_backfill_that_dagster_does_not_know_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    success = {"__typename": "LaunchBackfillSuccess", "backfillId": "gone"}
    stub_graphql(tmp_path, monkeypatch, answer({"data": {"launchPartitionBackfill": success}}))
    told: list[str] = []
    with dg.DagsterInstance.ephemeral() as instance:
        assert not run_backfill(instance, backfill_params("m", ["model"], "a", "b"), tell=told.append)
    assert told == ["backfill gone of m a to b"]


def test_failures_name_the_error_that_the_user_can_mend() -> None:
    @dg.asset
    def broken() -> None:
        raise LifecycleError("the lake is full: make room")

    with dg.DagsterInstance.ephemeral() as instance:
        tags = {backfill.BACKFILL_TAG: "b1"}
        failed = dg.materialize([broken], instance=instance, raise_on_error=False, tags=tags)
        found = list(backfill.failures(instance, "b1"))
    assert found == [(failed.run_id, "the lake is full: make room")]
