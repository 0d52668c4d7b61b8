"""Which features of two plans mean the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lifecycle.features.alike import alike
from lifecycle.features.calendar import Calendar
from lifecycle.features.plan import FeaturePlan
from tests.fakes.bundles import parcels

PLAN = parcels(n_rows=1).plan
ALL = {"distance", "carrier", "hour", "wind"}


def _retyped(plan: FeaturePlan) -> FeaturePlan:
    distance = plan.request["distance"].model_copy(update={"type": "int"})
    return replace(plan, request={**plan.request, "distance": distance})


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(lambda plan: plan, ALL, id="the same plan"),
        pytest.param(_retyped, ALL - {"distance"}, id="a column of another type"),
        pytest.param(
            lambda plan: replace(
                plan, features=(replace(plan.features[0], name="miles"), *plan.features[1:])
            ),
            ALL - {"distance"},
            id="another name",
        ),
        pytest.param(
            lambda plan: replace(
                plan, features=(replace(plan.features[0], expression=plan.features[2].expression),)
            ),
            set(),
            id="another expression under the same name",
        ),
        pytest.param(
            lambda plan: replace(plan, lookups=(replace(plan.lookups[0], max_age_s=60),)),
            ALL - {"wind"},
            id="a lookup that forgets sooner",
        ),
        pytest.param(
            lambda plan: replace(plan, calendar=Calendar("Europe/Berlin", (0,), (3600,))),
            set(),
            id="another time zone",
        ),
    ],
)
def test_alike(change: Callable[[FeaturePlan], FeaturePlan], same: set[str]) -> None:
    other = change(PLAN)
    assert alike(PLAN, other) == alike(other, PLAN) == same
