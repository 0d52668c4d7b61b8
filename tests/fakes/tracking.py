"""The tracking port in memory; the contract suite holds it to what MLflow does."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from lifecycle.errors import LifecycleError
from resources.tracking.base import (
    Alias,
    EvaluationRecord,
    ModelVersion,
    TrainingRecord,
    TrialFact,
)

FIXED = ("flywheel.identity", "flywheel.as_of", "flywheel.bundle_digest", "flywheel.verdict")


@dataclass
class FakeTracking:
    """Keeps versions, the records they came from, and copies of their bundles."""

    records: dict[tuple[str, str], TrainingRecord] = field(default_factory=dict)
    evaluations: dict[tuple[str, str], EvaluationRecord] = field(default_factory=dict)
    _versions: dict[str, list[ModelVersion]] = field(default_factory=dict)
    _aliases: dict[str, dict[Alias, str]] = field(default_factory=dict)
    _bundles: dict[tuple[str, str], Mapping[Path, bytes]] = field(default_factory=dict)
    _files: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    clock: Callable[[], float] = time.time

    def register(self, record: TrainingRecord) -> ModelVersion:
        found = self.find(record.model, record.identity)
        if found is not None:
            if found.bundle_digest != record.bundle_digest:
                raise LifecycleError(
                    f"version {found.version} of {record.model} has bundle {found.bundle_digest[:12]}, not "
                    f"{record.bundle_digest[:12]}: training is not reproducible"
                )
            return found
        held = self._versions.setdefault(record.model, [])
        version = ModelVersion(
            model=record.model,
            version=str(len(held) + 1),
            identity=record.identity,
            as_of=record.as_of,
            bundle_digest=record.bundle_digest,
            verdict=None,
            aliases=(),
            run_id=f"run-{len(held) + 1}",
            url=None,
            created_at=max(self.clock(), *(other.created_at + 1e-3 for other in held[-1:]), 0.0),
            tags=dict(record.tags),
        )
        held.append(version)
        self.records[record.model, version.version] = record
        self._bundles[record.model, version.version] = {
            path.relative_to(record.bundle): path.read_bytes()
            for path in record.bundle.rglob("*")
            if path.is_file()
        }
        return version

    def find(self, model: str, identity: str) -> ModelVersion | None:
        return next((version for version in self.versions(model) if version.identity == identity), None)

    def version(self, model: str, version: str) -> ModelVersion:
        for held in self.versions(model):
            if held.version == version:
                return held
        raise LifecycleError(f"{model} has no version {version}")

    def versions(self, model: str) -> Sequence[ModelVersion]:
        aliases = self._aliases.get(model, {})
        return [
            replace(
                held, aliases=tuple(alias for alias in get_args(Alias) if aliases.get(alias) == held.version)
            )
            for held in self._versions.get(model, [])
        ]

    def holder(self, model: str, alias: Alias) -> ModelVersion | None:
        version = self._aliases.get(model, {}).get(alias)
        return None if version is None else self.version(model, version)

    def record_evaluation(self, model: str, version: str, record: EvaluationRecord) -> ModelVersion:
        found = self.version(model, version)
        tags = {**found.tags, **record.tags}
        self._versions[model][int(version) - 1] = replace(found, verdict=record.verdict, tags=tags)
        self.evaluations[model, version] = record
        files = {path.name: path.read_bytes() for path in record.artifacts}
        self._files.setdefault((model, version), {}).update(files)
        return self.version(model, version)

    def trials(self, model: str, version: str) -> Sequence[TrialFact]:
        self.version(model, version)
        return self.records[model, version].trials

    def metrics(self, model: str, version: str) -> Mapping[str, float]:
        self.version(model, version)
        record = self.evaluations.get((model, version))
        return {} if record is None else dict(record.metrics)

    def evidence_uri(self, model: str, version: str) -> str:
        return f"memory://{model}/{self.version(model, version).version}"

    def evidence_file(self, model: str, version: str, name: str) -> bytes:
        held = self._files.get((model, self.version(model, version).version), {})
        if name not in held:
            found = f"it left {', '.join(held)}" if held else "it was not evaluated yet"
            raise LifecycleError(
                f"version {version} of {model} has no {name}: {found}; materialize {model}/evaluation"
            )
        return held[name]

    def set_tags(self, model: str, version: str, tags: Mapping[str, str]) -> ModelVersion:
        if fixed := [name for name in FIXED if name in tags]:
            raise LifecycleError(f"{fixed[0]} says what a version is: it cannot be set as a tag")
        found = self.version(model, version)
        self._versions[model][int(version) - 1] = replace(found, tags={**found.tags, **tags}, aliases=())
        return self.version(model, version)

    def set_alias(self, model: str, alias: Alias, version: str) -> None:
        self.version(model, version)
        self._aliases.setdefault(model, {})[alias] = version

    def drop_alias(self, model: str, alias: Alias) -> None:
        self._aliases.get(model, {}).pop(alias, None)

    def fetch_bundle(self, model: str, version: str, to: Path) -> Path:
        folder = to / self.version(model, version).bundle_digest
        for name, content in self._bundles[model, version].items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def forget(self, model: str) -> None:
        for version in self._versions.pop(model, []):
            key = (model, version.version)
            del self.records[key], self._bundles[key]
            self.evaluations.pop(key, None)
            self._files.pop(key, None)
        self._aliases.pop(model, None)
