"""What would happen next, for every state that a model can be in."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.approval import decide
from assets.keys import ENDPOINT, EVALUATION, launch_command
from assets.verdicts import GATES_TAG, JUDGED_TAG
from lifecycle.rollout.observations import Version
from lifecycle.rollout.record import Outcome, OutcomeKind, RolloutRecord
from orchestration.status import Facts, NextStep, next_step
from resources.serving.base import EndpointState
from tests.fakes.rollout_world import World, plan_with
from tests.fakes.versions import CHALLENGER, CHAMPION, MODEL, Line, registry

AT = datetime(2024, 5, 1, tzinfo=UTC)
A, B, C = "a" * 64, "b" * 64, "c" * 64
ANSWERS = EndpointState(
    model=MODEL,
    url="http://127.0.0.1:9",
    healthy=True,
    version="1",
    bundle_digest=A,
    known_by=AT,
    detail="pid 7",
)
DEPLOY, JUDGE = launch_command(MODEL, ENDPOINT), launch_command(MODEL, EVALUATION, partition="04")
CROWNED: Line = ("03", A, "pass", CHAMPION)
FAILED = {GATES_TAG: '{"auc_min": ["fail", "0.55 is below 0.6"], "ece_max": ["pass", "fine"]}'}
NOTHING = NextStep(kind="nothing", text="nothing: the champion is the newest version that passed")


@pytest.mark.parametrize(
    ("lines", "endpoint", "required", "step"),
    [
        pytest.param([CROWNED], ANSWERS, False, NOTHING, id="all is well"),
        pytest.param([CROWNED], ANSWERS, True, NOTHING, id="all is well, and approvals are asked for"),
        pytest.param([CROWNED, ("04", A, "pass", ())], ANSWERS, False, NOTHING,
                     id="a newer twin of the champion, the very same bundle"),
        pytest.param([CROWNED, ("02", B, "pass", ())], ANSWERS, False, NOTHING, id="a backfill of the past"),
        pytest.param([CROWNED, ("02", B, "fail", ())], ANSWERS, False, NOTHING,
                     id="a failure of the past is no news"),
        pytest.param([CROWNED], None, False,
                     NextStep(kind="restore_endpoint", text="the endpoint does not answer", command=DEPLOY),
                     id="never deployed here"),
        pytest.param([CROWNED, ("04", B, "pass", CHALLENGER)], replace(ANSWERS, healthy=False), False,
                     NextStep(kind="restore_endpoint", text="the endpoint does not answer", command=DEPLOY),
                     id="an outage comes before a challenger"),
        pytest.param([CROWNED], replace(ANSWERS, version="0", bundle_digest=C), False,
                     NextStep(kind="restore_endpoint", command=DEPLOY,
                              text="the endpoint answers with version 0, which is not the champion"),
                     id="another version answers"),
        pytest.param([CROWNED, ("04", B, "pass", CHALLENGER)], ANSWERS, False,
                     NextStep(kind="deploy", text="challenger 2 would be deployed", command=DEPLOY),
                     id="a challenger"),
        pytest.param([("04", B, "pass", CHALLENGER)], None, False,
                     NextStep(kind="deploy", text="challenger 1 would be deployed", command=DEPLOY),
                     id="the first challenger"),
        pytest.param([CROWNED, ("04", B, "pass", CHALLENGER)], ANSWERS, True,
                     NextStep(kind="approve", text="challenger 2 waits for approval",
                              command="flywheel approve orders 2 --reason ..."),
                     id="a challenger that needs an approval"),
        pytest.param([CROWNED, ("04", B, "fail", CHALLENGER)], ANSWERS, False,
                     NextStep(kind="not_deployable", text="challenger 2 may not be deployed: its gates say "
                              "'fail'; evaluate it again, or take its alias away"),
                     id="a challenger that was judged again and failed"),
        pytest.param([CROWNED, ("04", B, None, ())], ANSWERS, False,
                     NextStep(kind="evaluate", text="version 2 as of 04 was not evaluated", command=JUDGE),
                     id="a version that nobody judged"),
        pytest.param([CROWNED, ("04", B, "fail", ())], ANSWERS, False,
                     NextStep(kind="failed_gates", text="nothing: version 2 as of 04 did not pass its gates: "
                              "auc_min (fail): 0.55 is below 0.6"),
                     id="a version that failed"),
        pytest.param([CROWNED, ("04", B, "pass", ())], ANSWERS, False,
                     NextStep(kind="evaluate", text="version 2 as of 04 passed, but is no challenger: "
                              "judge it again", command=JUDGE),
                     id="killed between verdict and alias"),
    ],
)  # fmt: skip  # one case a line or two
def test_next_step(
    lines: list[Line], endpoint: EndpointState | None, required: bool, step: NextStep, tmp_path: Path
) -> None:
    versions = registry(tmp_path, lines, tags=FAILED).versions(MODEL)
    facts = Facts(model=MODEL, versions=versions, endpoint=endpoint, approval_required=required)
    assert next_step(facts) == step


def test_an_approved_challenger_is_next(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [CROWNED, ("04", B, "pass", CHALLENGER)])
    decide(tracking, MODEL, "2", "approved", reason="ok", actor="ann", at=AT)
    facts = Facts(model=MODEL, versions=tracking.versions(MODEL), endpoint=ANSWERS, approval_required=True)
    assert next_step(facts) == NextStep(kind="deploy", text="challenger 2 would be deployed", command=DEPLOY)


def test_a_champion_whose_bytes_were_changed_is_told(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [CROWNED])
    tracking.set_tags(MODEL, "1", {JUDGED_TAG: C})
    facts = Facts(model=MODEL, versions=tracking.versions(MODEL), endpoint=ANSWERS, approval_required=False)
    assert next_step(facts).text.startswith(
        "champion 1 could not be deployed again: its gates judged bundle ccc"
    )


def test_gates_that_were_edited_by_hand_leave_the_verdict(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("04", B, "fail", ())], tags={GATES_TAG: "[oops"})
    facts = Facts(model=MODEL, versions=tracking.versions(MODEL), endpoint=None, approval_required=False)
    assert next_step(facts).text == "nothing: version 1 as of 04 did not pass its gates: fail"


TWO = [CROWNED, ("04", B, "pass", CHALLENGER)]
TICK = f"flywheel tick {MODEL}"


def rolled(
    *, waits_for: str = "", outcome: OutcomeKind | None = None, closed: bool = False, stage: str = "smoke"
) -> RolloutRecord:
    """A rollout of version 2 against champion 1 that stands as told."""
    version = Version(version="2", digest=B)
    plan = plan_with(approval="full")
    world = World(plan=plan, champion=Version(version="1", digest=A), challenger=version)
    record = world.open()
    ended = Outcome(kind=outcome, verdict=None, reason="because") if outcome else None
    at = max(i for i, one in enumerate(plan.stages) if one.name == stage)
    state = record.state.model_copy(
        update={"stage": at, "waits_for": waits_for, "outcome": ended, "closed": closed}
    )
    return record.model_copy(update={"entries": (record.entries[0].model_copy(update={"state": state}),)})


@pytest.mark.parametrize(
    ("record", "endpoint", "step"),
    [
        pytest.param(None, ANSWERS,
                     NextStep(kind="rollout", command=TICK,
                              text="the rollout of challenger 2 begins with the next tick"), id="none yet"),
        pytest.param(rolled(waits_for="labels: 3 of 500"), ANSWERS,
                     NextStep(kind="rollout", command=TICK,
                              text="the rollout of version 2 goes on: it waits for labels: 3 of 500"),
                     id="open"),
        pytest.param(rolled(waits_for="the smoke test"), None,
                     NextStep(kind="rollout", command=TICK,
                              text="the rollout of version 2 goes on: it waits for the smoke test"),
                     id="it puts its endpoint back by itself"),
        pytest.param(rolled(stage="canary", waits_for="approval before full: `flywheel approve`"), ANSWERS,
                     NextStep(kind="approve", text="the rollout of version 2 waits for approval",
                              command=f"flywheel approve {MODEL} 2 --reason ..."), id="waits for a person"),
        pytest.param(rolled(outcome="rolled_back", closed=True), ANSWERS,
                     NextStep(kind="taken_back", command=f"flywheel retry {MODEL} --reason ...",
                              text="challenger 2 was rolled back: because; to try it again"),
                     id="taken back"),
        pytest.param(rolled(outcome="superseded", closed=True), ANSWERS,
                     NextStep(kind="rollout", command=TICK,
                              text="the rollout of challenger 2 begins with the next tick"),
                     id="superseded by an edit: it begins anew"),
        pytest.param(rolled(outcome="aborted", closed=True), replace(ANSWERS, healthy=False),
                     NextStep(kind="restore_endpoint", text="the endpoint does not answer", command=DEPLOY),
                     id="no rollout puts the endpoint back"),
    ],
)  # fmt: skip  # one case a line or two
def test_next_step_of_a_rollout(
    record: RolloutRecord | None, endpoint: EndpointState | None, step: NextStep, tmp_path: Path
) -> None:
    versions = registry(tmp_path, TWO).versions(MODEL)
    facts = Facts(
        model=MODEL,
        versions=versions,
        endpoint=endpoint,
        approval_required=False,
        rolled_out=True,
        rollout=record,
    )
    assert next_step(facts) == step
