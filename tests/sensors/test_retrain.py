"""When runs are asked for: by results alone, once, whatever becomes of ticks, cursors and runs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DATA, DRIFT, EVALUATION, FEATURES, MODEL, PERFORMANCE, TRIGGER_TAG, stage_key
from assets.metadata import CODE_VERSION_TAG, DATA_VERSION_TAG
from assets.provenance import code_version
from lifecycle import clock
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.facts import DriftWindow, Interval, PerformanceWindow
from resources.rollouts.base import Stored
from resources.rollouts.local import LocalRollouts
from sensors import retrain
from sensors.retrain import Cursor, retrain_sensor
from sensors.retrain_facts import RETRAIN_TAG, drift_window, performance_window, request_of
from tests.fakes.flowers import flowers_spec
from tests.fakes.orders import orders_spec

RULES = "evaluation:\n", "retrain: {drift: {windows: 1, of: 2}, daily_budget: 9}\nevaluation:\n"
AT = datetime(2024, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    """Without a run or an event; to make another one takes longer than most tests."""
    kept.wipe()
    return kept


@pytest.fixture
def rollouts(tmp_path: Path) -> LocalRollouts:
    return LocalRollouts(root=str(tmp_path / "rollouts"))


@pytest.fixture(autouse=True)
def replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clock that stands, as in a replay."""
    path = tmp_path / "clock"
    monkeypatch.setenv(clock.CLOCK, str(path))
    clock.set_clock(path, AT)
    return path


def model(name: str = "orders") -> ModelSpec:
    return orders_spec(RULES, ("name: orders", f"name: {name}"))


def made(
    instance: dg.DagsterInstance,
    stage: str,
    partition: str,
    *,
    name: str = "orders",
    metadata: Mapping[str, object] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            asset_key=stage_key(name, stage), partition=partition, metadata=dict(metadata or {}), tags=tags
        )
    )


def live(instance: dg.DagsterInstance, *, name: str = "orders") -> None:
    """Two days of tables, and a model of the first one."""
    for day in ("2024-03-03", "2024-03-04"):
        made(instance, DATA, day, name=name)
        made(instance, FEATURES, day, name=name, tags={DATA_VERSION_TAG: f"of-{day}"})
    made(instance, MODEL, "2024-03-03", name=name, tags={CODE_VERSION_TAG: code_version(model(name), MODEL)})


def drifted(instance: dg.DagsterInstance, day: str, *, drifted: bool = True, name: str = "orders") -> None:
    metadata = {"partition": day, "drifted": drifted, "drift_score": 0.02, "drifted_columns": "amount"}
    made(instance, DRIFT, day, name=name, metadata=metadata)


def tick(
    instance: dg.DagsterInstance, rollouts: LocalRollouts, cursor: str | None = None, *specs: ModelSpec
) -> dg.SensorResult:
    (sensor,) = retrain_sensor(specs or [model()]).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    found = sensor(
        dg.build_sensor_context(instance=instance, cursor=cursor, resources={"rollouts": rollouts})
    )
    assert isinstance(found, dg.SensorResult)
    return found


def asked(result: dg.SensorResult) -> list[dg.RunRequest]:
    return list(result.run_requests or ())


def started(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus
) -> dg.DagsterRun:
    """The run of a request, as the daemon would start it."""
    return instance.add_run(dg.DagsterRun(job_name="__ASSET_JOB", status=status, tags=dict(request.tags)))


def test_drift_asks_for_the_newest_partition_and_tells_why(
    instance: dg.DagsterInstance, rollouts: LocalRollouts
) -> None:
    live(instance)
    assert asked(tick(instance, rollouts)) == []
    drifted(instance, "2024-03-04")
    (run,) = asked(tick(instance, rollouts))
    assert run.partition_key == "2024-03-04"
    assert run.asset_selection == [stage_key("orders", MODEL), stage_key("orders", EVALUATION)]
    assert run.tags[TRIGGER_TAG] == "drift"
    assert run.tags[RETRAIN_TAG] == "orders"
    assert run.tags["flywheel/trigger_reason"] == (
        "drift in amount by 2024-03-04 (1 partition since 2024-03-04)"
    )


def test_an_incident_is_no_reason_to_retrain(instance: dg.DagsterInstance, rollouts: LocalRollouts) -> None:
    """A day of a silent feed in a partition that is as usual; nothing can be learned from it."""
    live(instance)
    for day in ("2024-03-03", "2024-03-04"):
        metadata = {
            "partition": day,
            "drifted": False,
            "drift_score": 0.0,
            "drifted_columns": "",
            "incidents": f"{day}-05",
            "incident_message": f"unlike other days: {day}-05 (amount: 100.0% missing)",
        }
        made(instance, DRIFT, day, metadata=metadata)
    assert asked(tick(instance, rollouts)) == []


