"""Which features may be shown: a feature can be a plain copy of a sensitive column."""

from lifecycle.features.expression import Kind, references
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.hidden import sensitive_of


def shown_features(plan: FeaturePlan) -> tuple[tuple[str, Kind], ...]:
    """Name and kind of every feature that reads no sensitive column of the request itself."""
    hidden = sensitive_of(plan.request)
    return tuple(
        (feature.name, feature.kind)
        for feature in plan.features
        if not any(not ref.lookup and ref.name in hidden for ref in references(feature.expression))
    )


def hidden_names(plan: FeaturePlan) -> frozenset[str]:
    """Sensitive columns of the request, and features that read one."""
    shown = {name for name, _ in shown_features(plan)}
    features = {feature.name for feature in plan.features}
    return (sensitive_of(plan.request) | features) - shown
