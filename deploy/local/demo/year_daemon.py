"""Dagster's daemon for the replayed year: the sensors of a model, and the runs they ask for."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
from runs import QUIET, look, materialize

from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import build_definitions
from orchestration.environments import Environment
from sensors import alerts, retrain, rollout, traffic

ORDER = (traffic.COMPACT, traffic.TABLES, retrain.NAME, rollout.NAME, alerts.NAME)
"""Results before those who read them; whoever tells people comes last.

The sensor that refreshes what endpoints answer with besides their bundles is left out: it goes by the
machine's time, in which the year takes minutes. The replay itself refreshes it each day.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A run that a sensor asked for; `problem` is empty where it succeeded."""

    sensor: str
    request: dg.RunRequest
    problem: str


@dataclass(slots=True)
class Daemon:
    """Cursors and run keys, as Dagster keeps them, and the code location as it was loaded last."""

    spec: ModelSpec
    environment: Environment
    instance: dg.DagsterInstance
    evaluations: dict[str, int] = field(default_factory=dict)
    _location: dg.RepositoryDefinition = field(init=False)
    _cursors: dict[str, str | None] = field(default_factory=dict)
    _keys: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.load()

    def load(self) -> None:
        """Load the code location anew, as after an edit of a spec."""
        self._location = build_definitions(self.environment).get_repository_def()

    def tick(self) -> Iterator[Launched]:
        """Evaluate every sensor once, and do what it asks for before the next one looks."""
        for sensor in self._sensors():
            told = look(sensor, self.environment, self.instance, self._cursors.get(sensor.name))
            self._cursors[sensor.name] = told.cursor
            self.evaluations[sensor.name] = self.evaluations.get(sensor.name, 0) + 1
            for request in told.run_requests or ():
                key = (sensor.name, request.run_key or "")
                # As Dagster does: a key that was launched once is not launched again.
                if request.run_key is None or key not in self._keys:
                    self._keys.add(key)
                    yield Launched(sensor=sensor.name, request=request, problem=self._launch(request))

    def _sensors(self) -> list[dg.SensorDefinition]:
        found = {sensor.name: sensor for sensor in self._location.sensor_defs}
        return [found[name] for name in ORDER if name in found]

    def _launch(self, request: dg.RunRequest) -> str:
        if not request.asset_selection:
            self._location.get_job(traffic.COMPACT).execute_in_process(
                run_config={**request.run_config, **QUIET},
                instance=self.instance,
                resources=dict(self.environment.resources),
            )
            return ""
        partitions = [request.partition_key] if request.partition_key else []
        stages = [key.path[-1] for key in request.asset_selection]
        try:
            materialize(self.spec, self.environment, self.instance, stages, partitions, tags=request.tags)
        except LifecycleError as exc:
            return str(exc)
        return ""
