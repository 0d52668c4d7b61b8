"""From the SQL text of a feature to an expression, or to a problem that says where and what is allowed."""

import math
import reprlib
from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import expressions as sql
from sqlglot.errors import ParseError, SqlglotError

from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Call, Const, Expression, Kind, Ref
from lifecycle.features.functions import FUNCTIONS

Scope = Mapping[str, Mapping[str, Kind]]
"""Lookup name (or `history`) -> column -> kind; the row's own columns stand under the empty name."""


class ExpressionError(LifecycleError):
    """A feature expression that is not understood; past the parser it says where in the text."""

    def __init__(self, found: str, allowed: str, *, at: tuple[int, int] | None = None) -> None:
        self.what, self.allowed, self.at = found, allowed, at
        self.found = found if at is None else f"{found} at line {at[0]}, column {at[1]}"
        super().__init__(f"found {self.found}; allowed: {allowed}")

    def placed(self, at: tuple[int, int]) -> "ExpressionError":
        """The same error, at a line and column that are counted from one."""
        return ExpressionError(self.what, self.allowed, at=at)


def parse_expression(text: str, scope: Scope) -> Expression:
    """Parse one SQL expression over the columns in scope.

    Raises:
        ExpressionError: not SQL, an unknown column or function, or kinds that do not fit; with the line and
            column of it.

    >>> parse_expression("hour(sched_dep)", {"": {"sched_dep": "timestamp"}})
    Call(function='hour', args=(Ref(name='sched_dep', kind='timestamp', lookup=None),), kind='int')
    """
    try:
        trees = sqlglot.parse(text, read="duckdb")
        if len(trees) != 1 or trees[0] is None:
            at = (_place(trees[1]) if len(trees) > 1 and trees[1] else None) or (1, 1)
            raise _not_one(text, at)
        return _read(trees[0], scope)
    except ExpressionError as exc:
        # What has no place of its own, such as a bare NULL, is all of the text.
        raise exc if exc.at else exc.placed((1, 1)) from None
    except ParseError as exc:
        first = exc.errors[0]
        # sqlglot tells the column where a word ends.
        at = (first["line"], first["col"] - max(0, len(first["highlight"]) - 1))
        raise _not_one(text, at) from exc
    except (SqlglotError, ValueError) as exc:
        # The tokenizer fails where a quotation or a comment does not end: at the end of the text.
        lines = text.split("\n")
        raise _not_one(text, (len(lines), len(lines[-1]) + 1)) from exc
    except RecursionError as exc:
        found = f"{reprlib.repr(text)}, nested too deeply,"
        raise ExpressionError(found, "a shorter expression", at=(1, 1)) from exc


def _not_one(text: str, at: tuple[int, int]) -> ExpressionError:
    return ExpressionError(f"{reprlib.repr(text)}, which does not parse", "one SQL expression", at=at)


def _read(node: sql.Expr, scope: Scope) -> Expression:
    try:
        return _read_node(node, scope)
    except ExpressionError as exc:
        at = None if exc.at else _place(node)
        raise exc if at is None else exc.placed(at) from None


def _read_node(node: sql.Expr, scope: Scope) -> Expression:
    if isinstance(node, sql.Paren):
        return _read(node.this, scope)
    if isinstance(node, sql.Column):
        return _column(node, scope)
    if isinstance(node, sql.Literal | sql.Boolean | sql.Null):
        return _literal(node)
    for kind, build in _SHAPES.items():
        if isinstance(node, kind):
            return build(node, scope)
    name = _PLAIN.get(type(node)) or _function_name(node)
    if name is None:
        allowed = f"columns, literals, operators, CASE and the functions {', '.join(sorted(CALLABLE))}"
        raise ExpressionError(repr(node.sql(dialect="duckdb")), allowed)
    args = node.expressions if isinstance(node, sql.Anonymous) else _operands(node)
    return call(name, *(_read(arg, scope) for arg in args))


