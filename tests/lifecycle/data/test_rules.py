import pytest

from lifecycle.data.rules import Rule, severity_of
from lifecycle.spec.columns import Severity
from tests.fakes.orders import orders_spec

QUARANTINE = (
    "  rules: {null_share: quarantine, unique: quarantine, readable: quarantine, range: quarantine}\n"
)


@pytest.mark.parametrize(
    ("rule", "column", "expected"),
    [
        pytest.param("range", "amount", "quarantine", id="the word of data.rules"),
        pytest.param("range", "items", "warn", id="a column's own word goes first"),
        pytest.param("null_share", "shop", "quarantine", id="none may be missing: the row is wrong"),
        pytest.param("null_share", "amount", "block", id="some may be missing: no single row is wrong"),
        pytest.param("unique", "order_id", "quarantine", id="the rows of an entity have a first one"),
        pytest.param("unique", "amount", "block", id="those of another value have none"),
        pytest.param("readable", "amount", "quarantine", id="what cannot be read goes aside"),
        pytest.param("readable", "ordered_at", "block", id="but a time says where a row belongs"),
        pytest.param("columns", "amount", "block", id="nothing softens a column that is not there"),
        pytest.param("new_column", "colour", "warn", id="a column that the spec does not list"),
        pytest.param("swapped", "amount, items", "block", id="a rule of several columns"),
    ],
)
def test_severity(rule: Rule, column: str, expected: Severity) -> None:
    spec = orders_spec(
        ("  entity:", f"{QUARANTINE}  entity:"),
        ("items: {type: int,", "items: {type: int, rules: {range: warn},"),
    )
    assert severity_of(spec, rule, column) == expected
