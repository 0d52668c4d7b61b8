"""`/metrics`: the counts of an endpoint in the text format of Prometheus (version 0.0.4)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from lifecycle.endpoint.answering import Answerer
from lifecycle.endpoint.counting import BOUNDS_S, Counts
from lifecycle.endpoint.served import Served

MEDIA_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, Mapping[str, object], float]
"""Suffix of the name, labels, value."""


def render_metrics(counts: Counts, answerer: Answerer, served: Served | None, *, shadow_queue: int) -> bytes:
    """All metrics of a process."""
    families = [
        *_variant_families(counts, answerer, served),
        *_endpoint_families(counts, answerer),
        _family("shadow_queue", "gauge", "Requests that wait for a shadow.", [("", {}, float(shadow_queue))]),
    ]
    return "".join(families).encode()


def _variant_families(counts: Counts, answerer: Answerer, served: Served | None) -> Iterator[str]:
    if served is not None:
        yield _family(
            "variant_weight_percent",
            "gauge",
            "Share of the requests that a variant is assigned.",
            [
                ("", {"variant": v.name, "version": v.version, "role": v.role}, v.weight)
                for v in served.manifest.variants
            ],
        )
        yield _family(
            "variant_ready",
            "gauge",
            "1 where a variant is loaded.",
            [("", {"variant": v.name}, float(v.name in served.variants)) for v in served.manifest.variants],
        )
    told = sorted(counts.variants.items())
    yield _family(
        "requests_total",
        "counter",
        "Requests assigned to a variant.",
        [("", {"variant": name}, one.requests) for name, one in told],
    )
    yield _family(
        "variant_failures_total",
        "counter",
        "Requests for which the assigned variant gave no scores.",
        [
            ("", {"variant": name, "reason": reason}, n)
            for name, one in told
            for reason, n in one.failed.items()
        ],
    )
    yield _family(
        "latency_seconds",
        "histogram",
        "From a request's whole body to its answer.",
        [sample for name, one in told for sample in _histogram(name, one.bins, one.latency_us)],
    )
    lanes = [(name, lane) for (name, _), lane in answerer.lanes.items()]
    yield _family(
        "variant_queue",
        "gauge",
        "Batches in the queue of a variant, the running one included.",
        [("", {"variant": name}, lane.waiting) for name, lane in lanes],
    )
    yield _family(
        "variant_breaker_open",
        "gauge",
        "1 while a variant is left alone for its failures.",
        [("", {"variant": name}, float(lane.breaker.open_until_s is not None)) for name, lane in lanes],
    )
    for what, by_variant in (
        ("scored", counts.shadow_scored),
        ("failed", counts.shadow_failed),
        ("dropped", counts.shadow_dropped),
    ):
        yield _family(
            f"shadow_{what}_total",
            "counter",
            f"Requests that a shadow {'has ' if what != 'dropped' else ''}{what}.",
            [("", {"variant": name}, n) for name, n in by_variant.items()],
        )


def _endpoint_families(counts: Counts, answerer: Answerer) -> Iterator[str]:
    yield _family(
        "responses_total",
        "counter",
        "Answers to requests for scores.",
        [("", {"protocol": p, "status": s}, n) for (p, s), n in sorted(counts.statuses.items())],
    )
    single: list[tuple[str, str, str, float]] = [
        ("in_flight", "gauge", "Requests for scores under way.", counts.in_flight),
        ("shed_total", "counter", "Requests refused because too many were under way.", counts.shed),
        ("unlogged_total", "counter", "Requests that could not be logged.", counts.unlogged),
    ]
    if (log := answerer.log) is not None:
        single += [
            ("log_records_total", "counter", "Requests in the request log.", log.records),
            ("log_bytes", "gauge", "What the log takes up until it is compacted.", log.bytes_kept),
            (
                "log_dropped_segments_total",
                "counter",
                "Files dropped before compaction.",
                log.dropped_segments,
            ),
        ]
    for name, kind, told, value in single:
        yield _family(name, kind, told, [("", {}, value)])


def _histogram(variant: str, bins: Sequence[int], latency_us: int) -> Iterator[Sample]:
    for bound, upto in zip([*map(str, BOUNDS_S), "+Inf"], accumulate(bins), strict=True):
        yield "_bucket", {"variant": variant, "le": bound}, upto
    yield "_sum", {"variant": variant}, latency_us / 1e6
    yield "_count", {"variant": variant}, sum(bins)


def _family(name: str, kind: str, told: str, samples: Sequence[Sample]) -> str:
    return family_text(f"flywheel_endpoint_{name}", kind, told, samples)


def family_text(name: str, kind: str, told: str, samples: Sequence[Sample]) -> str:
    """A family of samples under a name; empty without any.

    >>> print(family_text("up", "gauge", "1 while it runs.", [("", {"model": "m"}, 1.0)]), end="")
    # HELP up 1 while it runs.
    # TYPE up gauge
    up{model="m"} 1.0
    """
    if not samples:
        return ""
    lines = [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{suffix}{_labels(labels)} {value}" for suffix, labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, object]) -> str:
    r"""Labels as Prometheus quotes them.

    >>> _labels({"variant": 'a"b\n'})
    '{variant="a\\"b\\n"}'
    """
    if not labels:
        return ""
    quoted = (
        (name, str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in quoted) + "}"
