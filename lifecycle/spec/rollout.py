"""`deployment.rollout`: how a new version takes over from the champion, step by step and on evidence."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import Duration, Record, Share

Strategy = Literal["canary", "blue_green", "bandit", "none"]
GuardrailMetric = Literal[
    "error_rate",
    "null_rate",
    "p99_latency_ms",
    "prediction_drift",
    "input_drift",
    "estimated_performance",
]
MarginUnit = Literal["relative", "absolute"]
Limit = Annotated[int, Field(ge=1, le=10_000)]


class Consecutive(Record):
    """How many answers of one kind in a row have a consequence. The n-th one has it, not the one after."""

    fail: Limit = Field(1, description="so many fails end the rollout; one is evidence enough at any look")
    inconclusive: Limit | None = Field(
        None, description="so many answers without a conclusion end the rollout; left out: its time limits do"
    )
    error: Limit = Field(
        5, description="so many failed measurements are an outage, and `on_outage` says what follows"
    )


class Guardrail(Record):
    """One measurement that may end a rollout at any moment."""

    metric: GuardrailMetric = Field(description="what is watched, without waiting for labels")
    max: float | None = Field(None, strict=False, description="the version on trial must be at most this")
    min: float | None = Field(None, strict=False, description="the version on trial must be at least this")
    margin: Annotated[float, Field(ge=0)] | None = Field(
        None, strict=False, description="how much worse than the champion at the same time is still accepted"
    )
    margin_is: MarginUnit = Field(
        "relative", description="a share of the champion's value, or in the metric's own unit"
    )
    limits: Consecutive = Field(Consecutive(), description="answers in a row that have a consequence")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        given = [key for key in ("max", "min", "margin") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("a guardrail has exactly one of `max`, `min` and `margin`")
        if self.metric.endswith("_drift") and self.max is None:
            raise ValueError(f"`{self.metric}` is a distance already: it has a `max`")
        if self.metric == "estimated_performance" and self.max is not None:
            raise ValueError("of `estimated_performance` more is better: it has a `min` or a `margin`")
        if self.metric != "estimated_performance" and self.min is not None:
            raise ValueError(f"of `{self.metric}` less is better: it has a `max` or a `margin`")
        if self.metric.endswith("_rate") and self.max is not None and not 0 <= self.max < 1:
            raise ValueError(f"`{self.metric}` is a share: its `max` is at least 0 and below 1")
        return self

    @property
    def name(self) -> str:
        """What evidence calls it.

        >>> Guardrail(metric="error_rate", max=0.02).name, Guardrail(metric="null_rate", margin=0.1).name
        ('error_rate_max', 'null_rate_against_champion')
        """
        if self.margin is not None:
            return f"{self.metric}_against_champion"
        return f"{self.metric}_{'min' if self.min is not None else 'max'}"


class Primary(Record):
    """The one metric of labelled predictions that decides whether the version takes over."""

    metric: str | None = Field(
        None,
        description="a mean over predictions: `brier`, `log_loss` or `accuracy` (binary), `log_loss` or "
        "`accuracy` (multiclass), `mae` (regression); by default the first of its task",
    )
    goal: Literal["non_inferiority", "superiority"] = Field(
        "non_inferiority", description="not worse than the champion by more than `margin`, or better than it"
    )
    margin: Annotated[float, Field(ge=0)] = Field(
        0.05, strict=False, description="how much worse than the champion is still accepted"
    )
    margin_is: MarginUnit = Field(
        "relative", description="a share of the champion's value, or in the metric's own unit"
    )
    effect: Annotated[float, Field(gt=0)] = Field(
        0.1, strict=False, description="smallest difference worth finding, in the unit of `margin`"
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.goal == "non_inferiority" and self.margin == 0:
            raise ValueError("no number of samples shows a version to be not worse by more than 0")
        return self


class Shadow(Record):
    """Requests that are answered by the champion and also scored by the version on trial, unseen."""

    requests: Annotated[int, Field(ge=0)] = Field(
        500, description="so many at least, before it gets any traffic; 0: no such stage"
    )
    time: Duration = Field(600, description="so long at least")
    decides: bool = Field(
        False,
        description="the primary metric decides here, before the version on trial answers: both score "
        "the same requests, so far fewer labels tell. Only where no answer changes what comes true",
    )


class Labelled(Record):
    """When a cohort (one version, one serving window) counts, and how many labels a step needs."""

    coverage: Annotated[Share, Field(gt=0)] = Field(
        0.9, strict=False, description="it counts once this share of it is labelled"
    )
    age: Duration = Field(7 * 86_400, description="or once it is this old: what has no label then gets none")
    samples: Annotated[int, Field(ge=1)] = Field(
        500, description="labelled samples of the version on trial that each step needs"
    )


def _guardrails() -> tuple[Guardrail, ...]:
    return (
        Guardrail(metric="error_rate", max=0.02),
        Guardrail(metric="p99_latency_ms", margin=1.0),
        Guardrail(metric="prediction_drift", max=0.3),
    )


class Bandit(Record):
    """A split that follows what is known of both versions, instead of steps."""

    min_share: Annotated[Share, Field(gt=0, lt=0.5)] = Field(
        0.1,
        strict=False,
        description="either version keeps at least so much; the one on trial begins with it",
    )
    every: Annotated[Duration, Field(ge=600)] = Field(86_400, description="how often the split is set anew")


class Rollout(Record):
    """Stages of a rollout, and what each of them asks for."""

    strategy: Strategy = Field(
        "canary",
        description="`canary`: in steps; `blue_green`: all at once, the champion kept warm; `bandit`: a "
        "split that follows the labels, until the primary metric decides; `none`: all at once, and only a "
        "failed guardrail takes it back",
    )
    steps: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(
        (5, 15, 30), strict=False, description="canary only: percent of the requests, step by step"
    )
    bandit: Bandit = Field(Bandit(), description="bandit only: how the split follows what is known")
    shadow: Shadow = Field(Shadow(), description="the stage before the first request")
    hold: Duration = Field(3600, description="each step lasts at least this long")
    bake: Duration = Field(
        86_400, description="so long the champion is kept warm behind a version that took over"
    )
    every: Annotated[Duration, Field(ge=10)] = Field(900, description="how often is measured")
    promote_on: Literal["labels", "guardrails"] = Field(
        "labels", description="`guardrails`: the primary metric plays no part, for labels that come too late"
    )
    primary: Primary = Field(Primary(), description="what decides, once labels are there")
    labelled: Labelled = Field(Labelled(), description="which labels count")
    guardrails: Annotated[tuple[Guardrail, ...], Field(min_length=1)] = Field(
        default_factory=_guardrails,
        strict=False,
        description="one at least; by default 2 % errors at most, twice the champion's p99 latency at most, "
        "and a Kolmogorov-Smirnov distance of 0.3 between the predictions at most",
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05,
        description="largest chance that an equal version is taken back, and that a worse one is promoted, "
        "however often is looked",
    )
    power: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        0.8, description="chance to find the smallest effect, at the planned number of samples"
    )
    approval: Literal["none", "canary", "full"] = Field(
        "none", description="wait for `flywheel approve` before the first step, or before all requests"
    )
    on_outage: Literal["hold", "abort"] = Field(
        "hold", description="when measurements fail for long: stay where it is, or give the champion all"
    )
    stage_limit: Annotated[Duration, Field(ge=60)] = Field(
        14 * 86_400, description="a stage that takes longer ends the rollout without a conclusion"
    )
    limit: Annotated[Duration, Field(ge=60)] = Field(60 * 86_400, description="and so does a rollout")
    too_long: Literal["warn", "refuse"] = Field(
        "warn", description="when the planned samples would take longer than `limit` at today's traffic"
    )
    header_override: bool = Field(
        False, description="a request's header may choose the version that answers, for testing"
    )

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("`steps` rise: percents such as [5, 15, 30], each once")
        if self.strategy == "canary" and not self.steps:
            raise ValueError("a canary has at least one step; all at once is `strategy: blue_green`")
        if self.strategy != "canary" and "steps" in self.model_fields_set and self.steps:
            raise ValueError(f"`{self.strategy}` has no `steps`")
        if self.strategy != "bandit" and "bandit" in self.model_fields_set:
            raise ValueError(f"`{self.strategy}` has no `bandit`: the one excludes the other")
        if self.strategy == "bandit" and self.promote_on == "guardrails":
            raise ValueError("a `bandit` lives on labels: `promote_on` is `labels`")
        if self.strategy not in ("canary", "bandit") and self.approval == "canary":
            raise ValueError(f"`{self.strategy}` has no canary to approve: `approval` is `none` or `full`")
        if self.strategy == "blue_green" and self.bake == 0:
            raise ValueError("`blue_green` judges the version while it bakes: give `bake` some time")
        if self.stage_limit <= max(self.hold, self.bake, self.shadow.time):
            raise ValueError("`stage_limit` leaves no time beyond `hold`, `bake` and `shadow.time`")
        if self.shadow.decides and (self.promote_on == "guardrails" or self.strategy in ("bandit", "none")):
            raise ValueError(
                "`shadow.decides` needs `promote_on: labels`, and `strategy` canary or blue_green"
            )
        if self.shadow.decides and self.shadow.requests == 0:
            raise ValueError("`shadow.decides` needs a shadow: `shadow.requests` is above 0")
        names = [guardrail.name for guardrail in self.guardrails]
        if len(set(names)) < len(names):
            raise ValueError(f"two guardrails share a name: {', '.join(names)}")
        return self
