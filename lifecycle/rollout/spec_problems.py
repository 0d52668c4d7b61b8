"""What is wrong with the rollout of a spec that its parser cannot know: it depends on the task."""

from collections.abc import Iterator

from lifecycle.rollout.plan import PRIMARY_METRICS
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem


def rollout_problems(spec: ModelSpec) -> Iterator[Problem]:
    """A primary metric that the task does not have, or that is no mean over predictions."""
    rollout = spec.deployment.rollout
    allowed = PRIMARY_METRICS[spec.model.task]
    if rollout and rollout.primary.metric is not None and rollout.primary.metric not in allowed:
        yield Problem(
            path="deployment.rollout.primary.metric",
            found=repr(rollout.primary.metric),
            allowed=", ".join(allowed),
        )
    if rollout and rollout.strategy == "bandit" and spec.model.task == "regression":
        yield Problem(
            path="deployment.rollout.strategy",
            found="'bandit'",
            allowed="another one: a number is not right or wrong, which is what a bandit counts",
        )
    if rollout and not spec.deployment.request_log.enabled:
        yield Problem(
            path="deployment.request_log.enabled",
            found="false",
            allowed="true with a rollout: what is not logged cannot be judged",
        )
    entity = spec.data.columns.get(spec.data.entity)
    judged = rollout and rollout.strategy != "none" and rollout.promote_on == "labels"
    if judged and entity is not None and entity.sensitive:
        yield Problem(
            path="deployment.rollout.promote_on",
            found="'labels'",
            allowed=f"`guardrails`: {spec.data.entity} is sensitive, so the log holds only a digest of it, "
            "and no label finds its request",
        )
    if rollout and spec.model.task == "regression":
        for i, guardrail in enumerate(rollout.guardrails):
            if guardrail.metric == "estimated_performance":
                yield Problem(
                    path=f"deployment.rollout.guardrails.{i}.metric",
                    found="'estimated_performance'",
                    allowed="another one: without labels only a classifier's performance can be estimated",
                )
