"""The functions that feature expressions may call: one meaning, written once for each path.

Every function is one entry of `FUNCTIONS`: what it accepts, what it gives, how a single row computes it
(plain Python) and how a table does (ibis expressions, hence every engine ibis compiles for). The property
test of parity runs over this table, so a new entry is tested by being there.

Meanings that engines disagree on are pinned here: division is real division and by zero gives null; date
parts are ISO and in the model's time zone; roots and logarithms outside their domain give null; text is
compared by code point, and changes case for A to Z only.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Kind, Value

NUMBERS = ("int", "float")
TIMES = ("timestamp", "date")
US = 1_000_000
DAY_S = 86_400
EXACT_WHOLE = 2.0**53
"""Beyond this not every whole number is a float: rounding such a float gives null, not a wrong number."""
LARGEST = 3.4028234663852886e38
"""The largest 32-bit float, which models compute with: a feature beyond it, or not finite, is missing."""
_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_TO_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One allowed function."""

    gives: Callable[[Sequence[Kind]], Kind | None]
    """Kind of the result for kinds of arguments; None where it does not accept them. Never sees `null`."""
    online: Callable[..., Value]
    """Over plain values. Not called when an argument is missing, unless `sees_null`."""
    offline: Callable[..., Any]
    """Over ibis values (untyped: ibis has no stable static types)."""
    accepts: str
    """What it accepts, for error messages."""
    sees_null: bool = False
    needs_calendar: bool = False
    """The first argument is handed over as local time: (days since 1970, second of the day)."""


def _same_number(kinds: Sequence[Kind]) -> Kind | None:
    if not all(kind in NUMBERS for kind in kinds):
        return None
    return "float" if "float" in kinds else "int"


def _numbers(count: int, result: Kind | None = None) -> Callable[[Sequence[Kind]], Kind | None]:
    def gives(kinds: Sequence[Kind]) -> Kind | None:
        same = _same_number(kinds) if len(kinds) == count else None
        return None if same is None else result or same

    return gives


def _exactly(*wanted: Kind, result: Kind) -> Callable[[Sequence[Kind]], Kind | None]:
    return lambda kinds: result if tuple(kinds) == wanted else None


def _comparable(kinds: Sequence[Kind]) -> Kind | None:
    if len(kinds) != 2:
        return None
    left, right = kinds
    return "bool" if left == right or (left in NUMBERS and right in NUMBERS) else None


def _common(kinds: Sequence[Kind]) -> Kind | None:
    """The one kind that all values of a choice share."""
    if len(set(kinds)) == 1:
        return kinds[0]
    return _same_number(kinds)


def _case(kinds: Sequence[Kind]) -> Kind | None:
    """Arguments are condition, value, condition, value, ..., otherwise."""
    conditions, values = kinds[:-1:2], [*kinds[1::2], kinds[-1]]
    if any(kind not in ("bool", "null") for kind in conditions):
        return None
    return _common([kind for kind in values if kind != "null"])


def _is_in(kinds: Sequence[Kind]) -> Kind | None:
    return "bool" if len(kinds) > 1 and all(_comparable((kinds[0], kind)) for kind in kinds[1:]) else None


def _online_and(*args: Value) -> Value:
    if any(arg is False for arg in args):
        return False
    return None if any(arg is None for arg in args) else True


def _online_or(*args: Value) -> Value:
    if any(arg is True for arg in args):
        return True
    return None if any(arg is None for arg in args) else False


def _online_case(*args: Value) -> Value:
    for condition, value in zip(args[:-1:2], args[1::2], strict=True):
        if condition is True:
            return value
    return args[-1]


def _offline_case(*args: Any) -> Any:
    import ibis

    return ibis.cases(*zip(args[:-1:2], args[1::2], strict=True), else_=args[-1])


def _offline_coalesce(*args: Any) -> Any:
    import ibis

    return ibis.coalesce(*args)


def _offline_extreme(name: str) -> Callable[..., Any]:
    def extreme(*args: Any) -> Any:
        import ibis

        # Engines differ on nulls inside LEAST and GREATEST; ours give null as every other function does.
        missing = args[0].isnull()
        for arg in args[1:]:
            missing = missing | arg.isnull()
        return missing.ifelse(ibis.null(), getattr(ibis, name)(*args))

    return extreme


