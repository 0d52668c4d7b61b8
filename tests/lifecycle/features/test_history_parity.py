"""History features: offline equals online, and both equal loops over all rows, without shared code."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lifecycle.features.parity import same
from tests.lifecycle.features.histories import (
    Case,
    all_cases,
    expected,
    happenings,
    offline,
    online,
    own_rows,
    plan_of,
)
from tests.lifecycle.features.rows import online as request_of
from tests.lifecycle.features.slow_history import Row, slow_history

CASES = all_cases()
# Each example compiles SQL: shrinking would take minutes, and the message names the history anyway.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def differing(
    cases: Sequence[Case], label: str, rows: Sequence[Row], events: Sequence[Row]
) -> list[tuple[object, ...]]:
    """Histories of rows that the two paths and the loops do not agree on."""
    spec, plan = plan_of(cases, label)
    made = offline(spec, plan, rows, events)
    compute = online(plan, rows, events).compute
    wrong: list[tuple[object, ...]] = []
    for row, table_row in zip(rows, made, strict=True):
        computed = compute(request_of(row))
        for number, case in enumerate(cases):
            past = events if case.source == "events" else rows
            slow = expected(case, slow_history(case.slow(label), past, row, row["at"]))
            found = (table_row[f"h{number}"], computed[f"h{number}"])
            if not all(same(value, slow) for value in found):
                wrong.append((case, row, "offline, online:", found, "slow:", slow))
        ats = [value for name, value in table_row.items() if name.startswith("history__")]
        wrong += [("from the future", at, row) for at in ats if at is not None and at > row["at"]]
    return wrong


@settings(max_examples=30, deadline=None, phases=UNSHRUNK)
@given(
    cases=st.lists(st.sampled_from(CASES), min_size=1, max_size=6),
    label=st.sampled_from(["known_at", "delay"]),
    rows=own_rows,
    events=happenings,
)
def test_offline_equals_online_equals_loops(
    cases: list[Case], label: str, rows: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    assert differing(cases, label, rows, events) == []


@pytest.mark.parametrize("label", ["known_at", "delay"])
@settings(max_examples=2, deadline=None, phases=UNSHRUNK)
@given(rows=own_rows, events=happenings)
def test_every_aggregate_of_every_kind_and_source(
    label: str, rows: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    assert differing(CASES, label, rows, events) == []
