"""Which column is the label, and which task that makes."""

from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Choice, Undecided, find_column, sources_of, words_of
from lifecycle.spec.infer.facts import ColumnFacts, LabelFacts, TableFacts
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.words import LABEL_NAMES, NEGATIVE, POSITIVE
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task

MAX_CLASSES = 50
_MANY_CLASSES = 15
"""Whole numbers with more values than this are a quantity."""
_MIN_CLASS_ROWS, _MIN_EARLY_ROWS = 10, 5
_RARE_POSITIVES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChoice:
    """What is predicted.

    Attributes:
        positive: binary only.
        rare: classes with too few rows to learn: their rows count as not labelled.
        as_int: the label is a float column of whole numbers, to be read as such.
    """

    task: Task
    why: str
    positive: Scalar | None = None
    rare: tuple[Scalar, ...] = ()
    as_int: bool = False
    warnings: tuple[str, ...] = ()


def choose_label(facts: TableFacts, answers: Answers) -> Choice:
    """The label's column by its name.

    Raises:
        Undecided: no name, or several, say label: the candidates are named.
        LifecycleError: the column told cannot be a label.
    """
    if answers.label is not None:
        column = find_column(answers.label, facts.columns, flag="label")
        if why := _unfit(column, facts.rows):
            raise LifecycleError(f"--label {shown(column.source)} cannot be a label: {why}")
        return Choice(value=column.name, why="told")
    fit = [column for column in facts.columns.values() if not _unfit(column, facts.rows)]
    named = [column for column in fit if column.source.strip().lower().replace(" ", "_") in LABEL_NAMES]
    if len(named) == 1:
        return Choice(value=named[0].name, why="its name says so")
    if not fit:
        raise LifecycleError("no column can be a label: all are missing, constant, keys, times or free text")
    # People put the label last, then first; two values are a likelier outcome than many.
    last = len(fit) - 1
    order = sorted(range(len(fit)), key=lambda i: (i != last, fit[i].distinct > 2, i))
    what = "several columns could be the label" if named else "no column's name says that it is the label"
    ranked = sources_of(named) + [fit[i].source for i in order if fit[i] not in named]
    raise Undecided("label", f"what is to be predicted? {what}", ranked)


def choose_task(column: ColumnFacts, label: LabelFacts, answers: Answers) -> TaskChoice:
    """The task that a label makes.

    Raises:
        LifecycleError: it has fewer than two values, or does not fit the task that was told.
    """
    counts, name = label.counts, shown(column.source)
    if len(counts) == 1:
        raise LifecycleError(
            f"the label {name} has one value, {shown(str(next(iter(counts))))}: nothing to tell apart"
        )
    numeric = column.type in ("int", "float")
    task, why = _task(column, label)
    if answers.task is not None:
        task, why = answers.task, "told"
        if task == "regression" and not numeric:
            raise LifecycleError(f"--task regression wants numbers, the label {name} is {column.type}")
        if task == "binary" and len(counts) != 2:
            raise LifecycleError(
                f"--task binary wants two values, the label {name} has {len(counts) or 'many'}"
            )
        if task == "multiclass" and not counts:
            raise LifecycleError(
                f"--task multiclass wants at most {MAX_CLASSES} values, the label {name} has more"
            )
    if answers.positive is not None and task != "binary":
        raise LifecycleError(f"--positive is for two classes; the label {name} makes a {task} model")
    as_int = task != "regression" and column.type == "float" and column.integral
    if task == "binary":
        positive, because = _positive(counts, answers.positive, name)
        told = _few(label, positive, name)
        return TaskChoice(
            task=task,
            why=f"{why}; positive: {because}",
            positive=_whole(positive, as_int),
            as_int=as_int,
            warnings=told,
        )
    if task == "multiclass":
        return _multiclass(label, why, name, as_int=as_int)
    return TaskChoice(task=task, why=why)


