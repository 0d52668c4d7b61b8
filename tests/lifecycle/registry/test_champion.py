"""Which rows a champion never saw, and whether its features can be had, without a life around it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from lifecycle.features.build import build_plan
from lifecycle.features.encoding import EncodedFeature, Encoding
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.position import END, RandomBounds, position
from lifecycle.registry.bundle import Bundle, BundleManifest
from lifecycle.registry.champion import (
    Contender,
    missing_inputs,
    shares_features,
    unseen_rows,
    why_not_comparable,
)
from lifecycle.spec.model import Task
from tests.fakes.orders import orders_spec

CUT = datetime(2024, 3, 1, tzinfo=UTC)
SPEC = orders_spec()
PLAN = build_plan(SPEC)


def manifest(
    task: Task = "binary", label: str | None = "returned", classes: tuple[bool, ...] = (False, True)
) -> BundleManifest:
    return BundleManifest(
        model="orders",
        task=task,
        trainer="xgboost",
        as_of="2024-03-01",
        cut_off=CUT + timedelta(days=9),
        validation_start=CUT - timedelta(days=2),
        holdout_start=CUT,
        classes=classes,
        label=label,
        threshold=0.5,
        entity="order_id",
        event_time="ordered_at",
        request=PLAN.request,
        required=(),
        spec_fingerprint="",
        plan_fingerprint="",
        data_versions={},
        versions={},
    )


def contender(plan: FeaturePlan, *names: str) -> Contender:
    encoded = tuple(EncodedFeature(name=name, kind="number") for name in names)
    bundle = Bundle(path=Path(), manifest=manifest(), digest="")
    return Contender(bundle=bundle, plan=plan, encoding=Encoding(features=encoded))


def test_rows_from_the_start_of_its_holdout_on_are_unseen() -> None:
    hours = [-100, -1, 0, 1, 1000]
    times = pa.chunked_array(
        [pa.array([CUT + timedelta(hours=h) for h in hours], pa.timestamp("us", tz="UTC"))]
    )
    rows = pa.table({"ordered_at": times})
    assert unseen_rows(manifest(), manifest(), rows).tolist() == [False, False, True, True, True]


def test_of_a_window_cut_at_random_the_same_draw_tells_what_is_unseen() -> None:
    cut = RandomBounds(seed=3, validation_start=END // 2, holdout_start=END // 4 * 3)
    at_random = {"random_split": cut, "validation_start": None, "holdout_start": None}
    champion = manifest().model_copy(update=at_random)
    names = [f"order {i}" for i in range(400)]
    found = unseen_rows(champion, manifest(), pa.table({"order_id": names}))
    assert found.tolist() == [position(name, seed=3) >= cut.holdout_start for name in names]
    assert 60 < found.sum() < 140


def test_without_times_of_its_own_a_version_meets_no_row_that_a_champion_of_times_never_saw() -> None:
    timeless = manifest().model_copy(update={"event_time": None})
    assert not unseen_rows(manifest(), timeless, pa.table({"order_id": ["a", "b"]})).any()


@pytest.mark.parametrize(
    ("champion", "version", "expected"),
    [
        pytest.param(manifest(), manifest(), None, id="the same question"),
        pytest.param(manifest(label=None), manifest(), None, id="a bundle that does not tell its label"),
        pytest.param(
            manifest("regression", classes=()),
            manifest(),
            "it is a regression model, this one is binary",
            id="another task",
        ),
        pytest.param(
            manifest(label="lost"), manifest(), "it predicts 'lost', this one 'returned'", id="another label"
        ),
        pytest.param(
            manifest(classes=(True, False)),
            manifest(),
            "it knows the classes [True, False], this one [False, True]",
            id="classes in another order",
        ),
    ],
)
def test_why_not_comparable(champion: BundleManifest, version: BundleManifest, expected: str | None) -> None:
    assert why_not_comparable(champion, version) == expected


LOOKUP = PLAN.lookups[0]


@pytest.mark.parametrize(
    ("plan", "names", "expected"),
    [
        pytest.param(PLAN, ("amount", "stock_level"), True, id="the same plan"),
        pytest.param(replace(PLAN, features=PLAN.features[:1]), ("amount",), True, id="fewer features"),
        pytest.param(
            replace(PLAN, features=PLAN.features[:1]), ("amount", "stock_level"), False, id="one is gone"
        ),
        pytest.param(
            replace(PLAN, lookups=(replace(LOOKUP, max_age_s=60),)),
            ("amount", "stock_level"),
            False,
            id="a lookup that forgets sooner",
        ),
        pytest.param(
            replace(PLAN, lookups=(replace(LOOKUP, max_age_s=60),)),
            ("amount",),
            True,
            id="a lookup that the model does not see",
        ),
        pytest.param(replace(PLAN, lookups=()), ("amount", "stock_level"), False, id="a lookup that is gone"),
        pytest.param(
            replace(PLAN, calendar=replace(PLAN.calendar, time_zone="Asia/Tokyo")),
            ("amount",),
            False,
            id="another zone",
        ),
        pytest.param(
            build_plan(orders_spec(("amount: amount", "amount: amount / 2"))),
            ("amount",),
            False,
            id="the same name with another meaning",
        ),
    ],
)
def test_shares_features(plan: FeaturePlan, names: tuple[str, ...], expected: bool) -> None:
    assert shares_features(contender(PLAN, *names), plan) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([], [], id="everything is there"),
        pytest.param(
            [
                ("amount: {type: float, min: 0, max: 1000, null_share: 0.25}", "amount: {type: string}"),
                ("amount: amount", "amount: items"),
            ],
            ["the column 'amount' as float"],
            id="another type",
        ),
        pytest.param(
            [("columns: {level: int}", "columns: {level: float}")],
            ["the lookup 'stock' with its key, time and columns"],
            id="a lookup's column",
        ),
        pytest.param(
            [("known_at: seen_at", "known_at: told_at")],
            ["the lookup 'stock' with its key, time and columns"],
            id="a lookup's time",
        ),
        pytest.param(
            [("    stock:\n", "    store:\n"), ("stock.level", "store.level")],
            ["the lookup 'stock' with its key, time and columns"],
            id="a lookup's name",
        ),
    ],
)
def test_missing_inputs(changes: list[tuple[str, str]], expected: list[str]) -> None:
    assert list(missing_inputs(PLAN, orders_spec(*changes))) == expected
