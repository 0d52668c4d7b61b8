"""A shadow by replay of the log: the same rows as a mirrored one, each once, whatever happens."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.rollout_shadow import Scorers, ShadowReplay
from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.loading import load_bundle, load_tables
from lifecycle.endpoint.log import adding
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.log.record import LoggedRow
from lifecycle.endpoint.manifest import EndpointManifest, Settings, Variant, write_manifest
from lifecycle.endpoint.scorer import Scored, Scorer
from lifecycle.registry.bundle import Bundle
from lifecycle.rollout.measures.answer import Subject, measure
from lifecycle.rollout.observations import Backend, Observations, Replay, Version
from lifecycle.rollout.plan import LATENCY, PRIMARY, compile_plan
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.tick import open_rollout
from lifecycle.spec.deployment import RequestLogSection
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.rollout import Rollout
from resources.serving import base
from tests.fakes.bundles import make_bundle, parcels
from tests.fakes.rollout_world import Crash, MemoryRollouts
from tests.fakes.running import call, predict, running, wait_for
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking
from tests.fakes.traffic import MemoryTraffic
from tests.fakes.trainings import bare_training

MODEL = "parcels"
MADE = parcels(n_rows=400)
COLUMNS = ("distance", "carrier")
SALT, SHARE = "a rollout", 0.7
BEGAN = datetime.now(UTC)
AFTER = BEGAN + timedelta(days=1)
ROLLOUT = Rollout.model_validate(
    {
        "strategy": "canary",
        "shadow": {"requests": 20, "time": 0, "decides": True},
        "primary": {"metric": "brier", "margin_is": "absolute"},
    }
)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Bundle]:
    """Champion and challenger, which answers `late` more readily."""
    folder = tmp_path_factory.mktemp("bundles")
    return [make_bundle(folder / f"{part}", threshold=part) for part in (0.6, 0.3)]


def requests() -> list[list[dict[str, Any]]]:
    """Of one row most of them, some of several, one of more than a shadow looks at."""
    rows = [
        {"parcel": row["parcel"], "sent_at": row["sent_at"].isoformat(), "distance": row["distance"],
         "carrier": row["carrier"]} for row in MADE.rows
    ]  # fmt: skip
    del rows[3]["sent_at"], rows[4]["carrier"]
    batches = [rows[at : at + 14] for at in range(80, 400, 14)]
    return [*([row] for row in rows[:50]), rows[50:53], rows[53:60], rows[60:80], *batches]


@pytest.fixture(scope="module")
def mirrored(
    tmp_path_factory: pytest.TempPathFactory, bundles: Sequence[Bundle]
) -> Callable[[bool], list[LoggedRow]]:
    """What an endpoint logs that mirrors most of its requests; with all columns in the log, or with none."""
    logs: dict[bool, list[LoggedRow]] = {}
    for whole in (True, False):
        folder = tmp_path_factory.mktemp("endpoint")
        variants = [
            Variant(name=name, role=name, version=str(i + 1), bundle=str(bundles[i].path),  # type: ignore[arg-type]
                    digest=bundles[i].digest, weight=100 - 100 * i, mirrored=bool(i))
            for i, name in enumerate(("champion", "challenger"))
        ]  # fmt: skip
        settings = Settings(request_log=RequestLogSection(columns=COLUMNS if whole else ()))
        sampled = settings.endpoint.model_copy(update={"shadow_share": SHARE})
        settings = settings.model_copy(update={"endpoint": sampled})
        facts = {"model": MODEL, "generation": 1, "variants": tuple(variants), "salt": SALT, "max_batch": 99}
        manifest = EndpointManifest.model_validate({**facts, "settings": settings})
        write_manifest(folder / "pod.json", manifest)
        app = App(
            folder / "pod.json", load=load_bundle, load_tables=load_tables, poll_s=0.01, access=Access(None)
        )
        with running(app) as port:
            wait_for(lambda port=port: call(port, "GET", "/health/ready").status == 200)  # type: ignore[misc]
            for rows in requests():
                assert predict(port, rows).status == 200
            wait_for(lambda app=app: app.shadows.waiting == 0)  # type: ignore[misc]
        logs[whole] = list(read_log(folder / "requests"))
    return logs.__getitem__


@dataclass
class Home:
    """A rollout in its shadow stage whose endpoint copies nothing, and the log of what was answered."""

    folder: Path
    bundles: Sequence[Bundle]
    logged: Sequence[LoggedRow]
    share: float = SHARE
    scorers: Scorers = field(default_factory=Scorers)

    def __post_init__(self) -> None:
        self.tracking, self.store, self.serving = FakeTracking(), MemoryRollouts(), Waiting()
        self.traffic = MemoryTraffic(self.folder)
        self.traffic.have(MODEL, [row for row in self.logged if row.assignment != "shadow"])
        self.versions = [self._registered(bundle) for bundle in self.bundles]
        self.serving.at = [(v, 100 - 100 * i) for i, v in enumerate(self.versions)]
        spec = MADE.spec
        endpoint = spec.deployment.endpoint.model_copy(update={"shadow_share": self.share})
        changed = spec.deployment.model_copy(update={"rollout": ROLLOUT, "endpoint": endpoint})
        self.spec: ModelSpec = spec.model_copy(update={"deployment": changed})
        self.record = self.at("shadow")

    def at(self, stage: str, **changes: object) -> RolloutRecord:
        """The rollout at a stage, as it lies in the store."""
        plan, (old, new) = compile_plan(self.spec), self.versions
        told = Observations(backend=Backend(), candidate=None)
        record = open_rollout(plan, model=MODEL, champion=old, challenger=new, told=told, now=BEGAN)
        number = next(i for i, one in enumerate(plan.stages) if one.name == stage)
        facts = {
            "stage": number,
            "settled_at": BEGAN,
            "window_at": BEGAN,
            "window": 1,
            "replayed": "challenger",
        }
        state = record.state.model_copy(update={**facts, **changes})
        entry = record.entries[0].model_copy(update={"state": state})
        record = record.model_copy(update={"entries": (entry,), "id": SALT})
        stored = self.store.read(MODEL)
        self.store.write(record, expected=stored.revision if stored else 0)
        return record

    def replay(self, **bounds: Any) -> Replay | None:
        replays = ShadowReplay(
            self.spec, store=self.store, serving=self.serving, tracking=self.tracking, traffic=self.traffic,
            scorers=self.scorers, **bounds,
        )  # fmt: skip
        return replays.replay(self.record, AFTER)

    @property
    def replayed(self) -> list[LoggedRow]:
        return list(read_log(self.folder / MODEL))

    def _registered(self, bundle: Bundle) -> Version:
        record = bare_training(MODEL, bundle.path, bundle.digest, identity=bundle.digest, as_of="2024-02")
        return Version(version=self.tracking.register(record).version, digest=bundle.digest)


class Waiting(FakeServing):
    """An endpoint that copies no requests: who has no weight just waits."""

    at: Sequence[tuple[Version, int]] = ()
    known_by: datetime | None = None

    def state(self, model: str) -> base.EndpointState:
        names: tuple[Any, Any] = ("champion", "challenger")
        return base.EndpointState(
            model=model,
            url="",
            healthy=True,
            version="1",
            bundle_digest="",
            known_by=self.known_by,
            detail="",
            variants=tuple(
                base.VariantState(
                    name=name, role=name, version=v.version, bundle_digest=v.digest, weight=weight, ready=True
                )
                for name, (v, weight) in zip(names, self.at, strict=True)
            ),
            can_mirror=False,
        )


Log = Callable[[bool], list[LoggedRow]]


@pytest.fixture
def home(tmp_path: Path, bundles: Sequence[Bundle], mirrored: Log) -> Home:
    return Home(tmp_path, bundles, mirrored(True))


def told(rows: Sequence[LoggedRow]) -> list[LoggedRow]:
    """What must be alike: all but how long it took, and how the request came."""
    bare = [replace(row, latency_us=0, scoring_us=None, protocol="", generation=0) for row in rows]
    return sorted(bare, key=lambda row: (row.at, row.request, row.row))


@pytest.mark.parametrize("whole", [True, False], ids=["from the request", "from the features"])
def test_a_replayed_shadow_logs_what_a_mirrored_one_did(
    tmp_path: Path, bundles: Sequence[Bundle], mirrored: Log, whole: bool
) -> None:
    home = Home(tmp_path, bundles, mirrored(whole))
    looked_on = [row for row in home.logged if row.assignment == "shadow"]
    done = home.replay()
    n_requests = len({(row.request, row.at) for row in looked_on})
    assert done == Replay(version=home.versions[1], scored=n_requests, waiting=0)
    assert 25 < n_requests < len(requests())
    assert told(home.replayed) == told(looked_on)
    assert {row.protocol for row in home.replayed} == {"replay"}


def test_the_verdicts_are_those_of_a_mirrored_shadow(home: Home) -> None:
    home.replay()
    both = MemoryTraffic(home.folder / "mirrored")
    both.have(MODEL, home.logged)
    plan = home.record.plan
    asked = [
        Question(check=check, since=BEGAN, alpha=plan.alpha_of(name, 1))
        for name, check in plan.checks.items()
        if check in (*plan.guardrails, plan.primary) and check.metric not in (LATENCY, "input_drift")
    ]
    found = []
    for traffic in (both, home.traffic):
        rows = traffic.read(MODEL, since=BEGAN, until=AFTER)
        rows = rows.sort_by([(name, "ascending") for name in ("at", "request", "row", "assigned_version")])
        labels = ["true" if key and int(key[1:]) % 2 else "false" for key in rows["key"].to_pylist()]
        rows = rows.append_column("label", pa.array(labels))
        subject = Subject(task="binary", positive=True)
        found.append(measure(asked, rows, home.record, subject, now=AFTER))
    assert found[1] == found[0]
    measured = {one.check for one in found[1] if one.problem is None and one.n_challenger >= 10}
    assert {"error_rate_max", "prediction_drift_max", PRIMARY} <= measured


def test_each_request_is_replayed_once_bit_by_bit(home: Home) -> None:
    steps = [home.replay(most_requests=10) for _ in range(8)]
    whole = steps[-1]
    assert whole is not None
    assert (whole.waiting, whole.scored) == (0, len({(row.request, row.at) for row in home.replayed}))
    assert [step and step.scored for step in steps[:2]] == [10, 20]
    assert [step and step.scored + step.waiting for step in steps] == [whole.scored] * 8
    assert told(home.replayed) == told([row for row in home.logged if row.assignment == "shadow"])


def test_a_replay_ends_when_its_time_is_up_and_the_next_goes_on(home: Home) -> None:
    first = home.replay(most_s=0.0)
    assert first is not None
    assert (first.scored, first.problem, home.replayed) == (0, None, [])
    second = home.replay()
    assert second is not None
    assert (second.scored, second.waiting) == (first.waiting, 0)


def test_of_two_at_once_one_replays(home: Home) -> None:
    gate, found = threading.Barrier(4), list[Replay | None]()

    def look() -> None:
        gate.wait()
        found.append(home.replay())

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.problem for one in found if one is not None] == [None] * (4 - found.count(None))
    assert told(home.replayed) == told([row for row in home.logged if row.assignment == "shadow"])


@pytest.mark.parametrize(
    ("step", "there"),
    [
        pytest.param("_write", False, id="between scoring and writing"),
        pytest.param("os.fsync", False, id="before the segment has its name"),
        pytest.param("sync_folder", True, id="after it has its name"),
    ],
)
def test_a_kill_loses_nothing_and_doubles_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str, there: bool
) -> None:
    def die(*args: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        owner, _, name = step.rpartition(".")
        patch.setattr(adding.os if owner else adding, name, die)
        with pytest.raises(Crash):
            home.replay()
    assert bool(home.replayed) == there
    home.replay()
    assert told(home.replayed) == told([row for row in home.logged if row.assignment == "shadow"])


def test_what_a_version_fails_on_is_its_failed_row_and_not_a_failed_look(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Scorer.answer

    def breaks(scorer: Scorer, rows: Sequence[Any]) -> Scored:
        if any(row["parcel"] < "p0020" for row in rows):
            raise ZeroDivisionError
        return answer(scorer, rows)

    monkeypatch.setattr(Scorer, "answer", breaks)
    done = home.replay()
    assert done is not None
    assert (done.problem, done.waiting) == (None, 0)
    failed = [row for row in home.replayed if row.failed]
    assert {row.key for row in failed} == {row.key for row in home.replayed if row.key and row.key < "p0020"}
    assert {(row.reason, row.status, row.answered, row.assigned.version) for row in failed} == {
        ("error", 500, None, "2")
    }
    again = home.replay()
    assert again is not None
    assert (again.scored, len(home.replayed)) == (done.scored, len(told(home.replayed)))


def test_what_the_log_lacks_is_told_and_nothing_is_guessed(
    tmp_path: Path, bundles: Sequence[Bundle], mirrored: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version on trial computes its wind from another plan: of the log it cannot be taken."""
    home = Home(tmp_path, bundles, mirrored(False))
    monkeypatch.setattr("lifecycle.endpoint.replay.alike", lambda one, other: frozenset({"distance", "hour"}))
    done = home.replay()
    assert done is not None and done.problem is not None
    assert "lacks the columns carrier, distance, and the features carrier, wind" in done.problem
    assert "deployment.request_log.columns" in done.problem
    assert home.replayed == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"window": 2}, id="another window"),
        pytest.param({"settled_at": None, "window": 2, "replayed": None}, id="a later stage"),
    ],
)
def test_a_look_that_was_held_up_adds_nothing_to_what_came_after(
    home: Home, changes: dict[str, object]
) -> None:
    stale = home.record
    home.at("shadow", **changes)
    home.record = stale
    home.replay()
    assert home.replayed == []