def call(name: str, *args: Expression) -> Expression:
    """A checked call.

    Raises:
        ExpressionError: the function does not accept these kinds.
    """
    function = FUNCTIONS[name]
    kinds: list[Kind] = [arg.kind for arg in args]
    # A bare NULL fits anywhere a null-propagating function takes a value: its kind is its neighbour's.
    known = [kind for kind in kinds if kind != "null"]
    result = (
        function.gives(kinds if name in ("case", "is_null") else known)
        if known or name == "is_null"
        else None
    )
    arity_kept = len(known) == len(kinds) or function.sees_null
    if result is None or not arity_kept:
        raise ExpressionError(f"{name}({', '.join(kinds)})", f"{name} takes {function.accepts}")
    return Call(name, args, result)


def _column(node: sql.Column, scope: Scope) -> Expression:
    lookup = ".".join(part.name for part in node.parts[:-1])
    columns = scope.get(lookup)
    if columns is None:
        raise ExpressionError(
            f"the lookup {lookup!r}", ", ".join(filter(None, scope)) or "no lookup is declared"
        )
    if node.name not in columns:
        where = f"lookup {lookup!r}" if lookup else "row"
        allowed = f"columns of the {where}: {', '.join(columns)}"
        raise ExpressionError(f"the column {node.name!r}", allowed, at=_place(node.this))
    return Ref(node.name, columns[node.name], lookup or None)


def _literal(node: sql.Expr) -> Const:
    if isinstance(node, sql.Null):
        return Const(None, "null")
    if isinstance(node, sql.Boolean):
        return Const(bool(node.this), "bool")
    text = str(node.this)
    if node.is_string:
        return Const(text, "string")
    number = int(text) if text.isdecimal() and len(text) < 20 else float(text)
    if not math.isfinite(number) or (isinstance(number, int) and number >= 2**63):
        raise ExpressionError(f"the number {text:.40}", "a whole number of 64 bits, or a finite one")
    return Const(number, "int" if isinstance(number, int) else "float")


def _case(node: sql.Expr, scope: Scope) -> Expression:
    args: list[Expression] = []
    for branch in node.args["ifs"]:
        condition = _read(branch.this, scope)
        if node.this is not None:
            condition = call("eq", _read(node.this, scope), condition)
        args += [condition, _read(branch.args["true"], scope)]
    default = node.args.get("default")
    return call("case", *args, _read(default, scope) if default is not None else Const(None, "null"))


def _if(node: sql.Expr, scope: Scope) -> Expression:
    otherwise = node.args.get("false")
    last = _read(otherwise, scope) if otherwise is not None else Const(None, "null")
    return call("case", _read(node.this, scope), _read(node.args["true"], scope), last)


def _is(node: sql.Expr, scope: Scope) -> Expression:
    if not isinstance(node.expression, sql.Null):
        raise ExpressionError(repr(node.sql(dialect="duckdb")), "IS NULL and IS NOT NULL")
    return call("is_null", _read(node.this, scope))


def _in(node: sql.Expr, scope: Scope) -> Expression:
    options = [_read(option, scope) for option in node.expressions]
    if not options or not all(isinstance(option, Const) and option.value is not None for option in options):
        raise ExpressionError(repr(node.sql(dialect="duckdb")), "IN over a list of literals")
    return call("in", _read(node.this, scope), *options)


def _between(node: sql.Expr, scope: Scope) -> Expression:
    value = _read(node.this, scope)
    low, high = (_read(node.args[bound], scope) for bound in ("low", "high"))
    return call("and", call("ge", value, low), call("le", value, high))


def _negative(node: sql.Expr, scope: Scope) -> Expression:
    inner = _read(node.this, scope)
    if isinstance(inner, Const) and isinstance(inner.value, int | float):
        return Const(-inner.value, inner.kind)
    return call("neg", inner)


