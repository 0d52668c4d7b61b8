"""Which features of two plans mean the same, so that a value of one is a value of the other."""

from collections.abc import Mapping
from typing import Any

from lifecycle.features.expression import Ref, references, to_json
from lifecycle.features.history import SCOPE
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.fingerprint import fingerprint


def alike(one: FeaturePlan, other: FeaturePlan) -> frozenset[str]:
    """Names of the features that both plans compute in the same way from the same inputs.

    Equal are the expression, the types of what it reads, the lookups and histories behind it, the event time
    and the time zone. What the tables of lookups and histories hold is not looked at: it changes with time,
    not in meaning.
    """
    first, second = _meanings(one), _meanings(other)
    return frozenset(name for name, meaning in first.items() if second.get(name) == meaning)


def _meanings(plan: FeaturePlan) -> dict[str, str]:
    told = plan.to_json()
    return {
        feature.name: fingerprint(
            [
                to_json(feature.expression),
                told["event_time"],
                told["calendar"],
                [_input(plan, told, ref) for ref in references(feature.expression)],
            ]
        )
        for feature in plan.features
    }


def _input(plan: FeaturePlan, told: Mapping[str, Any], ref: Ref) -> Any:
    """What a reference stands for, with all that decides its value."""
    if ref.lookup is None:
        return plan.request[ref.name].type
    if ref.lookup == SCOPE:
        table = next(one for one in told["histories"] if one["name"] == ref.name)
        source = next(one for one in told["sources"] if one["name"] == table["source"])
    else:
        table, source = next(one for one in told["lookups"] if one["name"] == ref.lookup), None
    return [table, source, [plan.request[column].type for column in table["key"].values()]]
