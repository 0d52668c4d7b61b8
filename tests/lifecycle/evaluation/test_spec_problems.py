"""What a spec says of slices, groups and gates is checked when it is loaded."""

import pytest

from lifecycle.evaluation.spec_problems import column_problems, metric_problems
from lifecycle.features.build import build_plan
from lifecycle.spec.parse import SpecError, parse_spec
from tests.fakes.orders import ORDERS, orders_spec

GATES = "gates: [{metric: auc, min: 0.6}]"
MEASURES = "demographic_parity, equalized_odds, accuracy_gap"


def section(*, gate: str = "", slices: str = "", fairness: str = "") -> str:
    """The section `evaluation` with one gate on the AUC, and what is given."""
    parts = [f"slices: [{slices}]"] if slices else []
    parts += [f"fairness: {fairness}"] if fairness else []
    gates = f"gates: [{{metric: auc, min: 0.6}}, {gate}]" if gate else GATES
    return "\n  ".join([*parts, gates])


def problems(**parts: str) -> list[str]:
    spec = orders_spec((GATES, section(**parts)))
    return [str(p) for p in (*metric_problems(spec), *column_problems(spec, build_plan(spec)))]


def test_a_sound_spec_has_no_problems() -> None:
    gates = [
        "{relative: auc}",
        "{relative: log_loss, slice: shop, superiority: true}",
        "{slice: big, metric: auc, min: 0.5}",
        "{fairness: demographic_parity, attribute: shop, max: 0.2}",
    ]
    big = '{name: big, where: "amount > 10 and hour(ordered_at) < 12"}'
    fair = "{attributes: [shop], limits: {equalized_odds: 0.1}}"
    assert problems(gate=", ".join(gates), slices="{name: shop, by: shop}, " + big, fairness=fair) == []


SHOP = "{name: shop, by: shop}"


