"""The spec of one model as frozen records. Nothing past the parser sees a raw mapping.

Each section has a module of its name beside this one. Every field has a description: the JSON Schema for
editors and the reference page are generated from them.
"""

from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr

from lifecycle.spec.alerts import AlertsSection
from lifecycle.spec.data import DataSection
from lifecycle.spec.deployment import DeploymentSection
from lifecycle.spec.evaluation import EvaluationSection
from lifecycle.spec.features import FeaturesSection
from lifecycle.spec.kinds import Record
from lifecycle.spec.model import ModelSection
from lifecycle.spec.monitoring import MonitoringSection
from lifecycle.spec.retrain import RetrainSection
from lifecycle.spec.training import SplitKind, TrainingSection


class ModelSpec(Record):
    """`models/<name>/spec.yaml`: one model's whole life."""

    model: ModelSection = Field(description="what the model is")
    data: DataSection = Field(description="its table, contract and label")
    features: FeaturesSection = Field(description="what the model sees")
    training: TrainingSection = Field(TrainingSection(), description="how it is fitted")
    evaluation: EvaluationSection = Field(description="what it is judged by")
    deployment: DeploymentSection = Field(DeploymentSection(), description="where it answers")
    monitoring: MonitoringSection = Field(
        MonitoringSection(), description="what is watched once it serves, and what is called a change"
    )
    retrain: RetrainSection = Field(RetrainSection(), description="when it is made anew")
    alerts: AlertsSection = Field(AlertsSection(), description="what people are told, and where")
    job: bool = Field(False, description="also define a job of the model's name, for `dagster job backfill`")

    # Where relative paths start. Not a field: a model is the same wherever its folder lies.
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """Folder of the spec: where its relative paths start."""
        return self._folder

    def with_folder(self, folder: Path) -> Self:
        """The same spec, found in a folder."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    @property
    def split(self) -> SplitKind:
        """How the window is cut: what the spec says, else by time where there is one."""
        return self.training.split or ("random" if self.data.event_time is None else "time")

    @property
    def name(self) -> str:
        """The model's name, which every key, folder and registered version bears."""
        return self.model.name