CODE = "retrain: {drift: {windows: 1, of: 2}", "retrain: {code: true, drift: {windows: 1, of: 2}"
MONTHS = "{every: day, start: 2024-03-01}", "{every: month, start: 2024-01-01}"


def test_a_model_whose_cadence_changed_asks_for_partitions_that_it_has(
    instance: dg.DagsterInstance, rollouts: LocalRollouts
) -> None:
    """Days became months: keys of days sort among those of months, and are none."""
    monthly = orders_spec(RULES, CODE, MONTHS)
    live(instance)
    drifted(instance, "2024-03-04")
    live(instance, name="others")
    drifted(instance, "2024-03-04", name="others")
    said = tick(instance, rollouts, None, monthly, model("others"))
    assert [run.tags[RETRAIN_TAG] for run in asked(said)] == ["others"]  # of months there is nothing yet
    made(instance, DATA, "2024-02")
    made(instance, FEATURES, "2024-02", tags={DATA_VERSION_TAG: "of-2024-02"})
    made(instance, MODEL, "2024-02", tags={CODE_VERSION_TAG: "another"})
    (run,) = asked(tick(instance, rollouts, said.cursor, monthly))
    assert (run.partition_key, run.tags[TRIGGER_TAG]) == ("2024-02", "code")


def test_a_model_that_cannot_be_looked_into_keeps_no_other_from_it(
    instance: dg.DagsterInstance, rollouts: LocalRollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = retrain.facts_of

    def broken(spec: ModelSpec, *given: object, **named: object) -> object:
        if spec.name == "a":
            raise ValueError("an odd event")
        return real(spec, *given, **named)  # type: ignore[arg-type]  # whatever it takes

    monkeypatch.setattr(retrain, "facts_of", broken)
    for name in "ab":
        live(instance, name=name)
        drifted(instance, "2024-03-04", name=name)
    said = tick(instance, rollouts, None, model("a"), model("b"))
    assert [run.tags[RETRAIN_TAG] for run in asked(said)] == ["b"]
    alone = tick(instance, rollouts, said.cursor, model("a"))
    assert alone.skip_reason == dg.SkipReason("a: ValueError: an odd event")


def test_a_tick_that_comes_twice_or_lost_its_cursor_asks_for_the_same_run(
    instance: dg.DagsterInstance, rollouts: LocalRollouts
) -> None:
    live(instance)
    drifted(instance, "2024-03-04")
    first = tick(instance, rollouts)
    for cursor in (None, "half a cursor", first.cursor, '{"seen": 999999}'):
        assert [run.run_key for run in asked(tick(instance, rollouts, cursor))] == [asked(first)[0].run_key]


def test_a_cursor_replay_gives_the_same_requests(
    instance: dg.DagsterInstance, rollouts: LocalRollouts, replayed: Path
) -> None:
    """Event by event with the cursor kept, and all at once without one."""
    live(instance)
    cursor, keys = tick(instance, rollouts).cursor, []
    for day, bad in (("2024-03-01", False), ("2024-03-02", False), ("2024-03-04", True)):
        drifted(instance, day, drifted=bad)
        result = tick(instance, rollouts, cursor)
        cursor, keys = result.cursor, [*keys, *(run.run_key for run in asked(result))]
    assert keys == [run.run_key for run in asked(tick(instance, rollouts))]
    assert len(keys) == 1


def test_a_run_is_followed_to_its_end(
    instance: dg.DagsterInstance, rollouts: LocalRollouts, replayed: Path
) -> None:
    live(instance)
    drifted(instance, "2024-03-04")
    first = tick(instance, rollouts)
    run = started(instance, asked(first)[0], dg.DagsterRunStatus.STARTED)
    under_way = tick(instance, rollouts, first.cursor)
    assert asked(under_way) == []
    assert under_way.skip_reason is not None
    assert "held by: a retraining is under way" in str(under_way.skip_reason.skip_message)
    instance.report_run_failed(run)
    assert asked(tick(instance, rollouts, under_way.cursor)) == []  # it backs off
    clock.set_clock(replayed, AT + HOUR)
    again = tick(instance, rollouts, under_way.cursor)
    assert asked(again)[0].run_key != asked(first)[0].run_key
    started(instance, asked(again)[0], dg.DagsterRunStatus.SUCCESS)
    over = tick(instance, rollouts, again.cursor)
    assert asked(over) == []
    assert retrain.read_cursor(over.cursor).due == ()


def test_data_that_broke_their_contract_are_not_learned_from(
    instance: dg.DagsterInstance, rollouts: LocalRollouts
) -> None:
    live(instance)
    made(instance, DATA, "2024-03-04")  # made again, and `features` refused it
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=stage_key("orders", DATA),
            check_name="contract",
            passed=False,
            metadata={"blocked": "2024-03-04"},
        )
    )
    drifted(instance, "2024-03-04")
    held = tick(instance, rollouts)
    assert asked(held) == []
    assert held.skip_reason is not None
    assert str(held.skip_reason.skip_message).endswith("held by: the data of 2024-03-04 broke their contract")
    made(instance, FEATURES, "2024-03-04", tags={DATA_VERSION_TAG: "mended"})
    assert len(asked(tick(instance, rollouts, held.cursor))) == 1


