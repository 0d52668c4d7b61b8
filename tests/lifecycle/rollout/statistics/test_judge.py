"""From sums to a verdict."""

import math
from dataclasses import replace

import pytest

from lifecycle.rollout.statistics.arm_sums import NO_KEYS, ArmSums
from lifecycle.rollout.statistics.judge import Scale, judge
from lifecycle.rollout.statistics.mean_difference import Stratum
from lifecycle.rollout.statistics.noninferiority import Question
from lifecycle.rollout.verdict import Verdict


def binary(n: int, bad: int) -> ArmSums:
    return ArmSums(n=n, y=bad, x=n, yy=bad, xx=n, xy=bad)


ABSOLUTE = Question(goal="non_inferiority", better="lower", margin=0.02)
RELATIVE = Question(goal="non_inferiority", better="lower", margin=0.2)
NORMAL = binary(10_000, 1000)


@pytest.mark.parametrize(
    ("champion", "challenger", "question", "scale", "verdict", "why"),
    [
        pytest.param(NORMAL, binary(10_000, 1000), ABSOLUTE, "absolute", "pass", "keeps", id="equal"),
        pytest.param(
            NORMAL, binary(10_000, 1000), RELATIVE, "relative", "pass", "keeps", id="equal, as a ratio"
        ),
        pytest.param(
            NORMAL, binary(10_000, 1500), ABSOLUTE, "absolute", "fail", "breaks", id="five points worse"
        ),
        pytest.param(NORMAL, binary(10_000, 1500), RELATIVE, "relative", "fail", "breaks", id="half more"),
        pytest.param(
            NORMAL, binary(400, 40), ABSOLUTE, "absolute", "inconclusive", "holds", id="too early to tell"
        ),
        pytest.param(NORMAL, NO_KEYS, ABSOLUTE, "absolute", "not_enough_data", "0 keys", id="empty arm"),
        pytest.param(NO_KEYS, NO_KEYS, RELATIVE, "relative", "not_enough_data", "0 keys", id="empty arms"),
        pytest.param(
            NORMAL, binary(50, 9), ABSOLUTE, "absolute", "not_enough_data", "100 are needed", id="few keys"
        ),
        pytest.param(
            NORMAL,
            binary(500, 2),
            ABSOLUTE,
            "absolute",
            "not_enough_data",
            "rarer outcome",
            id="rare: no normal",
        ),
        pytest.param(
            NORMAL,
            binary(500, 498),
            ABSOLUTE,
            "absolute",
            "not_enough_data",
            "rarer outcome",
            id="rare good ones",
        ),
        pytest.param(
            replace(NORMAL, y=math.nan),
            NORMAL,
            ABSOLUTE,
            "absolute",
            "error",
            "y is nan",
            id="champion not a number",
        ),
        pytest.param(
            NORMAL, replace(NORMAL, n=-5), ABSOLUTE, "absolute", "error", "below zero", id="negative count"
        ),
        pytest.param(
            NORMAL,
            replace(NORMAL, y=11_000, yy=13_000),
            ABSOLUTE,
            "absolute",
            "error",
            "outside 0 to 1",
            id="rate > 1",
        ),
    ],
)
def test_judge(
    champion: ArmSums, challenger: ArmSums, question: Question, scale: Scale, verdict: Verdict, why: str
) -> None:
    found = judge(
        [Stratum(champion=champion, challenger=challenger)],
        question,
        scale=scale,
        alpha=0.05,
        tuned_for=2000,
        share=True,
    )
    assert found.verdict == verdict
    assert why in found.reason
    assert (found.estimate is None) == (verdict in ("error", "not_enough_data"))


def test_no_stratum_is_not_enough_data() -> None:
    assert judge([], ABSOLUTE, scale="absolute", alpha=0.05, tuned_for=2000).verdict == "not_enough_data"


def test_a_ratio_of_a_mean_that_is_zero_waits() -> None:
    numbers = ArmSums(n=500, y=0.0, x=500, yy=0.0, xx=500, xy=0.0)
    found = judge(
        [Stratum(champion=numbers, challenger=numbers)],
        RELATIVE,
        scale="relative",
        alpha=0.05,
        tuned_for=2000,
    )
    assert found.verdict == "not_enough_data"
