"""Rules and severities of a spec: what is refused when it loads, with path and way out."""

import pytest

from lifecycle.spec.parse import parse_spec
from tests.lifecycle.spec.problems import changed, problems_of

AT = "  entity: order_id"
TIME = "ordered_at: {type: timestamp, rules: {readable: quarantine}}"


def test_every_rule_has_a_default() -> None:
    rules = parse_spec(changed(AT, AT)).data.rules
    warned = {"rows_change", "new_column", "lost_column", "retyped"}
    assert {name for name, severity in rules if severity != "block"} == warned


@pytest.mark.parametrize("written", ["off", "'off'", "false"])
def test_off_needs_no_quotes(written: str) -> None:
    # YAML 1.1 reads an unquoted off as false.
    spec = parse_spec(changed(AT, f"  rules: {{range: {written}, rows: {written}}}\n{AT}"))
    assert (spec.data.rules.range, spec.data.rules.rows) == ("off", "off")


@pytest.mark.parametrize(
    ("text", "path", "found", "allowed"),
    [
        pytest.param(
            changed(AT, f"  rules: {{rows: quarantine}}\n{AT}"),
            "data.rules.rows",
            "'quarantine'",
            "block, warn or off: this rule judges a whole table, and no single row can be set aside",
            id="a rule of tables has no rows to set aside",
        ),
        pytest.param(
            changed(AT, f"  rules: {{readable: warn}}\n{AT}"),
            "data.rules.readable",
            "'warn'",
            "'block' or 'quarantine'",
            id="what cannot be read cannot be kept",
        ),
        pytest.param(
            changed(AT, f"  rules: {{range: stop}}\n{AT}"),
            "data.rules.range",
            "'stop'",
            "'block', 'quarantine', 'warn' or 'off'",
            id="no such severity",
        ),
        pytest.param(
            changed("items: {type: int,", "items: {type: int, rules: {null_share: quarantine},"),
            "data.columns.items",
            "keys that do not fit together",
            "`rules.null_share: quarantine` needs `null_share: 0`: where some may be missing, no single row "
            "is wrong",
            id="where some may be missing, no row is wrong",
        ),
        pytest.param(
            changed("items: {type: int,", "items: {type: int, unique: true, rules: {unique: quarantine},"),
            "data",
            "keys that do not fit together",
            "`columns.items.rules.unique` is `quarantine`; allowed: block, warn or off (only the rows of one "
            "entity have a first one)",
            id="only an entity has a first row",
        ),
        pytest.param(
            changed(
                "ordered_at: {type: timestamp}",
                "ordered_at: {type: timestamp, rules: {readable: quarantine}}",
            ),
            "data",
            "keys that do not fit together",
            "`columns.ordered_at.rules.readable` is `quarantine`; allowed: block (a row without an event "
            "time belongs to no partition)",
            id="a row without a time belongs nowhere",
        ),
        pytest.param(
            changed("shop: {type: string,", "shop: {type: string, increasing: true,"),
            "data.columns.shop",
            "keys that do not fit together",
            "`increasing` is for numbers and times, this column is string",
            id="texts do not increase",
        ),
        pytest.param(
            changed(AT, f"  rows: {{min: 5, max: 4}}\n{AT}"),
            "data.rows",
            "keys that do not fit together",
            "`min` 5 is above `max` 4",
            id="a band without room",
        ),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(text: str, path: str, found: str, allowed: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.path, problem.found, problem.allowed) == (path, found, allowed)
