"""Drift, performance and rollouts of all models, as Prometheus gets them."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DRIFT, PERFORMANCE, stage_key
from lifecycle.errors import LifecycleError
from lifecycle.rollout.record import RolloutRecord, State, read_record
from orchestration.environments import Environment
from orchestration.exporter import exporter, serve
from orchestration.life_metrics import LifeFacts, Newest, render_life
from tests.lifecycle.rollout.golden import FILE
from tests.orchestration.conftest import AddModel

DRIFTED = {
    "partition": "2013-06",
    "status": "judged",
    "drifted": True,
    "drift_score": 0.031,
    "drifted_columns": "temp, dewp",
    "incidents": "",
}
MEASURED = {
    "partition": "2013-06",
    "metric": "auc",
    "version": "3",
    "coverage": 0.92,
    "realised": 0.71,
    "realised_low": 0.69,
}


def facts(
    *, model: str = "flights", rollout: RolloutRecord | None = None, **stages: dict[str, object]
) -> LifeFacts:
    newest = {stage: Newest(at_s=1.5, values=values) for stage, values in stages.items()}
    return LifeFacts(model=model, newest=newest, rollout=rollout)


def samples(*models: LifeFacts) -> list[str]:
    return [line for line in render_life(models).decode().splitlines() if not line.startswith("#")]


def golden(**changes: object) -> RolloutRecord:
    """A rollout that ended, as it was kept; with another newest state."""
    record = read_record(FILE.read_text(), where=FILE.name)
    last = record.entries[-1]
    state = State.model_validate({**last.state.model_dump(), **changes})
    return record.model_copy(
        update={"entries": (*record.entries[:-1], last.model_copy(update={"state": state}))}
    )


def test_drift_of_the_newest_partition() -> None:
    at = '{model="flights",partition="2013-06"}'
    assert samples(facts(drift=DRIFTED)) == [
        'flywheel_made_timestamp_seconds{model="flights",stage="drift"} 1.5',
        f"flywheel_drift_drifted{at} 1.0",
        f"flywheel_drift_score{at} 0.031",
        f"flywheel_drift_columns{at} 2.0",
        f"flywheel_drift_incidents{at} 0.0",
    ]


def test_a_partition_that_could_not_be_judged_is_no_report_of_peace() -> None:
    told = samples(facts(drift={**DRIFTED, "status": "not enough rows", "drifted": False}))
    assert told == ['flywheel_made_timestamp_seconds{model="flights",stage="drift"} 1.5']


def test_performance_without_what_is_not_known() -> None:
    at = 'model="flights",metric="auc",partition="2013-06",version="3"'
    assert samples(facts(performance=MEASURED))[1:] == [
        f'flywheel_performance{{{at},kind="realised"}} 0.71',
        f'flywheel_performance{{{at},kind="realised_low"}} 0.69',
        f"flywheel_performance_coverage{{{at}}} 0.92",
    ]


def test_a_rollout_under_way_tells_its_stage() -> None:
    open_one = golden(stage=2, closed=False, outcome=None)
    assert samples(facts(rollout=open_one)) == [
        'flywheel_rollout_open{model="flights",version="2"} 1.0',
        'flywheel_rollout_stage{model="flights",version="2",stage="canary 5 %"} 2',
    ]


def test_a_rollout_that_ended_tells_how() -> None:
    ended = golden(closed=True)
    assert ended.state.outcome is not None
    assert samples(facts(rollout=ended)) == [
        'flywheel_rollout_open{model="flights",version="2"} 0.0',
        f'flywheel_rollout_outcome{{model="flights",version="2",outcome="{ended.state.outcome.kind}"}} 1.0',
    ]


def test_models_share_a_family() -> None:
    text = render_life([facts(model="a", drift=DRIFTED), facts(model="b", drift=DRIFTED)]).decode()
    assert text.count("# TYPE flywheel_drift_score gauge") == 1
    assert text.count("flywheel_drift_score{") == 2


def test_nothing_known_is_nothing_said() -> None:
    assert render_life([facts()]) == b""


@pytest.fixture(name="address")
def serving(environment: Environment, add_model: AddModel) -> Iterator[str]:
    """An exporter of two models, one of them broken, over an instance with two events."""
    add_model("apples")
    add_model("bad", ("amount: amount\n", "amount: amont\n"))
    with dg.DagsterInstance.ephemeral() as instance:
        for stage, values in ((DRIFT, DRIFTED), (PERFORMANCE, MEASURED)):
            event = dg.AssetMaterialization(stage_key("apples", stage), metadata=values)
            instance.report_runless_asset_event(event)
        server = exporter(environment, instance, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_prometheus_gets_what_dagster_knows(address: str) -> None:
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        text = answer.read().decode()
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'flywheel_drift_score{model="apples",partition="2013-06"} 0.031' in text
    assert 'flywheel_performance_coverage{model="apples",metric="auc"' in text
    assert "bad" not in text


def test_there_is_nothing_else(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(f"{address}/")
    caught.value.close()


def test_no_instance_is_told_with_the_way_out(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "gone"))
    with pytest.raises(LifecycleError, match=r"no Dagster instance of .*: let DAGSTER_HOME name"):
        serve(environment, host="127.0.0.1", port=0)
