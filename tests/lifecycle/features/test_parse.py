"""What an expression may be, and where a wrong one is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Call, Const, Expression, Ref, from_json, to_json
from lifecycle.features.parse import CALLABLE, ExpressionError, Scope, parse_expression

SCOPE: Scope = {
    "": {"x": "float", "n": "int", "s": "string", "b": "bool", "t": "timestamp", "late": "bool"},
    "weather": {"temp": "float"},
}
X, N, S = Ref("x", "float"), Ref("n", "int"), Ref("s", "string")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("x", X, id="column"),
        pytest.param("weather.temp", Ref("temp", "float", "weather"), id="lookup"),
        pytest.param("(x)", X, id="brackets"),
        pytest.param("x -- a remark", X, id="remark"),
        pytest.param("-1", Const(-1, "int"), id="negative literal"),
        pytest.param("9223372036854775807", Const(2**63 - 1, "int"), id="largest whole number"),
        pytest.param("1e2", Const(100.0, "float"), id="float literal"),
        pytest.param("'it''s'", Const("it's", "string"), id="text"),
        pytest.param("n + 1", Call("add", (N, Const(1, "int")), "int"), id="whole numbers stay whole"),
        pytest.param("n / 2", Call("div", (N, Const(2, "int")), "float"), id="division is real"),
        pytest.param("x < n", Call("lt", (X, N), "bool"), id="numbers compare"),
        pytest.param(
            "NULLIF(n, 0)",
            Call("case", (Call("eq", (N, Const(0, "int")), "bool"), Const(None, "null"), N), "int"),
            id="nullif is a case",
        ),
        pytest.param(
            "n BETWEEN 1 AND 2",
            Call(
                "and",
                (Call("ge", (N, Const(1, "int")), "bool"), Call("le", (N, Const(2, "int")), "bool")),
                "bool",
            ),
            id="between is two comparisons",
        ),
        pytest.param(
            "s IS NOT NULL",
            Call("not", (Call("is_null", (S,), "bool"),), "bool"),
            id="not null is a negation",
        ),
    ],
)
def test_an_expression_is_read(text: str, expected: Expression) -> None:
    assert parse_expression(text, SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "found", "allowed"),
    [
        pytest.param(
            "x + nope",
            "the column 'nope' at line 1, column 5",
            "columns of the row: x, n, s, b",
            id="column",
        ),
        pytest.param(
            "x +\n  nope", "the column 'nope' at line 2, column 3", "columns of the row", id="second line"
        ),
        pytest.param(
            "weather.rain",
            "the column 'rain' at line 1, column 9",
            "columns of the lookup 'weather': temp",
            id="column of a lookup",
        ),
        pytest.param("wether.temp", "the lookup 'wether' at line 1", "weather", id="lookup"),
        pytest.param(
            "a.weather.temp", "the lookup 'a.weather' at line 1", "weather", id="name of three parts"
        ),
        pytest.param(
            "random()",
            "'RANDOM()'",
            "columns, literals, operators, CASE and the functions abs,",
            id="function",
        ),
        pytest.param("sum(x)", "'SUM(x)' at line 1, column 1", "columns, literals", id="aggregate"),
        pytest.param(
            "lag(x) OVER (ORDER BY t)", "'LAG(x) OVER (ORDER BY t)'", "columns, literals", id="window"
        ),
        pytest.param("(SELECT 1)", "'(SELECT 1)'", "columns, literals", id="subquery"),
        pytest.param("x AS y", "'x AS y'", "columns, literals", id="alias"),
        pytest.param("*", "'*'", "columns, literals", id="star"),
        pytest.param("x % 2", "'x % 2'", "columns, literals", id="operator that engines disagree on"),
        pytest.param("current_timestamp", "'CURRENT_TIMESTAMP", "columns, literals", id="clock"),
        pytest.param("DROP TABLE x", "'DROP TABLE x'", "columns, literals", id="statement"),
        pytest.param(
            "x; DROP TABLE x",
            "'x; DROP TABLE x', which does not parse",
            "one SQL expression",
            id="two statements",
        ),
        pytest.param("x +", "'x +', which does not parse", "one SQL expression", id="half an expression"),
        pytest.param("", "'', which does not parse", "one SQL expression", id="nothing"),
        pytest.param("x y z", "'x y z', which does not parse", "one SQL expression", id="three words"),
        pytest.param("'open", "", "one SQL expression", id="text that never ends"),
        pytest.param("x + s", "add(float, string)", "add takes two numbers", id="kinds"),
        pytest.param("NOT n", "not(int)", "not takes one condition", id="number as condition"),
        pytest.param(
            "x = NULL", "eq(float, null)", "eq takes two values of one kind", id="compared with null"
        ),
        pytest.param("hour(x)", "hour(float)", "hour takes one timestamp or date", id="hour of a number"),
        pytest.param("floor(x, 2)", "floor(float, int)", "floor takes one number", id="too many arguments"),
        pytest.param(
            "CASE WHEN b THEN x ELSE s END",
            "case(bool, float, string)",
            "case takes conditions, and values of one kind",
            id="case of two kinds",
        ),
        pytest.param(
            "s IN (1)",
            "in(string, int)",
            "in takes a value and literals of its kind",
            id="in of another kind",
        ),
        pytest.param("s IN (s)", "'s IN (s)' at line 1", "IN over a list of literals", id="in over columns"),
        pytest.param(
            "s IN (SELECT 1)", "'s IN (SELECT 1)'", "IN over a list of literals", id="in over a query"
        ),
        pytest.param("x IS TRUE", "'x IS TRUE'", "IS NULL and IS NOT NULL", id="is true"),
        pytest.param(
            "CAST(x AS INT)",
            "to_int(float)",
            "to_int takes one whole number or condition (use floor",
            id="float to integer",
        ),
        pytest.param(
            "CAST(x AS VARCHAR)",
            "'CAST(x AS TEXT)'",
            "CAST(... AS DOUBLE) and CAST(... AS BIGINT)",
            id="number to text",
        ),
        pytest.param(
            "TRY_CAST(n AS DOUBLE)", "'TRY_CAST(n AS DOUBLE)'", "CAST(... AS DOUBLE)", id="try cast"
        ),
        pytest.param(
            "EXTRACT(epoch FROM t)", "EXTRACT(epoch)", "EXTRACT of day, dayofyear, hour", id="date part"
        ),
        pytest.param(
            "9223372036854775808", "the number 9223372036854775808", "a whole number of 64 bits", id="65 bits"
        ),
        pytest.param(
            "1e999", "the number 1e999", "a whole number of 64 bits, or a finite one", id="infinite"
        ),
        pytest.param("9" * 5000, "the number 9999", "a whole number of 64 bits", id="5,000 digits"),
        pytest.param("+".join("x" * 5000), "'x+x+x+x+x+x+...", "", id="10,000 characters"),
        pytest.param("(" * 5000 + "x" + ")" * 5000, "'(((((((((((", "", id="5,000 brackets"),
    ],
)
def test_a_wrong_expression_says_where_and_what_is_allowed(text: str, found: str, allowed: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, SCOPE)
    assert caught.value.found.startswith(found)
    assert caught.value.allowed.startswith(allowed)
    assert len(caught.value.found) < 200


def test_names_of_functions_are_no_operators() -> None:
    assert {"abs", "hour", "coalesce", "nullif"} <= CALLABLE
    assert CALLABLE & {"add", "eq", "neg", "case", "is_null", "to_float"} == set()


words = st.sampled_from(
    ["x", "n", "s", "b", "t", "1", "'a'", "+", "-", "/", "<", "(", ")", ",", "AND", "NOT", "CASE"]
)
words |= st.sampled_from(
    ["WHEN", "THEN", "END", "NULL", "IN", "hour(", "coalesce(", "weather.temp", "IS", ";", "--"]
)


@given(st.lists(words, max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_an_expression_or_an_error_of_ours(text: str) -> None:
    try:
        expression = parse_expression(text, SCOPE)
    except ExpressionError:
        return
    assert from_json(to_json(expression)) == expression


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        ["const"],
        ["const", "int"],
        ["const", "complex", 1],
        ["const", "int", [1]],
        ["ref", "int", 1, None],
        ["call", "int"],
        ["call", "int", "abs", "x"],
        ["eval", "int", "abs"],
        {"call": "abs"},
        "__import__('os')",
    ],
    ids=repr,
)
def test_a_stored_expression_is_never_run_on_a_guess(raw: object) -> None:
    with pytest.raises(LifecycleError, match="a stored feature expression"):
        from_json(raw)
