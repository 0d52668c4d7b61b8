import pytest

from lifecycle.endpoint.deployment_problems import deployment_problems
from lifecycle.features.build import build_plan
from lifecycle.spec.parse import SpecError, parse_spec

SPEC = """
model: {{name: late, task: {task}}}
data:
  source: {{files: none.parquet}}
  entity: id
  partition: {{every: once}}
  columns:
    id: {{type: string}}
    carrier: {{type: string, sensitive: true}}
    label: {{type: {label}, null_share: 1.0}}
  label: {{column: label}}
features: {{columns: {{carrier: carrier}}}}
evaluation: {{gates: [{{metric: {metric}}}]}}
deployment: {deployment}
"""


def problems(deployment: str, *, task: str = "binary") -> list[tuple[str, str]]:
    facts = {
        "binary": ("bool", "auc, min: 0.5"),
        "regression": ("float", "mae, max: 9"),
        "multiclass": ("int", "accuracy, min: 0.5"),
    }
    label, metric = facts[task]
    spec = parse_spec(SPEC.format(task=task, label=label, metric=metric, deployment=deployment))
    return [
        (p.path.removeprefix("deployment."), p.found) for p in deployment_problems(spec, build_plan(spec))
    ]


@pytest.mark.parametrize(
    ("deployment", "task", "expected"),
    [
        pytest.param("{}", "binary", [], id="nothing said"),
        pytest.param("{endpoint: {assign_by: id}, request_log: {columns: [id]}}", "binary", [], id="sound"),
        pytest.param(
            "{endpoint: {assign_by: user}}", "binary", [("endpoint.assign_by", "'user'")], id="no such column"
        ),
        pytest.param(
            "{endpoint: {assign_by: label}}",
            "binary",
            [("endpoint.assign_by", "'label'")],
            id="the label is in no request",
        ),
        pytest.param(
            "{request_log: {columns: [id, carrier]}}",
            "binary",
            [("request_log.columns.1", "the sensitive column 'carrier'")],
            id="a sensitive column is not logged",
        ),
        pytest.param(
            "{endpoint: {fallback: {to: constant, constant: 2}}}",
            "binary",
            [("endpoint.fallback.constant", "2.0")],
            id="a probability over one",
        ),
        pytest.param(
            "{endpoint: {fallback: {to: constant, constant: 2}}}", "regression", [], id="any number"
        ),
        pytest.param(
            "{endpoint: {fallback: {to: constant, constant: 1}}}",
            "multiclass",
            [("endpoint.fallback.constant", "the task multiclass")],
            id="no constant of several classes",
        ),
    ],
)
def test_each_problem_has_its_path(deployment: str, task: str, expected: list[tuple[str, str]]) -> None:
    assert problems(deployment, task=task) == expected


@pytest.mark.parametrize(
    ("deployment", "fact"),
    [
        pytest.param("{endpoint: {fallback: {to: constant}}}", "`constant` is a number", id="no number"),
        pytest.param("{endpoint: {fallback: {constant: 1}}}", "not given otherwise", id="no effect"),
        pytest.param("{limits: {max_depth: 1}}", "deployment.limits.max_depth: found 1", id="too small"),
        pytest.param("{request_log: {durability: raid}}", "'process' or 'power'", id="unknown word"),
        pytest.param("{limits: {max_rows: 1}}", "deployment.limits.max_rows: found an unknown key", id="key"),
    ],
)
def test_what_the_records_refuse(deployment: str, fact: str) -> None:
    with pytest.raises(SpecError, match=fact):
        problems(deployment)