def _where(ok: Any, value: Any) -> Any:
    import ibis

    return ok.ifelse(value, ibis.null())


def epoch_s(timestamp: Any) -> Any:
    """Whole seconds since 1970 of an ibis timestamp, rounded down; engines alone round to the nearest."""
    return timestamp.truncate("s").epoch_seconds().cast("int64")


def _online_whole(rounded: Callable[[float], int]) -> Callable[[float], int | None]:
    return lambda x: rounded(x) if abs(x) <= EXACT_WHOLE else None


def _offline_whole(method: str) -> Callable[[Any], Any]:
    def whole(x: Any) -> Any:
        ok = x.abs() <= EXACT_WHOLE
        return _where(ok, getattr(ok.ifelse(x, 0), method)().cast("int64"))

    return whole


def _online_exp(x: float) -> float | None:
    return math.exp(x) if x <= 700 else None


# Both exact at halves of day and year: integer arithmetic on days, Hinnant's civil-from-days.
def _civil(days: int) -> tuple[int, int, int]:
    z = days + 719_468
    era, day_of_era = divmod(z, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def _day_of_year(days: int) -> int:
    year = _civil(days)[0] - 1
    before = year * 365 + year // 4 - year // 100 + year // 400 - 719_162
    return days - before + 1


def _date_part(online: Callable[[int, int], int], offline: Callable[[Any], Any]) -> Function:
    return Function(
        gives=lambda kinds: "int" if len(kinds) == 1 and kinds[0] in TIMES else None,
        online=online,
        offline=lambda local: offline(local).cast("int64"),
        accepts="one timestamp or date",
        needs_calendar=True,
    )


def _compare(online: Callable[[Any, Any], bool], offline: Callable[[Any, Any], Any]) -> Function:
    return Function(gives=_comparable, online=online, offline=offline, accepts="two values of one kind")


def _text(online: Callable[[str], Value], offline: Callable[[Any], Any], result: Kind) -> Function:
    return Function(
        gives=_exactly("string", result=result), online=online, offline=offline, accepts="one string"
    )


def _real(online: Callable[[float], float | None], offline: Callable[[Any], Any]) -> Function:
    return Function(gives=_numbers(1, "float"), online=online, offline=offline, accepts="one number")


FUNCTIONS: Mapping[str, Function] = {
    "add": Function(
        gives=_numbers(2), online=lambda a, b: a + b, offline=lambda a, b: a + b, accepts="two numbers"
    ),
    "sub": Function(
        gives=_numbers(2), online=lambda a, b: a - b, offline=lambda a, b: a - b, accepts="two numbers"
    ),
    "mul": Function(
        gives=_numbers(2), online=lambda a, b: a * b, offline=lambda a, b: a * b, accepts="two numbers"
    ),
    "div": Function(
        gives=_numbers(2, "float"),
        online=lambda a, b: a / b if b else None,
        offline=lambda a, b: a.cast("float64") / b.cast("float64").nullif(0.0),
        accepts="two numbers",
    ),
    "neg": Function(gives=_numbers(1), online=lambda a: -a, offline=lambda a: -a, accepts="one number"),
    "abs": Function(gives=_numbers(1), online=abs, offline=lambda a: a.abs(), accepts="one number"),
    "floor": Function(
        gives=_numbers(1, "int"),
        online=_online_whole(math.floor),
        offline=_offline_whole("floor"),
        accepts="one number",
    ),
    "ceil": Function(
        gives=_numbers(1, "int"),
        online=_online_whole(math.ceil),
        offline=_offline_whole("ceil"),
        accepts="one number",
    ),
    "sqrt": _real(
        lambda a: math.sqrt(a) if a >= 0 else None, lambda a: _where(a >= 0, (a >= 0).ifelse(a, 0).sqrt())
    ),
    "ln": _real(lambda a: math.log(a) if a > 0 else None, lambda a: _where(a > 0, (a > 0).ifelse(a, 1).ln())),
    "exp": _real(_online_exp, lambda a: _where(a <= 700, (a <= 700).ifelse(a, 0).exp())),
    "least": Function(
        gives=lambda kinds: _same_number(kinds) if kinds else None,
        online=min,
        offline=_offline_extreme("least"),
        accepts="numbers",
    ),
    "greatest": Function(
        gives=lambda kinds: _same_number(kinds) if kinds else None,
        online=max,
        offline=_offline_extreme("greatest"),
        accepts="numbers",
    ),
    "eq": _compare(lambda a, b: a == b, lambda a, b: a == b),
    "ne": _compare(lambda a, b: a != b, lambda a, b: a != b),
    "lt": _compare(lambda a, b: a < b, lambda a, b: a < b),
    "le": _compare(lambda a, b: a <= b, lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b, lambda a, b: a > b),
    "ge": _compare(lambda a, b: a >= b, lambda a, b: a >= b),
    "and": Function(
        gives=_exactly("bool", "bool", result="bool"),
        online=_online_and,
        offline=lambda a, b: a & b,
        accepts="conditions",
        sees_null=True,
    ),
    "or": Function(
        gives=_exactly("bool", "bool", result="bool"),
        online=_online_or,
        offline=lambda a, b: a | b,
        accepts="conditions",
        sees_null=True,
    ),
    "not": Function(
        gives=_exactly("bool", result="bool"),
        online=lambda a: not a,
        offline=lambda a: ~a,
        accepts="one condition",
    ),
    "is_null": Function(
        gives=lambda kinds: "bool" if len(kinds) == 1 else None,
        online=lambda a: a is None,
        offline=lambda a: a.isnull(),
        accepts="one value",
        sees_null=True,
    ),
    "in": Function(
        gives=_is_in,
        online=lambda a, *options: a in options,
        offline=lambda a, *options: a.isin(options),
        accepts="a value and literals of its kind",
    ),
    "case": Function(
        gives=_case,
        online=_online_case,
        offline=_offline_case,
        accepts="conditions, and values of one kind",
        sees_null=True,
    ),
    "coalesce": Function(
        gives=lambda kinds: _common(kinds) if kinds else None,
        online=lambda *args: next((arg for arg in args if arg is not None), None),
        offline=_offline_coalesce,
        accepts="values of one kind",
        sees_null=True,
    ),
    "lower": _text(
        lambda a: a.translate(_TO_LOWER), lambda a: a.translate(ascii_uppercase, ascii_lowercase), "string"
    ),
    "upper": _text(
        lambda a: a.translate(_TO_UPPER), lambda a: a.translate(ascii_lowercase, ascii_uppercase), "string"
    ),
    "length": _text(len, lambda a: a.length().cast("int64"), "int"),
    "concat": Function(
        gives=lambda kinds: "string" if len(kinds) > 1 and set(kinds) == {"string"} else None,
        online=lambda *args: "".join(args),
        offline=lambda first, *rest: first.concat(*rest),
        accepts="strings",
    ),
    "to_float": Function(
        gives=lambda kinds: "float" if len(kinds) == 1 and kinds[0] in (*NUMBERS, "bool") else None,
        online=float,
        offline=lambda a: a.cast("float64"),
        accepts="one number or condition",
    ),
    "to_int": Function(
        gives=lambda kinds: "int" if len(kinds) == 1 and kinds[0] in ("int", "bool") else None,
        online=int,
        offline=lambda a: a.cast("int64"),
        accepts="one whole number or condition (use floor or ceil on a float)",
    ),
    "year": _date_part(lambda days, _: _civil(days)[0], lambda local: local.year()),
    "month": _date_part(lambda days, _: _civil(days)[1], lambda local: local.month()),
    "day": _date_part(lambda days, _: _civil(days)[2], lambda local: local.day()),
    "dayofyear": _date_part(lambda days, _: _day_of_year(days), lambda local: local.day_of_year()),
    "isodow": _date_part(lambda days, _: (days + 3) % 7 + 1, lambda local: local.day_of_week.index() + 1),
    "hour": _date_part(lambda _, second: second // 3600, lambda local: local.hour()),
    "minute": _date_part(lambda _, second: second // 60 % 60, lambda local: local.minute()),
    "seconds_between": Function(
        gives=_exactly("timestamp", "timestamp", result="int"),
        online=lambda start, end: end // US - start // US,
        offline=lambda start, end: epoch_s(end) - epoch_s(start),
        accepts="two timestamps",
    ),
}


def local_time(calendar: Calendar, kind: Kind, value: int) -> tuple[int, int]:
    """Local days since 1970 and second of the local day, of a timestamp (us) or a date (days)."""
    if kind == "date":
        return value, 0
    return divmod(calendar.local_s(value // US), DAY_S)
