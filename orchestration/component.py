"""`ModelLifecycle`: a model in any `dg` project, declared in `defs.yaml`.

The siblings of this module are imported only when a model is built: installing Flywheel beside a project that
owns a package called `assets` harms nobody until it uses this component.
"""

from dataclasses import dataclass
from pathlib import Path

import dagster as dg


@dataclass
class ModelLifecycle(dg.Component, dg.Resolvable):
    """The whole life of one model: data, features, model, evaluation, endpoint."""

    spec: str = "spec.yaml"
    """The model's spec, relative to this file."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Assets, checks, job and schedule of the model, with the adapters of `FLYWHEEL_ENV`.

        Raises:
            SpecError: with every problem of the spec.
        """
        from lifecycle.spec.parse import load_spec
        from orchestration.build import build_model, check_spec, left_open
        from orchestration.environments import load_environment
        from sensors import alerts, retrain
        from sensors.online import JOB, refresh_sensor
        from sensors.rollout import NAME, rollout_sensor

        path = Path(context.path) / self.spec
        spec = load_spec(path)
        check_spec(spec, where=str(path))
        environment = load_environment()
        adapters = dg.Definitions(resources=environment.resources)
        # Several models may be declared in one project: each has a sensor of its own name.
        refresh = refresh_sensor([spec], name=f"{JOB}_{spec.name}")
        still_open = left_open(spec, environment.rollouts)
        rollouts = rollout_sensor(
            [spec], left_open=[spec.name] if still_open else [], name=f"{NAME}_{spec.name}"
        )
        retraining = retrain.retrain_sensor([spec], name=f"{retrain.NAME}_{spec.name}")
        telling = alerts.alert_sensor([spec], name=f"{alerts.NAME}_{spec.name}")
        return dg.Definitions.merge(
            build_model(spec, still_open=still_open),
            *(refresh, rollouts, retraining, telling, adapters),
        )
