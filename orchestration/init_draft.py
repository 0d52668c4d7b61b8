"""A user's table on its way to a draft: facts are gathered here, and decided on in `lifecycle/spec/infer`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.infer.answers import Answers, Choice, Undecided, find_column
from lifecycle.spec.infer.draft import Decision, Draft, DraftColumn, draft_columns, max_categories
from lifecycle.spec.infer.facts import LabelFacts, Reading, TableFacts, TimeFacts
from lifecycle.spec.infer.features import (
    Dropped,
    Feature,
    Roles,
    choose_features,
    outcome_like,
    reads_as_timestamp,
)
from lifecycle.spec.infer.judging import choose_gate, choose_training
from lifecycle.spec.infer.key import choose_key, choose_time
from lifecycle.spec.infer.known_at import choose_known_at, refuse_without_time
from lifecycle.spec.infer.label import TaskChoice, choose_label, choose_task
from lifecycle.spec.infer.leaks import leaks, suspects, told_shares
from lifecycle.spec.infer.names import column_names, free_name, shown
from lifecycle.spec.infer.partition import NO_PARTITION, choose_partition
from lifecycle.spec.infer.readings import as_whole, as_year, choose_reading, read_again
from lifecycle.spec.infer.write import SQL_FILE
from lifecycle.spec.kinds import duration_s
from lifecycle.spec.model import Task
from resources.warehouse.casts import identifier
from resources.warehouse.find_table import FoundTable
from resources.warehouse.inspect import Inspection, inspecting
from resources.warehouse.inspect_roles import label_facts, null_shares, time_facts
from resources.warehouse.readings import KEY, ZONE, MadeKey, source_sql

Ask = Callable[[Undecided], str]
Readings = dict[str, tuple[str, Reading]]
"""Name in the table -> name in the spec, and how it is read."""
MIN_PART_ROWS = 20
"""Rows that each part of a training window needs, as training has it."""


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
    """One table on its way to a draft; what was decided so far, and what is to be told of it."""

    def __init__(self, inspection: Inspection, found: FoundTable, answers: Answers, ask: Ask | None) -> None:
        self._inspection, self._found, self._answers, self._ask = inspection, found, answers, ask
        self._decisions: list[Decision] = []
        self._warnings: list[str] = []
        self._readings, self._unread = self._choose_readings()
        self._facts = self._measure()

    def draft(self, *, name: str, source: str, port: int) -> Inferred:
        """Decide in the order in which one thing depends on another."""
        label, event_time, task, truth, times = self._what_and_when()
        training = choose_training(task.task, self._labelled(task, truth))
        known_at = self._known_at(times)
        key = self._decide(lambda a: choose_key(self._facts, a, taken=frozenset({label, event_time or ""})))
        self._tell("key", key)
        roles = Roles(
            label=label, key=key.value, event_time=event_time, known_at=known_at, told_drop=self._told_drop()
        )
        partition = choose_partition(times) if times else NO_PARTITION
        features, dropped = self._features(roles, times, task.task)
        kept = _kept(self._facts, roles, features)
        holes = [n for n in kept if self._facts.columns[n].nulls or (n == label and task.rare)]
        every = None if partition.every == "once" else partition.every
        shares = null_shares(self._inspection, holes, event_time, every)
        if task.rare:
            # The share of what is left out in a partition is not known: any share of it may be.
            shares = {**shares, label: 1.0}
        entity = key.value or free_name(KEY, {column.lower() for column in self._facts.columns})
        made = self._made_key(roles, entity, [column.source for column in dropped if column.later])
        types = _types(self._facts, roles, kept)
        columns = tuple(draft_columns(kept, self._facts.columns, types, shares, label=label))
        if made is not None:
            columns = (DraftColumn(name=entity, type="string", comment=f"made in {SQL_FILE}"), *columns)
        holdout = max(1, round(training.holdout * self._labelled(task, truth)))
        days = times.holdout_days if times else None
        counts = {value: rows for value, rows in truth.counts.items() if value not in task.rare}
        draft = Draft(
            name=name,
            table=self._found.stem,
            rows=self._facts.rows,
            source=source,
            sql=self._sql(roles, kept, task, made),
            task=task,
            entity=entity,
            event_time=event_time,
            partition=partition,
            columns=columns,
            label=label,
            known_at=known_at,
            label_delay_s=self._answers.label_delay_s or 0,
            features=features,
            dropped=dropped,
            max_categories=max_categories(self._facts.rows),
            training=training,
            gate=choose_gate(task.task, counts, holdout_rows=holdout, holdout_days=days),
            port=port,
            decisions=tuple(self._decisions),
            warnings=tuple(self._warnings),
        )
        return Inferred(draft=draft, example=self._example(draft))

    def _choose_readings(self) -> tuple[Readings, dict[str, str]]:
        raw = self._inspection.raw_columns()
        names = column_names(column.source for column in raw)
        readings: Readings = {}
        unread: dict[str, str] = {}
        for column in raw:
            chosen = choose_reading(column, day_first=self._answers.day_first)
            if chosen.reading is None:
                unread[column.source] = chosen.note
                continue
            readings[column.source] = (names[column.source], chosen.reading)
            if chosen.warn:
                self._warnings.append(f"{shown(column.source)}: {chosen.note}")
        return readings, unread

    def _measure(self) -> TableFacts:
        """Facts of all rows; a column whose sample was no guide to the rest is read in another way."""
        while True:
            facts, lost = self._inspection.measure(self._readings, self._unread)
            lost = lost or {c.source: c.not_finite for c in facts.columns.values() if c.not_finite}
            if not lost:
                return facts
            self._read_again(lost)

    def _read_again(self, lost: Mapping[str, int]) -> None:
        """Read columns otherwise, of which some values do not fit, or are not finite."""
        words = self._inspection.missing_words({source: self._readings[source][1] for source in lost})
        for source, count in lost.items():
            name, reading = self._readings[source]
            again = read_again(reading, words.get(source))
            if again.type == "string":
                self._warnings.append(
                    f"{shown(source)}: {count:,} values are no {reading.type}, so it is taken as text"
                )
            self._readings[source] = (name, again)

    def _read_as(self, name: str, reading: Reading) -> None:
        """Read a column in another way from here on."""
        source = self._facts.columns[name].source
        if self._readings[source][1] != reading:
            self._readings[source] = (name, reading)
            self._facts = self._measure()

    def _what_and_when(self) -> tuple[str, str | None, TaskChoice, LabelFacts, TimeFacts | None]:
        """Label, event time and task; a time that cannot cut the rows in three is none."""
        label = self._decide(lambda a: choose_label(self._facts, a))
        assert label.value is not None  # or it would have been undecided
        name, asking = label.value, self._ask is not None
        taken = frozenset({name}) | self._told_known_at()
        when = self._decide(lambda a: choose_time(self._facts, a, taken=taken, asking=asking))
        event_time, times, truth = when.value, None, None
        if event_time is not None:
            if self._facts.columns[event_time].type == "int":
                self._read_as(event_time, as_year(self._facts.columns[event_time].reading))
            truth, times = self._timed(name, event_time)
            if min(times.parts) < MIN_PART_ROWS:
                column = shown(self._facts.columns[event_time].source)
                why = f"{column} has too few different times to split rows by"
                when, event_time, times = Choice(value=None, why=why, warn=True), None, None
        if event_time is None or truth is None:
            refuse_without_time(self._facts, self._answers, why=when.why)
            truth = label_facts(self._inspection, name, None)
        task = choose_task(self._facts.columns[name], truth, self._answers)
        if task.as_int:
            self._read_as(name, as_whole(self._facts.columns[name].reading))
        self._tell("label", label)
        self._decisions.append(Decision(what="task", value=task.task, why=task.why))
        self._warnings += task.warnings
        self._tell("event time", when)
        if event_time is not None and times is not None and not times.midnight:
            self._warn_of_clock(self._facts.columns[event_time].source)
        return name, event_time, task, truth, times

    def _warn_of_clock(self, source: str) -> None:
        if self._inspection.without_zone(source, self._readings[source][1]):
            self._warnings.append(
                f"event time: {shown(source)} says no zone, and is read as {ZONE}; where that is wrong, say "
                "`data.time_zone` in the spec"
            )

    def _timed(self, label: str, event_time: str) -> tuple[LabelFacts, TimeFacts]:
        truth = label_facts(self._inspection, label, event_time)
        training = choose_training("regression", self._facts.rows - truth.missing)
        others = [
            column.name
            for column in self._facts.columns.values()
            if column.type in ("timestamp", "date") and column.name not in (label, event_time)
        ]
        shares = {"validation": training.validation, "holdout": training.holdout}
        return truth, time_facts(self._inspection, event_time, label, others, **shares)

    def _labelled(self, task: TaskChoice, truth: LabelFacts) -> int:
        return self._facts.rows - truth.missing - sum(truth.counts.get(value, 0) for value in task.rare)

    def _known_at(self, times: TimeFacts | None) -> str | None:
        if times is None:
            return None
        if self._ask is not None and self._answers.known_at is None and self._answers.label_delay_s is None:
            self._ask_for_delay(times)
        choice = choose_known_at(self._facts, times, self._answers)
        self._tell("label known", choice)
        return choice.value

    def _ask_for_delay(self, times: TimeFacts) -> None:
        question = (
            "how long after the event is the label known? A duration such as 0s, 3h or 14d, or a column"
        )
        names = [self._facts.columns[name].source for name in times.tells_when]
        told = self._put(Undecided("label_delay", question, ["0s", *names]))
        try:
            self._answers = replace(self._answers, label_delay_s=duration_s(told))
        except ValueError:
            self._answers = replace(self._answers, known_at=told)

    def _features(
        self, roles: Roles, times: TimeFacts | None, task: Task
    ) -> tuple[tuple[Feature, ...], tuple[Dropped, ...]]:
        """Features, without those that give the label away."""
        features, dropped = choose_features(self._facts, roles, times)
        names = list(dict.fromkeys(name for feature in features for name in feature.columns))
        shares = told_shares(self._inspection.sample([*names, roles.label]), roles.label, task)
        given_away, columns = leaks(shares), self._facts.columns
        for name, share in given_away.items():
            why = (
                f"it gives the label away: alone it tells {share:.1%} of it (known only later, or its twin?)"
            )
            dropped = (*dropped, Dropped(source=columns[name].source, why=why, warn=True))
        for name, share in suspects(shares).items():
            self._warnings.append(
                f"{shown(columns[name].source)} alone tells {share:.0%} of the label: is it known "
                "when one asks?"
            )
        features = tuple(f for f in features if not given_away.keys() & set(f.columns))
        if not features:
            told = "; ".join(f"{shown(d.source)}: {d.why}" for d in dropped[:10])
            raise LifecycleError(f"no column is left for a feature ({told})")
        read = {name for feature in features for name in feature.columns}
        for column in outcome_like([columns[name] for name in names if name in read]):
            self._warnings.append(
                f"{shown(column.source)} sounds like an outcome: is it known when one asks?"
            )
        self._warnings += [f"{shown(d.source)} is left out: {d.why}" for d in dropped if d.warn]
        return features, dropped

    def _made_key(self, roles: Roles, name: str, later: Sequence[str]) -> MadeKey | None:
        if roles.key is not None:
            return None
        # Without the label, and what comes with it: a row keeps its key when its label arrives.
        arriving = {name for name in (roles.label, roles.known_at) if name is not None}
        skipped = {self._facts.columns[name].source for name in arriving} | set(later)
        measured = [facts.name for facts in self._facts.columns.values() if facts.source not in skipped]
        columns = tuple(c.source for c in self._inspection.columns if c.source not in skipped)
        if not self._inspection.repeated_rows(measured):
            return MadeKey(name=name, columns=columns)
        self._warnings.append(
            "some rows equal others in every column; they are kept, and told apart by a number in their key"
        )
        return MadeKey(
            name=name, columns=columns, tied_by=identifier(self._facts.columns[roles.label].source)
        )

    def _sql(self, roles: Roles, kept: Sequence[str], task: TaskChoice, made: MadeKey | None) -> str | None:
        """The text of `data.sql`, where the table cannot be read as it is."""
        read = {name: (source, reading) for source, (name, reading) in self._readings.items() if name in kept}
        read = {name: read[name] for name in kept}
        time = roles.event_time
        without_time = self._facts.columns[time].nulls if time is not None else 0
        if without_time:
            self._warnings.append(f"{without_time:,} rows without an event time are left out")
        plain = all(name == source and reading.is_plain for name, (source, reading) in read.items())
        if plain and made is None and not without_time and not task.rare:
            return None
        needs = [time] if time is not None and without_time else []
        return source_sql(read, key=made, needs=needs, blank={roles.label: task.rare})

    def _example(self, draft: Draft) -> Mapping[str, object]:
        """A row of the table as a request: the columns that features read, and the event time."""
        read = {name for feature in draft.features for name in feature.columns} | {draft.event_time}
        types = {column.name: column.type for column in draft.columns if column.name in read}
        rows = self._inspection.sample(list(types)).slice(0, 500).to_pylist()
        fullest = max(rows, key=lambda row: sum(value is not None for value in row.values()))
        return {
            name: _as_json(fullest[name], kind) for name, kind in types.items() if fullest[name] is not None
        }

    def _told_drop(self) -> frozenset[str]:
        return frozenset(
            find_column(told, self._facts.columns, flag="drop").name for told in self._answers.drop
        )

    def _told_known_at(self) -> frozenset[str]:
        told = self._answers.known_at
        return frozenset(
            () if told is None else (find_column(told, self._facts.columns, flag="known-at").name,)
        )

    def _decide(self, step: Callable[[Answers], Choice]) -> Choice:
        """Take a step; where it cannot be taken, ask once, if somebody is there."""
        try:
            return step(self._answers)
        except Undecided as undecided:
            answer = self._put(undecided)
            if undecided.field == "label":
                self._answers = replace(self._answers, label=answer)
            else:
                self._answers = replace(self._answers, time=answer)
            return step(self._answers)

    def _put(self, undecided: Undecided) -> str:
        if self._ask is None:
            raise undecided
        return self._ask(undecided)

    def _tell(self, what: str, choice: Choice) -> None:
        value = "none" if choice.value is None else self._facts.columns[choice.value].source
        self._decisions.append(Decision(what=what, value=shown(value), why=choice.why))
        if choice.warn:
            self._warnings.append(f"{what}: {choice.why}")


def _kept(facts: TableFacts, roles: Roles, features: Sequence[Feature]) -> list[str]:
    """Columns that the spec takes, in the table's order."""
    read = {name for feature in features for name in feature.columns}
    read |= {name for name in (roles.key, roles.event_time, roles.label, roles.known_at) if name is not None}
    return [name for name in facts.columns if name in read]


def _types(facts: TableFacts, roles: Roles, kept: Sequence[str]) -> dict[str, ColumnType]:
    return dict.fromkeys(reads_as_timestamp(facts.columns, roles) & set(kept), "timestamp")


def _as_json(value: object, kind: ColumnType) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z" if kind == "timestamp" else value.isoformat()
    return value
