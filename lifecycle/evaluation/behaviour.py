"""Behavioural tests: rules that a model's answers must keep, tried on the served bundle itself.

Invariance: a change that must not matter does not. Direction: a change moves the answer the right way, or not
at all. Minimum function: cases beyond doubt are answered right.

Source: Ribeiro et al. (2020), Beyond accuracy: behavioral testing of NLP models with CheckList.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.calibration import wilson_interval
from lifecycle.spec.behaviour import BehaviourTest, Direction, Expected, Invariance
from lifecycle.spec.columns import Column
from lifecycle.spec.hidden import HIDDEN, sensitive_of
from lifecycle.spec.kinds import Scalar

MAX_FAILURES = 5
_SHOWN_CHARACTERS = 60

Rule = Literal["invariance", "direction", "minimum_function"]
Request = Mapping[str, Any]


class Answer(Protocol):
    """What a served bundle says of one request; see `lifecycle.endpoint.scorer.Score`."""

    @property
    def value(self) -> Scalar: ...
    @property
    def probability(self) -> float | None: ...
    @property
    def probabilities(self) -> Mapping[str, float] | None: ...


Score = Callable[[Sequence[Request]], Sequence[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A row whose answer broke the rule; the texts are bounded, and hold data: escape them where shown.

    Attributes:
        row: the row's entity, or its number among the rows of a minimum function.
        change: what was put in, `tailnum = 'N14228'`; "" where nothing was changed.
        before: the answer without the change; "" where nothing was changed.
        after: the answer that broke the rule.
    """

    row: str
    change: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourResult:
    """How often the answers kept a rule.

    Attributes:
        rule_text: the rule in words.
        n: rows that the rule could be tried on.
        kept: of which kept it.
        low: lower end of the Wilson interval of the share kept; None, like high: no rows, or rows that are
            all there are (minimum functions) instead of a sample.
        wanted: share that must be kept.
        broken: the first five rows that broke it.
    """

    test: str
    gate: str
    rule: Rule
    rule_text: str
    n: int
    kept: int
    low: float | None
    high: float | None
    wanted: float
    broken: tuple[BrokenRule, ...]

    @property
    def share(self) -> float | None:
        """Share of the rows that kept the rule; None without rows."""
        return self.kept / self.n if self.n else None


def run_behaviour(
    test: BehaviourTest,
    requests: Sequence[Request],
    score: Score,
    *,
    columns: Mapping[str, Column],
    entity: str,
    level: float = 0.95,
) -> BehaviourResult:
    """Try one rule on the requests (of a minimum function: on its own rows).

    Args:
        requests: a sample of the holdout, as clients send them.
        columns: the contract of a request: a change that breaks it is not tried.
        entity: column that names a row.

    Raises:
        LifecycleError: the rule names a class that the model does not know.
    """
    if test.minimum_function is not None:
        rows = [dict(row) for row in test.minimum_function.rows]
        wrong = list(_minimum_broken(rows, score, test.minimum_function.expect, test.tolerance))
        return _result(test, "minimum_function", n=len(rows), broken=wrong, level=None)
    if test.invariance is not None:
        usable = list(requests)
        wrong = list(_invariance_broken(usable, score, test.invariance, columns, test.tolerance, entity))
        return _result(test, "invariance", n=len(usable), broken=wrong, level=level)
    assert test.direction is not None  # held by the spec's record
    column = columns[test.direction.column]
    usable = [request for request in requests if _moved(request, test.direction, column) is not None]
    wrong = list(_direction_broken(usable, score, test.direction, columns, test.tolerance, entity))
    return _result(test, "direction", n=len(usable), broken=wrong, level=level)


def rule_in_words(test: BehaviourTest) -> str:
    """The rule as a sentence.

    >>> rule_in_words(BehaviourTest(name="a", direction=Direction(column="x", add=2, expect="up")))
    'x + 2 does not lower the answer'
    """
    slack = f" by more than {test.tolerance:g}" if test.tolerance else ""
    if test.invariance is not None:
        values = ", ".join(map(str, test.invariance.values))
        return f"{test.invariance.column} does not move the answer{slack} (tried: {_short(values)})"
    if test.direction is not None:
        asked, of = test.direction, ""
        if asked.of is not None:
            of = f" for {asked.of}"
        sign = "+" if asked.add > 0 else "-"
        wrong_way = "lower" if asked.expect == "up" else "raise"
        return f"{asked.column} {sign} {abs(asked.add):g} does not {wrong_way} the answer{of}{slack}"
    assert test.minimum_function is not None  # held by the spec's record
    expect = test.minimum_function.expect
    parts = [
        f"{name} {bound}"
        for name, bound in (("is", expect.value), ("at least", expect.min), ("at most", expect.max))
        if bound is not None
    ]
    return f"{len(test.minimum_function.rows)} given rows: the answer {' and '.join(parts)}"


