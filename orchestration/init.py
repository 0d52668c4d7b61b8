"""`flywheel init`: from a user's table to a model's folder. Facts are gathered here, decided on in `lifecycle`."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Choice, Undecided, find_column
from lifecycle.spec.infer.draft import Decision, Draft, draft_columns, max_categories
from lifecycle.spec.infer.facts import LabelFacts, Reading, TableFacts, TimeFacts
from lifecycle.spec.infer.features import (
    Dropped,
    Feature,
    Roles,
    choose_features,
    outcome_like,
    reads_as_timestamp,
)
from lifecycle.spec.infer.judging import choose_gate, choose_resamples, choose_training
from lifecycle.spec.infer.key import choose_key, choose_time
from lifecycle.spec.infer.known_at import choose_known_at
from lifecycle.spec.infer.label import TaskChoice, choose_label, choose_task
from lifecycle.spec.infer.leaks import leaks, suspects, told_shares
from lifecycle.spec.infer.names import column_names, shown
from lifecycle.spec.infer.partition import PartitionChoice, choose_partition
from lifecycle.spec.infer.readings import as_whole, as_year, choose_reading
from lifecycle.spec.records import ColumnType
from resources.warehouse.find_table import FoundTable
from resources.warehouse.inspect import Inspection, inspecting
from resources.warehouse.inspect_roles import label_facts, null_shares, time_facts
from resources.warehouse.readings import KEY, MadeKey, source_sql
from resources.warehouse.casts import identifier

Ask = Callable[[Undecided], str]
T = TypeVar("T")
Readings = dict[str, tuple[str, Reading]]
"""Name in the table -> name in the spec, and how it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A draft, and a row of the table as a request."""

    draft: Draft
    example: Mapping[str, object]


def infer_draft(
    found: FoundTable, answers: Answers, *, name: str, source: str, port: int, ask: Ask | None
) -> Inferred:
    """Look at a table and decide everything that a spec says.

    Args:
        source: the table's path as the spec is to name it.
        ask: how a user is asked; None: nobody is there.

    Raises:
        LifecycleError: the table cannot be read, or no model can be made of it.
        Undecided: something has to be told, and nobody is there to be asked.
    """
    with inspecting(found.files) as inspection:
        return _Drafting(inspection, found, answers, ask).draft(name=name, source=source, port=port)


class _Drafting:
    """One table on its way to a draft: what is known of it so far."""

    def __init__(self, inspection: Inspection, found: FoundTable, answers: Answers, ask: Ask | None) -> None:
        self._inspection, self._found, self._answers, self._ask = inspection, found, answers, ask
        self._warnings: list[str] = []
        self._decisions: list[Decision] = []
        self._readings, self._unread = self._choose_readings()
        self._facts = self._measure()

    def draft(self, *, name: str, source: str, port: int) -> Inferred:
        label, task, truth, event_time, times = self._label_and_time()
        known_at = self._known_at(times)
        labelled = self._facts.rows - truth.missing - sum(truth.counts.get(value, 0) for value in task.rare)
        training = choose_training(task.task, labelled)
        if times is not None:
            times, event_time = self._usable_time(times, event_time, label)
            known_at = known_at if event_time else None
        partition = choose_partition(times) if times else PartitionChoice(every="once", start=None, end=None, count=1, why="no event time")
        key = self._decided(lambda a: choose_key(self._facts, a, taken=frozenset({label, event_time or ""})))
        self._tell("key", key)
        roles = Roles(
            label=label, key=key.value, event_time=event_time, known_at=known_at,
            told_drop=frozenset(find_column(told, self._facts.columns, flag="drop").name for told in self._answers.drop),
        )  # fmt: skip
        features, dropped = self._features(roles, times, task)
        kept = self._kept(roles, features)
        types = self._types(roles, kept)
        every = None if partition.every == "once" else partition.every
        holes = [n for n in kept if self._facts.columns[n].nulls or (n == label and task.rare)]
        shares = null_shares(self._inspection, holes, event_time, every)
        made = self._made_key(roles)
        sql = self._sql(roles, kept, task, made)
        ...


def _unused() -> None: ...
