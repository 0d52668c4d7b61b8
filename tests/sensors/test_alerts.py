"""What people are told by ticks: of all that is wrong, once, and never so that a tick breaks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned

from assets.keys import DATA, DRIFT, EVALUATION, PERFORMANCE, stage_key
from assets.links import DAGSTER_URL
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.telling import Condition, Told
from resources.alerts.base import AlertNotDelivered, Message
from resources.serving.base import EndpointState
from sensors.alert_conditions import of_drift
from sensors.alerts import ASK_S, SEND_S, Cursor, alert_sensor, read_cursor, write_cursor
from sensors.gathered import Unknown
from tests.fakes.orders import orders_spec
from tests.fakes.rollout_world import MemoryRollouts
from tests.fakes.serving import FakeServing

ALERTS = "evaluation:\n", "alerts: {to: [PAGER], stale_after: 2d, digest_from: 9}\nevaluation:\n"


class Pager:
    """Keeps the messages; or takes none."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.broken = False

    def send(self, message: Message, *, to: str) -> None:
        assert to == "PAGER"
        if self.broken:
            raise AlertNotDelivered("nobody took it")
        self.messages.append(message)


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    """Without a run or an event; to make another one takes longer than most tests."""
    kept.wipe()
    return kept


@pytest.fixture(autouse=True)
def ui(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DAGSTER_URL, "http://ui")


def model() -> ModelSpec:
    return orders_spec(ALERTS)


def tick(
    instance: dg.DagsterInstance, pager: Pager, cursor: str | None = None, *specs: ModelSpec
) -> str | None:
    (sensor,) = alert_sensor(specs or [model()]).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    resources = {"alerts": pager, "rollouts": MemoryRollouts(), "serving": FakeServing()}
    result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources))
    assert isinstance(result, dg.SensorResult)
    return result.cursor


def drifted(instance: dg.DagsterInstance, *, drifted: bool, status: str = "judged") -> None:
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            asset_key=stage_key("orders", DRIFT),
            partition="2024-03-01",
            metadata={
                "partition": "2024-03-01",
                "status": status,
                "drifted": drifted,
                "drifted_columns": "amount",
            },
        )
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"drifted": False, "incidents": ""}, [], id="a partition as usual tells nothing"),
        pytest.param(
            {"drifted": True, "drifted_columns": "amount", "incidents": ""},
            [("drift", "", "amount drifted in 2024-03")],
            id="drift of the whole partition",
        ),
        pytest.param(
            {
                "drifted": False,
                "incidents": "2024-03-08, 2024-03-09",
                "incident_message": "unlike other days: 8",
            },
            [("incident", "2024-03-08, 2024-03-09", "in 2024-03, unlike other days: 8")],
            id="single days are an incident and no drift",
        ),
        pytest.param(
            {"drifted": True, "drifted_columns": "amount", "incidents": "2024-03-08"},
            [
                ("drift", "", "amount drifted in 2024-03"),
                ("incident", "2024-03-08", "in 2024-03, unlike other days: 2024-03-08"),
            ],
            id="both are told, also by an event of an earlier release",
        ),
    ],
)
def test_of_drift(told: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    found = [
        one for one in of_drift("orders", {"partition": "2024-03", **told}) if isinstance(one, Condition)
    ]
    assert [(one.kind, one.subject, one.text) for one in found] == expected
    assert {one.link for one in found} <= {"http://ui/assets/orders/drift"}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(
            {"status": "not enough history", "drifted": False, "incidents": ""}, id="too few blocks"
        ),
        pytest.param({"partitions": "a table"}, id="an event of a whole range"),
    ],
)
def test_drift_that_was_not_judged_is_unknown(told: dict[str, object]) -> None:
    found = [one.key for one in of_drift("orders", told) if isinstance(one, Unknown)]
    assert found == ["orders/drift", "orders/incident"]


def checked(
    instance: dg.DagsterInstance, stage: str, name: str, *, passed: bool, told: str = "auc is .5"
) -> None:
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=stage_key("orders", stage),
            check_name=name,
            passed=passed,
            description=told,
            metadata={"2024-03-01": told},
        )
    )


def test_drift_is_told_once_until_it_clears(instance: dg.DagsterInstance) -> None:
    pager = Pager()
    cursor = tick(instance, pager)
    drifted(instance, drifted=True)
    for _ in range(2):
        cursor = tick(instance, pager, cursor)
    assert pager.messages == [
        Message(
            title="orders: drift",
            body="amount drifted in 2024-03-01\nhttp://ui/assets/orders/drift",
            severity="bad",
        )
    ]
    drifted(instance, drifted=False)
    cursor = tick(instance, pager, cursor)
    drifted(instance, drifted=True)
    tick(instance, pager, cursor)
    assert len(pager.messages) == 2


