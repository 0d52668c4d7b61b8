"""What of a spec makes a model, as JSON that travels with the model, and back from there to a spec."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.spec.fingerprint import made_by, making_training
from lifecycle.spec.model_spec import ModelSpec

# What judges a model does not make it: a record of the making holds no gate, and a spec needs one.
_NO_JUDGE: Mapping[str, Any] = {"gates": [{"metric": "none", "min": 0}]}
_ABSENT = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One recorded value that is another one now."""

    what: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: was {self.was}, is {self.now}"


def making_of(spec: ModelSpec) -> dict[str, Any]:
    """The sections that make a model, with their defaults written out.

    Gates, ports and schedules judge, serve and start a model, and descriptions are for people: an edit of
    them gives the same value. What mistakes cost chooses the threshold, and a learning curve is fit beside
    the model: of the evaluation these are told, where the spec has them.
    """
    raw = spec.model_dump(mode="json", exclude={"data": {"columns": {"__all__": {"description"}}}})
    model = {key: raw["model"][key] for key in ("name", "task", "positive")}
    training = making_training(raw["training"])
    making = {"model": model, "data": raw["data"], "features": raw["features"], "training": training}
    evaluation = made_by(raw["evaluation"])
    return {**making, "evaluation": evaluation} if evaluation else making


def spec_of(making: Mapping[str, Any]) -> ModelSpec:
    """A spec that makes the same model; its gates and its endpoint are nobody's.

    Raises:
        LifecycleError: the record is of a release whose specs this one does not read.
    """
    try:
        evaluation = {**making.get("evaluation", {}), **_NO_JUDGE}
        return ModelSpec.model_validate_json(json.dumps({**making, "evaluation": evaluation}))
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise LifecycleError(
            f"the recorded spec is not one that this release reads: {where}: {first['msg']}; use the release "
            "that made the model"
        ) from exc


def with_machine_of(spec: ModelSpec, today: ModelSpec) -> ModelSpec:
    """A spec whose jobs get the machines of another one, which make no other model and are on no record."""
    own = today.training.compute
    compute = spec.training.compute.model_copy(update={"memory_gib": own.memory_gib, "spot": own.spot})
    training = spec.training.model_copy(update={"rows": today.training.rows, "compute": compute})
    return spec.model_copy(update={"training": training})


def spec_changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Where two makings differ, value by value, in the order of their paths.

    >>> [str(change) for change in spec_changes({"a": {"seed": 1}}, {"a": {"seed": 2, "new": None}})]
    ['a.new: was nothing, is null', 'a.seed: was 1, is 2']
    """
    before, after = dict(_leaves(was)), dict(_leaves(now))
    return [
        Change(what=path, was=before.get(path, _ABSENT), now=after.get(path, _ABSENT))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value)
