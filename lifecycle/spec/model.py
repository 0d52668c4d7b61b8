"""`model`: what a model is, and whose."""

from typing import Annotated, Literal

from pydantic import Field

from lifecycle.spec.kinds import Name, Record, Scalar

Task = Literal["binary", "multiclass", "regression"]
Owner = Annotated[str, Field(pattern=r"^(team:[A-Za-z0-9_.-]+|[^@\s]+@[^@\s]+\.[A-Za-z]{2,})$")]


class ModelSection(Record):
    name: Name = Field(description="name of the model: its asset keys, group, folder and registered name")
    description: str = Field("", description="one or two sentences for people who meet the model in the UI")
    owners: tuple[Owner, ...] = Field((), strict=False, description="e-mail addresses or `team:name`")
    task: Task = Field(description="what is predicted")
    positive: Scalar = Field(True, description="binary only: the label value that counts as positive")
    intended_use: str = Field("", description="who may decide what with it; shown on the model card")
    limitations: str = Field("", description="where it must not be trusted; shown on the model card")
