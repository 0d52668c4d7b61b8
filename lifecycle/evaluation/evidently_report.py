"""Evidently's HTML report: training-side rows against the rows evaluated, for people to look at.

It decides nothing; the verdict is the gates'. Evidently is imported when the report is made (5 CPU s).
"""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.sample import Task

if TYPE_CHECKING:
    import pandas as pd
    from evidently import DataDefinition
    from evidently.core.container import MetricContainer

# Evidently and the library it reports through each look at their own variable when they would send an event.
_TELEMETRY_SWITCHES = ("DO_NOT_TRACK", "ITERATIVE_DO_NOT_TRACK")

# Evidently writes values into a <script> block as they are, so "</script>" in a category would end it and the
# rest would run. Look-alikes keep the text readable and cannot start a tag, an entity or a second decoding.
_LOOK_ALIKES = str.maketrans({"<": "‹", ">": "›", "&": "＆"})  # noqa: RUF001 look-alikes on purpose

MIN_ROWS = 10
"""On fewer, Evidently's statistics fail in many ways, and distributions say nothing."""


def evidently_html(
    reference: "pd.DataFrame",
    current: "pd.DataFrame",
    *,
    task: Task,
    numeric: Sequence[str],
    categorical: Sequence[str],
    target: str,
    prediction: str,
    threshold: float = 0.5,
    max_rows: int = 5000,
    seed: int = 0,
) -> str:
    """One self-contained page: quality for the task, drift from reference to current, summary of the columns.

    Only the named columns are shown. Columns without a value on a side are left out, and so is the quality
    when a class is missing on a side. Nothing is sent anywhere and no network is needed.

    Args:
        reference: rows the model was validated on, with their scores.
        current: rows of the holdout, same columns.
        target: label column, known in every row; binary: 0 or 1.
        prediction: binary: probability of 1; multiclass: the decided class; regression: the prediction.
        threshold: operating point, used for a binary task only.
        max_rows: larger sides are sampled, seeded: Evidently's time and the page grow with the rows.

    Raises:
        LifecycleError: a side has fewer than 10 rows, or lacks a named column.
    """
    columns = [*numeric, *categorical, target, prediction]
    text = [*categorical, target, prediction] if task == "multiclass" else categorical
    for name, frame in (("reference", reference), ("current", current)):
        if missing := [c for c in columns if c not in frame.columns]:
            raise LifecycleError(f"{name} rows lack {', '.join(missing)}; pass the table the scores are in")
        if len(frame) < MIN_ROWS:
            raise LifecycleError(
                f"{len(frame)} {name} rows, a report takes {MIN_ROWS}; choose a longer period"
            )
    sides = [_prepared(frame[columns], text, max_rows, seed) for frame in (reference, current)]
    if task == "binary":  # Evidently knows the positive class by the number 1, not by 1.0 or True
        sides = [side.astype({_plain(target): int}) for side in sides]
    kept = [c for c in columns if all(side[_plain(c)].notna().any() for side in sides)]
    with _quiet():
        from evidently import Dataset, Report

        definition = _definition(
            task,
            numeric=[_plain(c) for c in numeric if c in kept],
            categorical=[_plain(c) for c in categorical if c in kept],
            target=_plain(target),
            prediction=_plain(prediction),
        )
        old, new = (
            Dataset.from_pandas(side[[_plain(c) for c in kept]], data_definition=definition) for side in sides
        )
        report = Report(_presets(task, [set(side[_plain(target)]) for side in sides], threshold))
        return str(report.run(new, old).get_html_str(as_iframe=False))


def evidently_drift_html(
    reference: "pd.DataFrame",
    current: "pd.DataFrame",
    *,
    numeric: Sequence[str],
    categorical: Sequence[str],
    max_rows: int = 5000,
    seed: int = 0,
) -> str | None:
    """One self-contained page: how columns drifted by Evidently's own limits, and a summary of each.

    Args:
        reference: rows to compare with.
        current: rows of the partition, same columns.
        max_rows: larger sides are sampled, seeded.

    Returns:
        None: a side has fewer than 10 rows, or no column has a value on both sides.
    """
    columns = [*numeric, *categorical]
    if min(len(reference), len(current)) < MIN_ROWS:
        return None
    sides = [_prepared(frame[columns], categorical, max_rows, seed) for frame in (reference, current)]
    kept = [c for c in columns if all(side[_plain(c)].notna().any() for side in sides)]
    if not kept:
        return None
    with _quiet():
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset, DataSummaryPreset

        definition = DataDefinition(
            numerical_columns=[_plain(c) for c in numeric if c in kept],
            categorical_columns=[_plain(c) for c in categorical if c in kept],
        )
        old, new = (
            Dataset.from_pandas(side[[_plain(c) for c in kept]], data_definition=definition) for side in sides
        )
        report = Report([DataDriftPreset(), DataSummaryPreset()])
        return str(report.run(new, old).get_html_str(as_iframe=False))


def _presets(task: Task, classes: Sequence[set[object]], threshold: float) -> list["MetricContainer"]:
    from evidently.presets import ClassificationPreset, DataDriftPreset, DataSummaryPreset, RegressionPreset

    comparison = [DataDriftPreset(), DataSummaryPreset()]
    if task == "regression":
        return [RegressionPreset(), *comparison]
    reference, current = classes
    if reference != current or len(current) < 2:
        return comparison  # Evidently's quality tables fail on a class that one side does not have
    return [ClassificationPreset(probas_threshold=threshold if task == "binary" else None), *comparison]


def _definition(
    task: Task, *, numeric: list[str], categorical: list[str], target: str, prediction: str
) -> "DataDefinition":
    from evidently import BinaryClassification, DataDefinition, MulticlassClassification, Regression

    columns = {"numerical_columns": numeric, "categorical_columns": categorical}
    if task == "regression":
        return DataDefinition(**columns, regression=[Regression(target=target, prediction=prediction)])
    if task == "multiclass":
        classes = MulticlassClassification(target=target, prediction_labels=prediction)
        return DataDefinition(**columns, classification=[classes])
    binary = BinaryClassification(
        target=target, prediction_probas=prediction, prediction_labels=None, pos_label=1
    )
    return DataDefinition(**columns, classification=[binary])


def _prepared(frame: "pd.DataFrame", text: Sequence[str], max_rows: int, seed: int) -> "pd.DataFrame":
    """At most `max_rows` rows, with values and column names that no browser can take for markup."""
    sample = frame.sample(max_rows, random_state=seed) if len(frame) > max_rows else frame.copy()
    for column in text:
        sample[column] = sample[column].map(lambda v: _plain(str(v)), na_action="ignore").astype(object)
    return sample.rename(columns=_plain)


def _plain(text: str) -> str:
    return text.translate(_LOOK_ALIKES)


@contextmanager
def _quiet() -> Iterator[None]:
    """No telemetry, and Evidently's own deprecations are not ours to fail on; all as before afterwards."""
    before = {name: os.environ.get(name) for name in _TELEMETRY_SWITCHES}
    os.environ.update(dict.fromkeys(_TELEMETRY_SWITCHES, "1"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