def test_rows_of_another_bundle_or_window_are_not_taken_for_these(home: Home) -> None:
    shadow = next(row for row in home.logged if row.assignment == "shadow" and row.answered)
    assert shadow.answered is not None
    other = replace(shadow, answered=replace(shadow.answered, digest="f" * 64))
    home.traffic.have(MODEL, [other])
    done = home.replay()
    assert done is not None
    assert (shadow.request, shadow.at) in {(row.request, row.at) for row in home.replayed}
    home.record = home.at("shadow", window=2, window_at=AFTER - timedelta(hours=1))
    assert home.replay() == Replay(version=home.versions[1], scored=0, waiting=0)


def test_a_champion_looks_on_by_replay_where_all_goes_to_the_new_version(
    tmp_path: Path, bundles: Sequence[Bundle], mirrored: Log
) -> None:
    home = Home(tmp_path, bundles, mirrored(True), share=1.0)
    # What the log has are answers of version 1: here it is the version on trial, and version 2 the champion.
    facts = {"champion": home.versions[1], "challenger": home.versions[0]}
    home.record = home.at("bake").model_copy(update=facts)
    done = home.replay()
    assert done == Replay(version=home.versions[1], scored=len(requests()), waiting=0)
    assert {row.assigned.version for row in home.replayed} == {"2"}


@pytest.mark.parametrize(
    ("days", "by"),
    [
        pytest.param(-1, "answer", id="its own tables are newer"),
        pytest.param(1, "answer_computed", id="older"),
    ],
)
def test_what_the_endpoint_knew_is_taken_where_it_knew_more_than_the_bundle(
    home: Home, monkeypatch: pytest.MonkeyPatch, days: int, by: str
) -> None:
    ways = list[str]()
    for name in ("answer", "answer_computed"):
        real = getattr(Scorer, name)

        def noted(scorer: Scorer, rows: Sequence[Any], name: str = name, real: Any = real) -> Scored:
            ways.append(name)
            scored: Scored = real(scorer, rows)
            return scored

        monkeypatch.setattr(Scorer, name, noted)
    home.serving.known_by = home.bundles[1].manifest.cut_off + timedelta(days=days)
    home.replay()
    assert set(ways) == {by}