def test_what_somebody_else_trained_already_is_not_trained_again(
    instance: dg.DagsterInstance, rollouts: LocalRollouts
) -> None:
    live(instance)
    drifted(instance, "2024-03-04")
    made(instance, MODEL, "2024-03-04", tags={CODE_VERSION_TAG: code_version(model(), MODEL)})
    assert asked(tick(instance, rollouts)) == []


class Unreadable(LocalRollouts):
    """A store whose record was damaged."""

    def read(self, model: str) -> Stored | None:
        raise clock.LifecycleError(f"{model}: half a record")


def test_a_rollout_that_cannot_be_told_of_holds_back(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    live(instance)
    drifted(instance, "2024-03-04")
    held = tick(instance, Unreadable(root=str(tmp_path)))
    assert asked(held) == []
    assert "it cannot be told whether a rollout is open" in str(held.skip_reason)


def test_models_with_news_take_turns(
    instance: dg.DagsterInstance, rollouts: LocalRollouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrain, "LOOKS", 2)
    names = ["one", "two", "three"]
    specs = [model(name) for name in names]
    for name in names:
        live(instance, name=name)
        drifted(instance, "2024-03-04", name=name)
    first = tick(instance, rollouts, None, *specs)
    second = tick(instance, rollouts, first.cursor, *specs)
    assert [run.tags[RETRAIN_TAG] for run in asked(first)] == ["one", "two"]
    assert asked(second)[0].tags[RETRAIN_TAG] == "three"


def test_who_names_no_reason_is_not_watched() -> None:
    assert retrain_sensor([orders_spec(), flowers_spec()]) == dg.Definitions()


def test_windows_of_events() -> None:
    spec = model()
    told = {"partition": "p", "drifted": True, "drift_score": 0.5, "drifted_columns": "a"}
    assert drift_window("p", 3, told) == DriftWindow(
        partition="p", seq=3, drifted=True, score=0.5, columns="a"
    )
    assert drift_window("p", 3, {"partition": "p", "drifted": False, "status": "no reference"}) == (
        DriftWindow(partition="p", seq=3, drifted=None)
    )
    unsure = drift_window("p", 3, {**told, "certain": False})
    assert unsure is not None
    assert unsure.certain is False
    assert drift_window("p", 3, {"partitions": "a table"}) is None
    measured = {"partition": "p", "metric": "auc", "realised_low": 0.5, "realised_high": 0.6, "mature": True}
    assert performance_window(spec, "p", 4, {**measured, "labelled_rows": 9, "baseline": float("nan")}) == (
        PerformanceWindow(
            partition="p",
            seq=4,
            metric="auc",
            realised=Interval(low=0.5, high=0.6),
            mature=True,
            labelled_rows=9,
        )
    )
    unknown = performance_window(spec, "p", 4, {**measured, "metric": "f0"})
    assert unknown is not None
    assert unknown.greater_is_better is None


def test_a_run_whose_tags_are_not_ours_is_no_request() -> None:
    assert request_of(dg.DagsterRun(job_name="j", tags={RETRAIN_TAG: "orders"})) is None


def test_the_cursor_survives_its_text() -> None:
    cursor = Cursor(seen=4, code="c", due=("a", "b"))
    assert retrain.read_cursor(retrain.write_cursor(cursor)) == cursor


def test_the_keys_are_those_of_the_monitors() -> None:
    assert (DRIFT, PERFORMANCE) == ("drift", "performance")
