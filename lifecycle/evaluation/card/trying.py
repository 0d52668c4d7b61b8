"""The sections of a card on what the served bundle went through."""

from collections.abc import Iterator, Mapping, Sequence

from lifecycle.evaluation.behaviour import BehaviourResult
from lifecycle.evaluation.card.blocks import Block, Picture, Section, Table, Text
from lifecycle.evaluation.card.numbers import number, share, span
from lifecycle.evaluation.footprint import Footprint, Latency
from lifecycle.evaluation.harm import Harm
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.trials import Trials

N_HARMS = 8


def trial_sections(report: EvaluationReport, pictures: Mapping[str, bytes]) -> list[Section]:
    """Behaviour, robustness and the price of a call; none where the bundle went through nothing."""
    trials = report.trials
    if trials is None:
        return []
    return [
        Section(title="Behaviour", blocks=list(_behaviour(trials.behaviour))),
        Section(title="What it leans on", blocks=list(_robustness(trials, pictures))),
        Section(title="Cost to serve", blocks=list(_cost(trials.footprint))),
    ]


def _behaviour(results: Sequence[BehaviourResult]) -> Iterator[Block]:
    if not results:
        return
    yield Text(text="Rules tried on the served bundle, with requests of the holdout.")
    yield Table(
        head=("test", "rule", "rows", "kept", "interval", "wanted"),
        rows=[
            (r.test, r.rule_text, number(r.n), share(r.share), span(r.low, r.high), share(r.wanted))
            for r in results
        ],
        numbers=(2, 3, 5),
        prose=(1,),
    )
    broken = [(r.test, b.row, b.change, b.before, b.after) for r in results for b in r.broken]
    yield Table(
        title="Rows that broke a rule (five of each at most)",
        head=("test", "row", "change", "before", "after"),
        rows=broken,
    )


def _robustness(trials: Trials, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    metric = trials.metric.replace("_", " ")
    yield Text(
        text=f"How much worse {metric} gets ({number(trials.value)} on these {number(trials.n_rows)} rows) "
        "when a feature is missing everywhere, a lookup has no row for anybody, noise of a tenth of a "
        "feature's spread is added, or its values are dealt out anew. Intervals are of the difference."
    )
    worst = [
        *trials.lookups_missing,
        *trials.features_missing[:N_HARMS],
        *trials.noise[:N_HARMS],
        *trials.permuted[:N_HARMS],
    ]
    yield Table(head=("change", "of", f"{metric} then", "worse by", "interval"), rows=list(map(_harm, worst)),
                numbers=(2, 3))  # fmt: skip
    for name, alt in (("missing", "Harm of each feature missing"), ("importance", "Permutation importance")):
        if name in pictures:
            yield Picture(png=pictures[name], alt=alt)


def _harm(harm: Harm) -> tuple[str, ...]:
    return harm.change, harm.what, number(harm.value), number(harm.harm), span(harm.low, harm.high)


def _cost(footprint: Footprint | None) -> Iterator[Block]:
    if footprint is None:
        yield Text(text="Not measured: the bundle did not answer in a process of its own.")
        return
    yield Text(
        text="Measured in a fresh process on one thread: request contract, features and scoring, no HTTP."
    )
    yield Table(
        head=("what", "value", "interval"),
        rows=[
            *_times("one row", footprint.single),
            ("one row, p99 of what it computes, ms", number(footprint.cpu_p99_ms), ""),
            *_times(f"{footprint.batch.rows} rows at once", footprint.batch),
            ("memory of the process, MiB", number(round(footprint.memory_mib, 1)), ""),
            ("of which for this bundle, MiB", number(round(footprint.added_mib, 1)), ""),
            ("size of the bundle, MiB", number(footprint.bundle_mib), ""),
        ],
        numbers=(1,),
    )


def _times(what: str, latency: Latency) -> Iterator[tuple[str, str, str]]:
    yield f"{what}, median of {latency.calls:,} calls, ms", number(latency.p50_ms), ""
    yield f"{what}, p99, ms", number(latency.p99_ms), span(latency.p99_low, latency.p99_high)