def _invariance_broken(
    requests: Sequence[Request],
    score: Score,
    rule: Invariance,
    columns: Mapping[str, Column],
    tolerance: float,
    entity: str,
) -> Iterator[BrokenRule]:
    """One broken rule a row at most: that of the value that moved its answer most."""
    before = score(requests)
    worst: list[tuple[float, Scalar, Answer]] = [(0.0, rule.values[0], answer) for answer in before]
    for value in rule.values:
        after = score([{**request, rule.column: value} for request in requests])
        for i, (old, new) in enumerate(zip(before, after, strict=True)):
            moved = max(abs(a - b) for a, b in zip(_numbers(old), _numbers(new), strict=True))
            if moved > worst[i][0]:
                worst[i] = (moved, value, new)
    for request, old, (moved, value, new) in zip(requests, before, worst, strict=True):
        if moved > tolerance:
            yield _broken(request, entity, columns, rule.column, value, old, new)


def _direction_broken(
    requests: Sequence[Request],
    score: Score,
    rule: Direction,
    columns: Mapping[str, Column],
    tolerance: float,
    entity: str,
) -> Iterator[BrokenRule]:
    column = columns[rule.column]
    values = [_moved(request, rule, column) for request in requests]
    changed = [{**request, rule.column: value} for request, value in zip(requests, values, strict=True)]
    sign = 1.0 if rule.expect == "up" else -1.0
    for request, value, old, new in zip(requests, values, score(requests), score(changed), strict=True):
        if sign * (_number(new, rule.of) - _number(old, rule.of)) < -tolerance:
            assert value is not None  # the caller kept rows that can be moved
            yield _broken(request, entity, columns, rule.column, value, old, new)


def _minimum_broken(
    rows: Sequence[Request], score: Score, expect: Expected, tolerance: float
) -> Iterator[BrokenRule]:
    for number, answer in enumerate(score(rows)):
        said = _number(answer, expect.value if answer.probabilities else None)
        wrong_value = expect.value is not None and answer.value != expect.value
        too_low = expect.min is not None and said < expect.min - tolerance
        too_high = expect.max is not None and said > expect.max + tolerance
        if wrong_value or too_low or too_high:
            yield BrokenRule(row=f"row {number}", change="", before="", after=_shown(answer))


def _moved(request: Request, rule: Direction, column: Column) -> int | float | None:
    """The changed value; None where there is none, or it would break the contract."""
    value = request.get(rule.column)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    moved = value + rule.add
    if (column.min is not None and moved < column.min) or (column.max is not None and moved > column.max):
        return None
    if column.allowed is not None and moved not in column.allowed:
        return None
    return round(moved) if column.type == "int" else moved


def _result(
    test: BehaviourTest, rule: Rule, *, n: int, broken: Sequence[BrokenRule], level: float | None
) -> BehaviourResult:
    """`level` None: the rows are all there are, and there is nothing to be unsure of."""
    kept = n - len(broken)
    low, high = wilson_interval(kept, n, level=level) if n and level is not None else (None, None)
    return BehaviourResult(
        test=test.name,
        gate=test.gate,
        rule=rule,
        rule_text=rule_in_words(test),
        n=n,
        kept=kept,
        low=low,
        high=high,
        wanted=1.0 if rule == "minimum_function" else test.share,
        broken=tuple(broken[:MAX_FAILURES]),
    )


def _broken(
    request: Request,
    entity: str,
    columns: Mapping[str, Column],
    column: str,
    value: Scalar,
    before: Answer,
    after: Answer,
) -> BrokenRule:
    """What broke the rule. Of a sensitive number not even the changed value: the spec says by how much."""
    hidden = sensitive_of(columns)
    was, now = (
        _short(repr(each)) if column not in hidden else HIDDEN for each in (request.get(column), value)
    )
    return BrokenRule(
        row=HIDDEN if entity in hidden else _short(str(request.get(entity, "?"))),
        change=f"{column}: {was} -> {now}",
        before=_shown(before),
        after=_shown(after),
    )


def _numbers(answer: Answer) -> tuple[float, ...]:
    if answer.probabilities is not None:
        return tuple(answer.probabilities.values())
    return (_number(answer, None),)


def _number(answer: Answer, of: Scalar | None) -> float:
    """The probability of the class where there are several; else of the positive one, or the number."""
    if answer.probabilities is not None:
        if str(of) not in answer.probabilities:
            known = ", ".join(answer.probabilities)
            raise LifecycleError(
                f"a behavioural test names the class {of!r:.60}; the model knows {known:.200}: mend the test"
            )
        return answer.probabilities[str(of)]
    return float(answer.value) if answer.probability is None else answer.probability


def _shown(answer: Answer) -> str:
    numbers = _numbers(answer)
    if answer.probability is None and answer.probabilities is None:
        return f"{numbers[0]:.5g}"
    return f"{_short(str(answer.value))} ({max(numbers) if answer.probabilities else numbers[0]:.4f})"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
