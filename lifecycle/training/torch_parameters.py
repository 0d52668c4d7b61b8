"""What the spec may set of a network, `training.parameters` with `trainer: torch`. Needs no torch."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Record, Scalar
from lifecycle.training.search.searchable import Searchable


class TorchParameters(Record):
    """A closed set: what is not here is no parameter."""

    width: Annotated[int, Field(ge=1, le=8192)] = 128
    """Width of each hidden layer."""
    depth: Annotated[int, Field(ge=0, le=32)] = 2
    """Hidden layers; 0 is a linear model."""
    dropout: Annotated[float, Field(ge=0, lt=1, strict=False)] = 0.1
    """Share of each hidden layer that is left out of a step."""
    embedding: Annotated[int, Field(ge=1, le=1024)] = 32
    """Largest width of a category's vector; one of few values has a narrower one."""
    learning_rate: Annotated[float, Field(gt=0, le=10, strict=False)] = 0.001
    weight_decay: Annotated[float, Field(ge=0, le=10, strict=False)] = 0.0001
    """Of AdamW: apart from the gradient."""
    batch_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 1024
    """Rows of one step, over all processes."""
    shuffle_rows: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1_000_000
    """Rows that each process holds and shuffles; if all of its rows fit in, it reads them once."""
    gradient_clip: Annotated[float, Field(gt=0, strict=False)] = 1.0
    """Largest norm of a step's gradient."""
    scale_pos_weight: Annotated[float, Field(gt=0, strict=False)] = 1.0
    """Binary: weight of the positive rows, as xgboost has it; scores are of rows without weight."""
    mixed_precision: bool = True
    """On accelerators that can: products in bfloat16, weights in float32."""


def torch_parameters(raw: Mapping[str, Scalar]) -> TorchParameters:
    """The parameters of a job.

    Raises:
        LifecycleError: naming each one that is unknown or beyond its limits.
    """
    try:
        return TorchParameters.model_validate(dict(raw))
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        known = ", ".join(TorchParameters.model_fields)
        raise LifecycleError(f"training.parameters of torch: {wrong}; known: {known}") from exc


TORCH = Searchable(
    kinds={
        "width": "int",
        "depth": "int",
        "dropout": "float",
        "embedding": "int",
        "learning_rate": "float",
        "weight_decay": "float",
        "batch_rows": "int",
        "gradient_clip": "float",
        "scale_pos_weight": "float",
    },
    aliases={},
    refused={
        "shuffle_rows": "training.parameters.shuffle_rows: it is set by the memory at hand",
        "mixed_precision": "training.parameters.mixed_precision: it is set by the machine",
    },
)