def test_gates_decay_old_data_and_failed_runs_are_told_of(instance: dg.DagsterInstance) -> None:
    pager = Pager()
    checked(instance, EVALUATION, "gate_auc_min", passed=False, told="auc is .5")
    checked(instance, PERFORMANCE, "decay", passed=False, told="fail: auc is .5")
    checked(instance, PERFORMANCE, "floor", passed=False, told="not_enough_data: no labels")
    instance.report_runless_asset_event(
        dg.AssetMaterialization(asset_key=stage_key("orders", DATA), partition="2024-03-01")
    )
    run = dg.DagsterRun(
        job_name="__ASSET_JOB",
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset([stage_key("orders", DATA)]),
    )
    instance.report_run_failed(instance.add_run(run))
    tick(instance, pager)
    titles = sorted(message.title for message in pager.messages)
    assert titles == ["orders: decay", "orders: failed run", "orders: gate failure", "orders: stale data"]


def planned(instance: dg.DagsterInstance, stage: str, name: str) -> None:
    """A run was made that is to check it anew."""
    planned = AssetCheckEvaluationPlanned(asset_key=stage_key("orders", stage), check_name=name)
    instance.report_dagster_event(
        dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
            job_name="orders",
            event_specific_data=planned,
        ),
        run_id=instance.add_run(dg.DagsterRun(job_name="orders")).run_id,
    )


GATE = (EVALUATION, "gate_auc_min")
Then = Callable[[dg.DagsterInstance], None]


@pytest.mark.parametrize(
    ("wrong", "then", "messages"),
    [
        pytest.param(
            lambda on: checked(on, *GATE, passed=False), lambda on: planned(on, *GATE), 1, id="a run begins"
        ),
        pytest.param(
            lambda on: checked(on, *GATE, passed=False), lambda on: checked(on, *GATE, passed=True), 2,
            id="a gate that was passed meanwhile",
        ),
        pytest.param(
            lambda on: checked(on, PERFORMANCE, "decay", passed=False, told="fail: auc is .5"),
            lambda on: checked(on, PERFORMANCE, "decay", passed=False, told="not_enough_data: no labels"), 1,
            id="a decay that nothing is known of",
        ),
        pytest.param(
            lambda on: drifted(on, drifted=True),
            lambda on: drifted(on, drifted=False, status="not enough rows"), 1,
            id="drift of a partition with too few rows",
        ),
        pytest.param(
            lambda on: drifted(on, drifted=True), lambda on: drifted(on, drifted=False), 2,
            id="drift that was gone meanwhile",
        ),
    ],
)  # fmt: skip  # one case a line or two
def test_what_is_not_known_has_not_cleared(
    instance: dg.DagsterInstance, wrong: Then, then: Then, messages: int
) -> None:
    pager, cursor = Pager(), None
    for happens in (wrong, then, wrong):
        happens(instance)
        cursor = tick(instance, pager, cursor)
    assert len(pager.messages) == messages


def test_one_gate_that_is_being_checked_keeps_no_other_from_clearing(instance: dg.DagsterInstance) -> None:
    other, pager = (EVALUATION, "gate_accuracy_min"), Pager()
    spec = orders_spec(ALERTS, ("min: 0.6}]", "min: 0.6}, {metric: accuracy, min: 0.6}]"))
    checked(instance, *GATE, passed=False)
    checked(instance, *other, passed=False)
    cursor = tick(instance, pager, None, spec)
    assert len(pager.messages) == 2
    planned(instance, *GATE)
    checked(instance, *other, passed=True)
    cursor = tick(instance, pager, cursor, spec)
    assert read_cursor(cursor).told["PAGER"].keys == {"orders/gate_failure/gate_auc_min"}


@pytest.mark.parametrize(
    ("run", "told"),
    [
        pytest.param({"job_name": "orders"}, True, id="the model's own job"),
        pytest.param(
            {"job_name": "compact_request_log", "tags": {"flywheel/model": "orders"}}, True,
            id="a compaction of its log",
        ),
        pytest.param(
            {"job_name": "refresh", "asset_selection": frozenset([stage_key("orders", "online")])}, True,
            id="a job of all models, for this one",
        ),
        pytest.param(
            {"job_name": "refresh", "asset_selection": frozenset([stage_key("other", "online")])}, False,
            id="a job of all models, for another",
        ),
        pytest.param({"job_name": "another"}, False, id="another model's own job"),
    ],
)  # fmt: skip  # one case a line or two
def test_whose_a_failed_run_is(instance: dg.DagsterInstance, run: dict[str, Any], told: bool) -> None:
    pager, cursor = Pager(), None
    for _ in range(2):
        made = dg.DagsterRun(status=dg.DagsterRunStatus.STARTED, **run)
        instance.report_run_failed(instance.add_run(made))
        cursor = tick(instance, pager, cursor)
    # A compaction is asked for every few minutes while it fails; other runs are a thing to tell each.
    times = 1 if "tags" in run else 2
    assert [message.title for message in pager.messages] == ["orders: failed run"] * (times * told)