def _task(column: ColumnFacts, label: LabelFacts) -> tuple[Task, str]:
    counts = label.counts
    if len(counts) == 2:
        return "binary", "two values"
    if column.type in ("string", "bool"):
        if not counts:
            raise LifecycleError(
                f"the label {shown(column.source)} is text with more than {MAX_CLASSES} values: "
                "choose another one "
                "with --label, or merge values first"
            )
        return "multiclass", f"text with {len(counts)} values"
    rows = sum(counts.values())
    few = counts and len(counts) <= _MANY_CLASSES and rows >= _MIN_CLASS_ROWS * len(counts)
    if few and (column.type == "int" or column.integral):
        return "multiclass", (
            f"{len(counts)} whole numbers, taken for classes (--task regression: for a quantity)"
        )
    return "regression", f"numbers, about {column.distinct:,} different ones"


def _positive(counts: Mapping[Scalar, int], told: str | None, name: str) -> tuple[Scalar, str]:
    values = list(counts)
    if told is not None:
        found = [value for value in values if str(value).lower() == told.strip().lower()]
        if not found:
            has = ", ".join(shown(str(value)) for value in values)
            raise LifecycleError(f"--positive is {shown(told)!r}, the label {name} has {has}")
        return found[0], "told"
    for words, flip in ((POSITIVE, False), (NEGATIVE, True)):
        found = [value for value in values if _word(value) in words]
        if len(found) == 1:
            chosen = next(v for v in values if v != found[0]) if flip else found[0]
            return chosen, "the word says so"
    rarer = min(sorted(values, key=str, reverse=True), key=lambda value: counts[value])
    return rarer, "the rarer one"


def _word(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).strip().lower()


def _whole(value: Scalar, as_int: bool) -> Scalar:
    return int(value) if as_int and isinstance(value, float) else value


def _few(label: LabelFacts, positive: Scalar, name: str) -> tuple[str, ...]:
    rare = min(label.counts.values())
    told = []
    if rare < _RARE_POSITIVES:
        value = min(label.counts, key=lambda v: label.counts[v])
        told.append(
            f"only {rare} rows have the label {name} = {shown(str(value))}: gates may not be decidable"
        )
    if label.early and len(label.early) < 2:
        told.append(
            f"the first 60 % of the rows by time hold one value of {name} only: training will refuse them"
        )
    return tuple(told)


def _multiclass(label: LabelFacts, why: str, name: str, *, as_int: bool) -> TaskChoice:
    rare = {value for value, rows in label.counts.items() if rows < _MIN_CLASS_ROWS}
    if label.early:
        rare |= {value for value in label.counts if label.early.get(value, 0) < _MIN_EARLY_ROWS}
    kept = [value for value in label.counts if value not in rare]
    if len(kept) < 2:
        raise LifecycleError(
            f"the label {name} has fewer than two classes with {_MIN_CLASS_ROWS} rows (and "
            f"{_MIN_EARLY_ROWS} among "
            "the first 60 % by time): too few to learn"
        )
    warnings: tuple[str, ...] = ()
    if rare:
        rows = sum(label.counts[value] for value in rare)
        named = ", ".join(shown(str(value)) for value in sorted(rare, key=str))
        warnings = (f"the classes {named[:200]} have too few rows: their {rows} rows count as not labelled",)
    return TaskChoice(
        task="multiclass",
        why=why,
        rare=tuple(_whole(value, as_int) for value in sorted(rare, key=str)),
        as_int=as_int,
        warnings=warnings,
    )


def _unfit(column: ColumnFacts, rows: int) -> str:
    """Why a column cannot be a label; empty: it can."""
    if column.nulls == rows:
        return "it has no value in any row"
    if column.distinct <= 1:
        return "it has the same value in every row"
    if column.type in ("timestamp", "date"):
        return "it is a time"
    if column.type == "string" and column.distinct > MAX_CLASSES * 1.2:
        return f"it is text with about {column.distinct:,} values; at most {MAX_CLASSES} make classes"
    if column.unique and (column.type == "string" or "id" in words_of(column.source)):
        return "every row has its own value"
    return ""