@pytest.mark.parametrize(
    ("parts", "path", "found", "allowed"),
    [
        pytest.param(
            {"gate": "{relative: auk}"},
            "gates.1.relative",
            "'auk'",
            "auc, average_precision, log_loss",
            id="an unknown metric",
        ),
        pytest.param(
            {"gate": "{relative: positive_rate}"},
            "gates.1.relative",
            "'positive_rate'",
            "auc",
            id="a metric that ranks no models",
        ),
        pytest.param(
            {"gate": "{slice: shop, metric: auc, min: 0.5}"},
            "gates.1.slice",
            "'shop'",
            "`evaluation.slices` to hold it",
            id="a slice without any",
        ),
        pytest.param(
            {"gate": "{relative: auc, slice: shoop}", "slices": SHOP},
            "gates.1.slice",
            "'shoop'",
            "shop",
            id="an unknown slice",
        ),
        pytest.param(
            {"gate": "{slice: shop, metric: rmse, max: 1}", "slices": SHOP},
            "gates.1.metric",
            "'rmse'",
            "auc",
            id="another task's metric",
        ),
        pytest.param(
            {"gate": "{fairness: equalized_odds, attribute: shop, max: 1}"},
            "gates.1.attribute",
            "'shop'",
            "`evaluation.fairness.attributes` to hold it",
            id="an attribute without any",
        ),
        pytest.param(
            {"gate": "{fairness: error_gap, attribute: shop, max: 1}", "fairness": "{attributes: [shop]}"},
            "gates.1.fairness",
            "'error_gap'",
            MEASURES,
            id="another task's measure",
        ),
        pytest.param(
            {"fairness": "{attributes: [shop], limits: {error_gap: 1}}"},
            "fairness.limits.error_gap",
            "'error_gap'",
            MEASURES,
            id="another task's limit",
        ),
        pytest.param(
            {"slices": "{name: s, by: shops}"},
            "slices.0.by",
            "'shops'",
            "order_id, items, shop, stock_level",
            id="an unknown column",
        ),
        pytest.param(
            {"slices": "{name: s, by: amount}"},
            "slices.0.by",
            "'amount', a float",
            "order_id, items",
            id="a column of floats",
        ),
        pytest.param(
            {"slices": "{name: s, by: returned}"},
            "slices.0.by",
            "'returned'",
            "order_id, items",
            id="the label",
        ),
        pytest.param(
            {"slices": "{name: s, where: 'amount > shop'}"},
            "slices.0.where",
            "gt(float, string) at line 1, column 1",
            "gt takes two values of one kind",
            id="a condition that does not fit",
        ),
        pytest.param(
            {"slices": "{name: s, where: 'amount + 1'}"},
            "slices.0.where",
            "a float",
            "a condition",
            id="no condition",
        ),
        pytest.param(
            {"slices": "{name: s, where: 'stock.level > 1'}"},
            "slices.0.where",
            "the lookup 'stock' at line 1, column 1",
            "no lookup",
            id="a lookup",
        ),
        pytest.param(
            {"fairness": "{attributes: [color]}"},
            "fairness.attributes",
            "'color'",
            "order_id, items",
            id="an unknown attribute",
        ),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(
    parts: dict[str, str], path: str, found: str, allowed: str
) -> None:
    (problem,) = problems(**parts)
    assert problem.startswith(f"evaluation.{path}: found {found}; allowed: {allowed}")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            {"gate": "{relative: auc}, {relative: auc, margin: 0}"},
            "two gates share a name: auc_min, auc_against_champion, auc_against_champion",
            id="twice",
        ),
        pytest.param(
            {"gate": "{relative: auc, mragin: 0}"},
            "evaluation.gates.1.mragin: found an unknown key; allowed: relative, slice, margin, margin_is",
            id="an unknown key of a kind",
        ),
        pytest.param(
            {"gate": "{relative: auc, margin: -1}"},
            "evaluation.gates.1.margin: found -1",
            id="a negative margin",
        ),
        pytest.param(
            {"gate": "{slice: s, metric: auc}"},
            "evaluation.gates.1: found keys that do not fit together; allowed: a gate has exactly one",
            id="a slice without a limit",
        ),
        pytest.param(
            {"gate": "{fairness: parity, attribute: shop, max: 1}"},
            "evaluation.gates.1.fairness: found 'parity'; allowed: 'demographic_parity'",
            id="no measure",
        ),
        pytest.param(
            {"slices": "{name: s}"},
            "exactly one of `by` (one or two columns) and `where`",
            id="a family of nothing",
        ),
        pytest.param(
            {"slices": "{name: s, by: [a, b, c]}"},
            "`by` holds one column, or two that differ",
            id="three columns",
        ),
        pytest.param(
            {"slices": "{name: s, by: a}, {name: s, by: b}"},
            "two slice families share a name: s, s",
            id="two families of one name",
        ),
        pytest.param(
            {"fairness": "{attributes: []}"}, "`attributes` names at least one column", id="no attribute"
        ),
        pytest.param(
            {"fairness": "{attributes: [shop], limits: {parity: 1}}"},
            "evaluation.fairness.limits.parity",
            id="a limit of no measure",
        ),
        pytest.param(
            {
                "fairness": "{attributes: [shop], limits: {accuracy_gap: 0.1}}",
                "gate": "{fairness: accuracy_gap, attribute: shop, max: 0.2}",
            },
            "two gates share a name",
            id="a limit and a gate of the same",
        ),
    ],
)
def test_what_fits_no_record_is_refused_by_the_parser(parts: dict[str, str], expected: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(ORDERS.replace(GATES, section(**parts)))
    assert expected in str(refused.value)


def test_relative_gates_alone_would_let_every_first_version_in() -> None:
    with pytest.raises(SpecError, match="would deploy anything: give at least one on a metric"):
        parse_spec(ORDERS.replace(GATES, "gates: [{relative: auc}]"))
