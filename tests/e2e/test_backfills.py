"""Backfills from the command line: each as-of partition trains on what was known then."""

import dagster as dg
import pytest

from assets.keys import EVALUATION, MODEL
from tests.e2e.life import NAME, NEWEST, WEEKS, Life
from tests.fakes.running import wait_for

pytestmark = pytest.mark.e2e
FIRST, LAST = WEEKS[1], WEEKS[2]


def test_flywheel_backfill_brings_its_own_daemon_and_prints_the_walk_forward_table(life: Life) -> None:
    stages = [f"--stage={stage}" for stage in (MODEL, EVALUATION)]
    done = life.command("flywheel", "backfill", NAME, "--from", FIRST, "--to", LAST, *stages)
    assert done.returncode == 0, done.stdout + done.stderr
    head, *rows = done.stdout.splitlines()[-4:]
    assert head.split()[:5] == ["as", "of", "version", "verdict", "auc"]
    # One row a version, by as-of; the newest has no later week to be measured on.
    found = {row.split()[0]: row.split() for row in rows}
    assert list(found) == [FIRST, LAST, NEWEST]
    assert [row[2] for row in found.values()] == ["pass"] * 3
    assert found[FIRST][-1] != "-" and found[LAST][-1] != "-" and found[NEWEST][-1] == "-"
    assert_the_newest_stayed_champion(life)
    wait_for(lambda: life.processes() == [], seconds=30, every_s=0.2)


def test_dagster_job_backfill_runs_each_partition(life: Life) -> None:
    daemon = life.start("dagster-daemon", "run", "-w", "workspace.yaml")
    try:
        backfill = ("dagster", "job", "backfill", "-w", "workspace.yaml", "-j", NAME, "--noprompt")
        done = life.command(*backfill, "--from", FIRST, "--to", LAST)
        assert done.returncode == 0, done.stderr
        # Each look opens the instance: more of them would take a core from what is waited for.
        wait_for(lambda: len(finished(life)) == 2, seconds=500, every_s=2)
    finally:
        daemon.terminate()
        daemon.wait(30)
    assert finished(life) == {FIRST: dg.DagsterRunStatus.SUCCESS, LAST: dg.DagsterRunStatus.SUCCESS}
    assert_the_newest_stayed_champion(life)


def finished(life: Life) -> dict[str, dg.DagsterRunStatus]:
    """Partition -> status of the finished runs of the model's job."""
    with life.instance() as instance:
        runs = instance.get_runs(dg.RunsFilter(job_name=NAME))
    return {run.tags["dagster/partition"]: run.status for run in runs if run.is_finished}


def assert_the_newest_stayed_champion(life: Life) -> None:
    aliases = {version.as_of: (version.verdict, version.aliases) for version in life.versions()}
    assert aliases == {FIRST: ("pass", ()), LAST: ("pass", ()), NEWEST: ("pass", ("champion",))}