def _cast(node: sql.Expr, scope: Scope) -> Expression:
    wanted = node.args["to"].sql(dialect="duckdb").upper()
    name = {"DOUBLE": "to_float", "BIGINT": "to_int", "INT": "to_int"}.get(wanted)
    if name is None or isinstance(node, sql.TryCast):
        raise ExpressionError(repr(node.sql(dialect="duckdb")), "CAST(... AS DOUBLE) and CAST(... AS BIGINT)")
    return call(name, _read(node.this, scope))


def _extract(node: sql.Expr, scope: Scope) -> Expression:
    part = str(node.this.name).lower()
    if part not in _DATE_PARTS:
        raise ExpressionError(f"EXTRACT({part})", f"EXTRACT of {', '.join(sorted(_DATE_PARTS))}")
    return call(part, _read(node.expression, scope))


def _coalesce(node: sql.Expr, scope: Scope) -> Expression:
    return call("coalesce", *(_read(arg, scope) for arg in _operands(node)))


def _nullif(node: sql.Expr, scope: Scope) -> Expression:
    value, other = _read(node.this, scope), _read(node.expression, scope)
    return call("case", call("eq", value, other), Const(None, "null"), value)


_DATE_PARTS = {"year", "month", "day", "dayofyear", "isodow", "hour", "minute"}
_SHAPES: Mapping[type[sql.Expr], Callable[[sql.Expr, Scope], Expression]] = {
    sql.Case: _case,
    sql.If: _if,
    sql.Is: _is,
    sql.In: _in,
    sql.Between: _between,
    sql.Neg: _negative,
    sql.Cast: _cast,
    sql.TryCast: _cast,
    sql.Extract: _extract,
    sql.Coalesce: _coalesce,
    sql.Nullif: _nullif,
}
_PLAIN: Mapping[type[sql.Expr], str] = {
    sql.Add: "add",
    sql.Sub: "sub",
    sql.Mul: "mul",
    sql.Div: "div",
    sql.EQ: "eq",
    sql.NEQ: "ne",
    sql.LT: "lt",
    sql.LTE: "le",
    sql.GT: "gt",
    sql.GTE: "ge",
    sql.And: "and",
    sql.Or: "or",
    sql.Not: "not",
    sql.DPipe: "concat",
    sql.DayOfYear: "dayofyear",
    sql.DayOfWeekIso: "isodow",
}
_OPERATORS = set(_PLAIN.values()) - {"concat"} - _DATE_PARTS | {
    "neg",
    "case",
    "in",
    "is_null",
    "to_float",
    "to_int",
}
CALLABLE = {name for name in FUNCTIONS if name not in _OPERATORS} | {"nullif"}
"""Names that may be written as a function."""


def _function_name(node: sql.Expr) -> str | None:
    if isinstance(node, sql.Anonymous):
        name = str(node.name).lower()
    elif isinstance(node, sql.Func):
        name = node.sql_name().lower()
    else:
        return None
    return name if name in CALLABLE else None


def _operands(node: sql.Expr) -> list[sql.Expr]:
    """Positional arguments of a function node, past the single-argument wrappers of the parser."""
    found: list[sql.Expr] = []
    for arg in node.args.values():
        for item in arg if isinstance(arg, list) else [arg]:
            if isinstance(item, sql.Expr):
                # Date functions wrap their argument in a cast that the user did not write.
                found.append(
                    item.this if isinstance(item, sql.TsOrDsToDate | sql.TsOrDsToTimestamp) else item
                )
    return found


def _place(node: sql.Expr) -> tuple[int, int] | None:
    """Line and column where the first word of a node begins; None where no part of it knows."""
    # sqlglot tells the column where a word ends.
    places = [
        (part.meta["line"], part.meta["col"] - (part.meta["end"] - part.meta["start"]))
        for part in node.walk()
        if "line" in part.meta
    ]
    return min(places, default=None)
