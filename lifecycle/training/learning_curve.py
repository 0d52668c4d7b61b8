"""Would more rows help? The same fit on growing random parts of the fit rows."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Encoding
from lifecycle.training.job import LearningPoint, TrainingJob
from lifecycle.training.site import ALONE, Site
from lifecycle.training.trainer import Batch, Fitted, Part, Progress, Trainer


def learning_curve(
    trainer: Trainer,
    job: TrainingJob,
    encoding: Encoding,
    *,
    fit: Part,
    validation: Part,
    classes: int,
    whole: Fitted,
    progress: Progress,
    site: Site = ALONE,
) -> tuple[LearningPoint, ...]:
    """Scores by share of the fit rows, the whole fit last.

    The rows of a share are drawn at random, each share holding the smaller ones: the newest rows would mix up
    how many there are with how old they are. The holdout plays no part. Fewer rows need fewer rounds, so that
    a part may use at most as many as the whole fit looked at.

    Args:
        job: `learning_curve` names the shares, rising.
        whole: the fit on all rows.
    """
    labels = np.concatenate([batch for _, batch in fit.batches()])
    order = np.random.default_rng(job.seed).permutation(len(labels))
    cheap = job.model_copy(
        update={"rounds": min(job.rounds, whole.best_round + 1 + job.early_stopping_rounds)}
    )
    points = []
    for share in job.learning_curve:
        # In the order of the table: the trainer's own sampling then meets the rows as it does in a whole fit.
        chosen = np.zeros(len(labels), dtype=bool)
        chosen[order[: round(share * len(labels))]] = True
        some = _some(fit, chosen)
        if len(np.unique(labels[chosen])) < max(classes, 1):
            progress(f"learning curve: {some.rows:,} rows hold not every class, {share:.0%} is left out")
            continue
        progress(f"learning curve: {some.rows:,} rows")
        part = trainer(cheap, encoding, some, validation, classes=classes, progress=_silent, site=site)
        points.append(_point(share, some.rows, part))
    return (*points, _point(1.0, len(labels), whole))


def _some(part: Part, chosen: NDArray[np.bool_]) -> Part:
    """The chosen rows of a part, batch by batch as the part comes."""

    def batches() -> Iterator[Batch]:
        begin = 0
        for rows, labels in part.batches():
            kept = chosen[begin : begin + len(labels)]
            begin += len(labels)
            if kept.any():
                yield rows[kept], labels[kept]

    return Part(rows=int(chosen.sum()), batches=batches)


def _point(share: float, rows: int, fitted: Fitted) -> LearningPoint:
    return LearningPoint(
        share=share,
        rows=rows,
        rounds=fitted.best_round + 1,
        fit_score=_score(fitted, "fit"),
        validation_score=_score(fitted, "validation"),
    )


def _score(fitted: Fitted, part: str) -> float:
    curves: Sequence[Sequence[float]] = [
        v for name, v in fitted.curves.items() if name.startswith(f"{part}_")
    ]
    return float(curves[0][fitted.best_round])


def _silent(line: str) -> None:
    """The parts' own rounds would drown those of the model."""