def test_one_model_that_cannot_be_looked_at_silences_no_other(instance: dg.DagsterInstance) -> None:
    class Odd(FakeServing):
        def state(self, model: str) -> EndpointState | None:
            if model == "a":
                raise RuntimeError("an error of a vendor")
            return super().state(model)

    pager, cursor = Pager(), None
    specs = [orders_spec(ALERTS, ("name: orders", f"name: {name}")) for name in ("a", "b")]
    for name in "ab":
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=stage_key(name, DRIFT), metadata={"drifted": True})
        )
    (sensor,) = alert_sensor(specs, clock=lambda: 0.0).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    resources = {"alerts": pager, "rollouts": MemoryRollouts(), "serving": Odd()}
    result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources))
    assert isinstance(result, dg.SensorResult)
    assert [message.title for message in pager.messages] == ["a: drift", "b: drift"]
    assert result.skip_reason == dg.SkipReason("a: RuntimeError: an error of a vendor")


def test_data_of_the_time_before_the_cadence_changed_are_unknown(instance: dg.DagsterInstance) -> None:
    """Days became months: the newest data have the key of a day."""
    pager = Pager()
    monthly = orders_spec(ALERTS, ("{every: day, start: 2024-03-01}", "{every: month, start: 2024-01-01}"))
    daily = orders_spec(ALERTS, ("name: orders", "name: others"))
    for name in ("orders", "others"):
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=stage_key(name, DATA), partition="2024-03-01")
        )
    tick(instance, pager, None, monthly, daily)
    assert [message.title for message in pager.messages] == ["others: stale data"]


def test_a_message_that_nobody_took_breaks_no_tick_and_waits(instance: dg.DagsterInstance) -> None:
    pager = Pager()
    pager.broken = True
    drifted(instance, drifted=True)
    cursor = tick(instance, pager)
    pager.broken = False
    tick(instance, pager, cursor)
    assert pager.messages == []  # too soon
    told = read_cursor(cursor).told["PAGER"]
    assert told.failures == 1
    over = Told(keys=told.keys, failures=1, again_at=datetime(2024, 1, 1, tzinfo=UTC))
    tick(instance, pager, write_cursor(Cursor(told={"PAGER": over})))
    assert [message.title for message in pager.messages] == ["orders: drift"]


class Slow:
    """Endpoints and a service that answer nothing and take their time, by a clock of their own."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s, self.now_s = timeout_s, 0.0
        self.asked, self.sent = list[str](), list[str]()

    def state(self, model: str) -> EndpointState:
        self.now_s += self.timeout_s
        self.asked.append(model)
        raise LifecycleError("no answer")

    def send(self, message: Message, *, to: str) -> None:
        self.now_s += self.timeout_s
        self.sent.append(message.title)

    def clock(self) -> float:
        return self.now_s


def test_many_endpoints_and_messages_that_take_long_end_in_time_and_have_their_turns(
    instance: dg.DagsterInstance,
) -> None:
    names, slow, cursor, longest_s = [f"m{n}" for n in range(6)], Slow(0.8), "", 0.0
    for name in names:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                asset_key=stage_key(name, DRIFT), partition="2024-03-01", metadata={"drifted": True}
            )
        )
    specs = [orders_spec(ALERTS, ("name: orders", f"name: {name}")) for name in names]
    (sensor,) = alert_sensor(specs, clock=slow.clock).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    for _ in range(6):
        began_s = slow.now_s
        resources = {"alerts": slow, "rollouts": MemoryRollouts(), "serving": slow}
        result = sensor(dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources))
        assert isinstance(result, dg.SensorResult)
        cursor, longest_s = result.cursor or "", max(longest_s, slow.now_s - began_s)
    assert longest_s <= ASK_S + SEND_S + 2 * slow.timeout_s  # one question and one message were under way
    assert slow.asked == names
    assert slow.sent == [f"{name}: drift" for name in names]


def test_who_names_nobody_has_no_sensor() -> None:
    assert alert_sensor([orders_spec()]) == dg.Definitions()


def test_a_cursor_that_cannot_be_read_has_told_nothing() -> None:
    assert read_cursor("half") == Cursor()
