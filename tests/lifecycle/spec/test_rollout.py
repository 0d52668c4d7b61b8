"""`deployment.rollout`: what is refused when a spec is loaded, and what a plan is made of."""

import pytest
from pydantic import ValidationError

from lifecycle.rollout.plan import compile_plan
from lifecycle.rollout.spec_problems import rollout_problems
from lifecycle.spec.parse import SpecError, parse_spec
from tests.fakes.orders import ORDERS
from tests.fakes.rollout_world import plan_with, spec_with


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "guardrails: []",
            "rollout.guardrails: found .*; allowed: .*at least 1",
            id="no guardrail",
        ),
        pytest.param(
            "guardrails: [{metric: error_rte, max: 0.1}]",
            "deployment.rollout.guardrails.0.metric: found 'error_rte'; allowed: 'error_rate', 'null_rate'",
            id="an unknown metric",
        ),
        pytest.param(
            "guardrails: [{metric: error_rate}]", "exactly one of `max`, `min` and `margin`", id="no limit"
        ),
        pytest.param(
            "guardrails: [{metric: error_rate, max: 2}]", "is a share: its `max`", id="a limit nobody breaks"
        ),
        pytest.param(
            "guardrails: [{metric: input_drift, margin: 0.1}]", "it has a `max`", id="a drift against a drift"
        ),
        pytest.param(
            "guardrails: [{metric: null_rate, min: 0.1}]", "less is better", id="a limit on the wrong side"
        ),
        pytest.param("steps: [15, 5]", "`steps` rise", id="falling steps"),
        pytest.param("steps: [5, 100]", "steps.1: found 100", id="a step of everything"),
        pytest.param("steps: []", "at least one step", id="a canary without steps"),
        pytest.param("strategy: blue_green\n    steps: [5]", "has no `steps`", id="steps of no canary"),
        pytest.param("strategy: blue_green\n    bake: 0s", "give `bake` some time", id="nothing to judge in"),
        pytest.param("bandit: {min_share: 0.2}", "the one excludes the other", id="steps and a bandit"),
        pytest.param(
            "strategy: bandit\n    bandit: {min_share: 0.5}",
            "bandit.min_share: found 0.5",
            id="a bandit with no choice",
        ),
        pytest.param(
            "strategy: bandit\n    promote_on: guardrails", "lives on labels", id="a bandit without labels"
        ),
        pytest.param(
            "promote_on: guardrails\n    shadow: {decides: true}",
            "`shadow.decides` needs `promote_on: labels`",
            id="a shadow that decides without labels",
        ),
        pytest.param(
            "strategy: bandit\n    shadow: {decides: true}",
            "`strategy` canary or blue_green",
            id="a bandit that was decided before it began",
        ),
        pytest.param(
            "shadow: {decides: true, requests: 0}", "`shadow.requests` is above 0", id="no shadow decides"
        ),
        pytest.param("stage_limit: 1h", "leaves no time", id="a limit before the end"),
        pytest.param("hold: soon", "a whole number and a unit", id="a time that is none"),
        pytest.param("primary: {margin: 0}", "not worse by more than 0", id="what no sample shows"),
        pytest.param("trafic: 5", "an unknown key; allowed: strategy, steps", id="an unknown key"),
        pytest.param("alpha: .nan", "alpha: found nan", id="not a number"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_when_it_is_loaded(text: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        parse_spec(f"{ORDERS}deployment:\n  rollout:\n    {text}\n")


def test_a_primary_metric_that_is_no_mean_is_refused() -> None:
    (problem,) = rollout_problems(spec_with(primary={"metric": "auc"}))
    assert str(problem) == (
        "deployment.rollout.primary.metric: found 'auc'; allowed: brier, log_loss, accuracy"
    )


def test_a_spec_without_the_section_stays_valid_and_its_plan_is_guarded() -> None:
    plan = compile_plan(parse_spec(ORDERS))
    assert [stage.label for stage in plan.stages] == ["smoke", "full", "bake"]
    assert len(plan.guardrails) == 3
    assert plan.promotes_on == "no_failure"


@pytest.mark.parametrize(
    ("rollout", "stages", "decides"),
    [
        pytest.param(
            {"strategy": "canary"},
            ["smoke", "shadow", "canary 5 %", "canary 15 %", "canary 30 %", "full", "bake"],
            "canary 30 %",
            id="canary",
        ),
        pytest.param(
            {"strategy": "blue_green"}, ["smoke", "shadow", "full", "bake"], "bake", id="blue/green"
        ),
        pytest.param(
            {"steps": [50], "bake": "0s", "shadow": {"requests": 0}},
            ["smoke", "canary 50 %", "full"],
            "canary 50 %",
            id="short",
        ),
        pytest.param(
            {"strategy": "bandit"}, ["smoke", "shadow", "bandit", "full", "bake"], "bandit", id="bandit"
        ),
        pytest.param(
            {"shadow": {"decides": True}, "steps": [10]},
            ["smoke", "shadow", "canary 10 %", "full", "bake"],
            "shadow",
            id="labels of the shadow",
        ),
        pytest.param(
            {"promote_on": "guardrails", "steps": [50]},
            ["smoke", "shadow", "canary 50 %", "full", "bake"],
            None,
            id="labels play no part",
        ),
    ],
)
def test_stages_of_a_plan(rollout: dict[str, object], stages: list[str], decides: str | None) -> None:
    plan = plan_with(**rollout)
    assert [stage.label for stage in plan.stages] == stages
    assert [stage.label for stage in plan.stages if stage.decides] == ([decides] if decides else [])
    assert (plan.primary is None) == (decides is None)


@pytest.mark.parametrize(
    ("primary", "compare", "limit", "strictly"),
    [
        pytest.param({"margin": 0.05}, "ratio", 1.05, False, id="5 % more error"),
        pytest.param({"metric": "accuracy", "margin": 0.05}, "ratio", 0.95, False, id="5 % less accuracy"),
        pytest.param({"margin": 0.01, "margin_is": "absolute"}, "difference", 0.01, False, id="in its unit"),
        pytest.param({"goal": "superiority"}, "ratio", 1.0, True, id="better"),
        pytest.param(
            {"goal": "superiority", "margin_is": "absolute"}, "difference", 0.0, True, id="better in its unit"
        ),
    ],
)
def test_the_limit_of_the_primary_metric(
    primary: dict[str, object], compare: str, limit: float, strictly: bool
) -> None:
    check = plan_with(primary=primary).primary
    assert check is not None
    assert (check.compare, check.limit, check.strictly) == (compare, limit, strictly)


def test_another_plan_has_another_fingerprint() -> None:
    assert plan_with().fingerprint == plan_with().fingerprint
    assert plan_with().fingerprint != plan_with(hold="2h").fingerprint


def test_a_margin_below_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        plan_with(primary={"margin": -0.1})


def test_what_is_not_logged_cannot_be_judged() -> None:
    spec = spec_with(strategy="canary")
    silent = spec.deployment.request_log.model_copy(update={"enabled": False})
    deployment = spec.deployment.model_copy(update={"request_log": silent})
    (problem,) = rollout_problems(spec.model_copy(update={"deployment": deployment}))
    assert problem.path == "deployment.request_log.enabled"


def test_labels_of_a_key_that_the_log_hides_find_no_request() -> None:
    spec = spec_with(strategy="canary")
    hidden = spec.data.columns[spec.data.entity].model_copy(update={"sensitive": True})
    data = spec.data.model_copy(update={"columns": {**spec.data.columns, spec.data.entity: hidden}})
    (problem,) = rollout_problems(spec.model_copy(update={"data": data}))
    assert (problem.path, problem.found) == ("deployment.rollout.promote_on", "'labels'")
