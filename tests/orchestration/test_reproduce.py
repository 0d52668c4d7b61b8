"""`flywheel reproduce`: what it decides, and what it does with a real version, lake and training."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.keys import DATA, FEATURES, MODEL
from assets.provenance import code_facts
from lifecycle.errors import LifecycleError
from lifecycle.registry.comparison import BundleComparison
from lifecycle.spec.making import Change
from orchestration import cli, reproduce, version_cli
from orchestration.environments import Environment
from orchestration.reproduce import Outcome, Reproduction, decide_outcome, occasion_changes, reasons, report
from orchestration.version_name import VersionName, find_version, parse_version
from tests.fakes.life import Life, new_life, parcels_text
from tests.fakes.rollout_world import MemoryRollouts
from tests.fakes.traffic import MemoryTraffic
from tests.fakes.versions import CHAMPION, registry

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
SEEDED = ("early_stopping_rounds: 5,", "early_stopping_rounds: 5, seed: 8,")


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int | str | None
    lines: list[str]


Reproduce = Callable[[str], Said]


def environment_of(life: Life) -> Environment:
    return Environment(
        name="fake",
        home=life.folder,
        models=life.folder.parent,
        warehouse=life.warehouse,
        compute=life.compute,
        tracking=life.tracking,
        serving=life.serving,
        traffic=MemoryTraffic(life.folder / "logs"),
        rollouts=MemoryRollouts(),
        executor=dg.in_process_executor,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A version as of the second month. No test changes it."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("trained") / "parcels", instance)
        (life.folder / "spec.yaml").write_text(parcels_text())
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, partition="2024-02")
        yield life


@pytest.fixture
def life(trained: Life, tmp_path: Path) -> Iterator[Life]:
    """A copy of its folder with the same registry."""
    folder = Path(shutil.copytree(trained.folder, tmp_path / "parcels"))
    with dg.DagsterInstance.ephemeral() as instance:
        spec = trained.spec.with_folder(folder)
        yield Life(folder=folder, instance=instance, spec=spec, tracking=trained.tracking)


@pytest.fixture
def flywheel(life: Life, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Reproduce:
    """Runs `flywheel reproduce` on the copy, in this process."""

    def run(version: str) -> Said:
        monkeypatch.setattr(version_cli, "load_environment", lambda: environment_of(life))
        monkeypatch.setattr(sys, "argv", ["flywheel", "reproduce", version])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return Said(code=ended.value.code, lines=(told.out + told.err).splitlines())

    return run


def state(life: Life) -> Mapping[str, str]:
    """Every file of the folder, by content."""
    return {
        str(path.relative_to(life.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in life.folder.rglob("*")
        if path.is_file()
    }


def snapshot_of(life: Life, partition: str) -> Path:
    table = life.warehouse.published("parcels", DATA, partition)
    assert table is not None
    return Path(table.uri)


def test_a_version_is_made_again_to_the_byte_and_nothing_of_it_stays(
    flywheel: Reproduce, life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    before, versions = state(life), life.tracking.versions("parcels")
    said = flywheel("parcels/1")
    digest = versions[0].bundle_digest
    assert said.lines[-2:] == [
        "features: 2 of 2 tables came out with the recorded content",
        f"REPRODUCED: version 1 of parcels came out the same, digest {digest}",
    ]
    assert said.code == 0
    assert (state(life), life.tracking.versions("parcels")) == (before, versions)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_newer_data_lookups_and_another_spec_do_not_matter(flywheel: Reproduce, life: Life) -> None:
    source, wind = life.folder / "parcels.parquet", life.folder / "wind.parquet"
    rows = pq.read_table(source)
    further = pc.add(rows["distance"], 0.5)
    pq.write_table(rows.set_column(rows.schema.get_field_index("distance"), "distance", further), source)
    life.run(DATA, FEATURES, partition="2024-01")
    pq.write_table(pq.read_table(wind).slice(0, 2), wind)
    (life.folder / "spec.yaml").write_text(parcels_text(SEEDED))
    said = flywheel("models:/parcels/1")
    assert said.code == 0
    assert "  training.seed: was 0, is 8" in said.lines
    assert [line.split()[0] for line in said.lines if "(recorded" in line] == [
        "data/2024-01",
        "features/2024-01",
    ]


def test_without_a_spec_of_today_the_recorded_one_is_enough(flywheel: Reproduce, life: Life) -> None:
    (life.folder / "spec.yaml").unlink()
    said = flywheel("parcels/1")
    assert said.code == 0
    assert said.lines[1].startswith("today's spec of parcels is not compared: ")


def test_a_snapshot_that_is_gone_is_named(flywheel: Reproduce, life: Life) -> None:
    snapshot_of(life, "2024-01").unlink()
    said = flywheel("parcels/1")
    assert (said.code, said.lines[-1]) == (1, "NOT MADE: version 1 of parcels cannot be made again")
    assert said.lines[-2].startswith("  parcels/data/2024-01 with content ")
    assert said.lines[-2].endswith(" is not kept any more")


def test_a_snapshot_that_was_tampered_with_is_named_and_not_used(flywheel: Reproduce, life: Life) -> None:
    path = snapshot_of(life, "2024-02")
    rows = pq.read_table(path)
    pq.write_table(rows.slice(1), path)
    said = flywheel("parcels/1")
    assert (said.code, said.lines[-1]) == (1, "NOT MADE: version 1 of parcels cannot be made again")
    assert f"is corrupt: {path} holds something else; bring the file back from a copy" in said.lines[-2]


def test_another_library_is_named_and_the_digest_still_decides(
    flywheel: Reproduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = json.loads(code_facts()["flywheel.libraries"])
    now = {**code_facts(), "flywheel.libraries": json.dumps({**libraries, "xgboost": "99"})}
    monkeypatch.setattr(reproduce, "code_facts", lambda: now)
    said = flywheel("parcels/1")
    assert said.code == 0
    assert f"  library xgboost: was {libraries['xgboost']}, is 99" in said.lines


def test_another_training_is_another_bundle_and_says_where(
    flywheel: Reproduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reproduce.training_job
    monkeypatch.setattr(
        reproduce, "training_job", lambda *a, **k: real(*a, **k).model_copy(update={"seed": 99, "rounds": 3})
    )
    said = flywheel("parcels/1")
    assert said.code == 1
    told = dict(line.split(": ", 1) for line in said.lines[-5:])
    assert told["features"] == "2 of 2 tables came out with the recorded content"
    assert "model.ubj" in told["files that differ"].split(", ")
    assert float(told["largest difference of a golden score"]) > 0.01
    assert told["NOT REPRODUCED"].endswith("or a file beside the snapshots was changed")


VERSION = registry(Path(), [("2024-02", "a", "pass", CHAMPION)]).version("orders", "1")
SAME = BundleComparison(recorded="a", again="a", files=(), facts=(), golden=0.0)
OTHER = BundleComparison(recorded="a", again="b", files=("model.ubj",), facts=(), golden=0.5)
XGBOOST = Change(what="library xgboost", was="3.2.0", now="3.3.0")
COMMIT = Change(what="commit", was="a", now="b")


@pytest.mark.parametrize(
    ("facts", "outcome", "why"),
    [
        pytest.param({"bundle": SAME}, "same", None, id="the same digest"),
        pytest.param({"bundle": SAME, "occasion": (XGBOOST,)}, "same", None, id="whatever else differs"),
        pytest.param({"bundle": None}, "not_made", None, id="what was not made is not the same"),
        pytest.param({"bundle": SAME, "problems": ("gone",)}, "not_made", None, id="nor is half of it"),
        pytest.param({"bundle": OTHER, "occasion": (COMMIT, XGBOOST)}, "differs",
                     ["library xgboost: was 3.2.0, is 3.3.0"], id="a library explains, a commit does not"),
        pytest.param({"bundle": OTHER, "other_tables": ("features/a", "features/b")}, "differs",
                     ["features/a, features/b came out otherwise"], id="other features explain"),
        pytest.param({"bundle": OTHER, "spec": (Change(what="seed", was="1", now="2"),)}, "differs",
                     ["nothing that is on record: this training does not repeat itself on this machine "
                      "(threads, processor), or a file beside the snapshots was changed"],
                     id="today's spec explains nothing: it was not used"),
    ],
)  # fmt: skip  # one case a line or two
def test_decide_outcome(facts: dict[str, object], outcome: Outcome, why: list[str] | None) -> None:
    found = replace(Reproduction(version=VERSION), **facts)
    assert decide_outcome(found) == outcome
    assert why is None or reasons(found) == why
    assert list(report(found))[-1].startswith(
        {"same": "REPRODUCED: ", "differs": "NOT REPRODUCED: ", "not_made": "NOT MADE: "}[outcome]
    )


def test_what_is_not_on_record_is_said_and_not_taken_for_the_same() -> None:
    recorded = {"flywheel.commit": "a", "flywheel.code": "c", "flywheel.libraries": '{"numpy": "2.0"}'}
    now = {
        "flywheel.commit": "b",
        "flywheel.tree": "dirty",
        "flywheel.code": "c",
        "flywheel.libraries": '{"numpy": "2.0", "duckdb": "1.5"}',
    }
    assert occasion_changes(recorded, now) == [
        Change(what="commit", was="a", now="b"),
        Change(what="tree", was="not on record", now="dirty"),
        Change(what="library duckdb", was="not on record", now="1.5"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders/3", VersionName(model="orders", number="3")),
        ("models:/orders/3", VersionName(model="orders", number="3")),
        ("orders@champion", VersionName(model="orders", alias="champion")),
        ("models:/orders@challenger", VersionName(model="orders", alias="challenger")),
    ],
)
def test_a_version_has_a_number_or_an_alias(text: str, name: VersionName) -> None:
    assert parse_version(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "orders", "orders/", "orders/x", "orders@boss", "../orders/1", "orders/1/2", "runs:/orders/1"],
)
def test_anything_else_names_no_version(text: str) -> None:
    with pytest.raises(LifecycleError, match="names no version; allowed: MODEL/NUMBER, or MODEL@ALIAS"):
        parse_version(text)


def test_an_alias_is_whoever_holds_it(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", "a", "pass", ()), ("04", "b", "pass", CHAMPION)])
    assert find_version(tracking, parse_version("orders@champion")).version == "2"
    with pytest.raises(LifecycleError, match="no version of orders is challenger: see `flywheel status"):
        find_version(tracking, parse_version("orders@challenger"))
    with pytest.raises(LifecycleError, match="orders has no version 7"):
        find_version(tracking, parse_version("orders/7"))
