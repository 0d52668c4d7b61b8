"""States of labels: every row is in one, and what is not told is not guessed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lifecycle.data.maturity import MIN_LABELS, Cohort, LabelCoverage, LabelState, total_states

FIRST = Cohort(
    name="2024-03-01",
    rows=20,
    known=8,
    later=4,
    undated=1,
    missing=7,
    missing_aged=3,
    delays_s=(1.0, 2.0, 3.0),
)
SECOND = replace(FIRST, name="2024-03-02", rows=2, known=2, later=0, undated=0, missing=0, missing_aged=0)
SEEN = LabelCoverage(
    as_of=datetime(2024, 3, 2, tzinfo=UTC),
    cohorts=(FIRST, SECOND),
    labels=MIN_LABELS,
    longest_s=7200.0,
    fixed=False,
    last_sign=datetime(2024, 3, 5, 6, tzinfo=UTC),
)  # fmt: skip
OLDER = "a row without a label counts as never labelled once it is older than"
AT = "at 2024-03-05 06:00 UTC"
ALWAYS = {"known": 10, "later": 4, "undated": 1}


@pytest.mark.parametrize(
    ("coverage", "missing", "rule"),
    [
        pytest.param(SEEN, {"pending": 4, "overdue": 3, "unknown": 0},
                     f"{OLDER} 2 h, the largest delay of 99 labels seen, {AT}",
                     id="enough labels tell by their delays"),
        pytest.param(replace(SEEN, labels=MIN_LABELS - 1), {"pending": 0, "overdue": 0, "unknown": 7},
                     "98 labels seen: too few to tell a late label from one that never comes",
                     id="too few tell nothing"),
        pytest.param(replace(SEEN, labels=0, longest_s=None), {"pending": 0, "overdue": 0, "unknown": 7},
                     "0 labels seen: too few to tell a late label from one that never comes", id="none"),
        pytest.param(replace(SEEN, labels=0, fixed=True, longest_s=86_400.0),
                     {"pending": 4, "overdue": 3, "unknown": 0},
                     f"{OLDER} the fixed delay of 1 d, {AT}", id="a fixed delay needs none"),
    ],
)  # fmt: skip  # one case a line or two
def test_states(coverage: LabelCoverage, missing: dict[LabelState, int], rule: str) -> None:
    assert coverage.states() == {**ALWAYS, **missing}
    assert sum(coverage.states().values()) == coverage.rows == 22
    assert coverage.rule == rule


def test_tables_are_judged_each_by_what_it_tells_itself() -> None:
    both = total_states([SEEN, replace(SEEN, labels=1)])
    assert both == {"known": 20, "later": 8, "undated": 2, "pending": 4, "overdue": 3, "unknown": 7}
    assert set(total_states([]).values()) == {0}


def test_a_cohort_is_as_mature_as_its_known_labels() -> None:
    assert (FIRST.mature, replace(FIRST, rows=0, known=0).mature) == (0.4, 0.0)
