"""What the checks said last, and how often in a row. Missing data is neither good news nor bad."""

from collections.abc import Sequence

from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.record import Answer, Evidence, State


def with_evidence(answers: Sequence[Answer], evidence: Evidence, *, window: int) -> tuple[Answer, ...]:
    """The answers with a newer one of one check.

    A row of fails is ended by a pass or by doubt, not by an outage: else a provider that fails now and then
    would keep a bad version alive. A row of errors is ended by any measurement.
    """
    measured, verdict = evidence.measurement, evidence.verdict
    before = next((answer for answer in answers if answer.check == measured.check), None)
    fails, inconclusives, errors = (
        (before.fails, before.inconclusives, before.errors) if before else (0, 0, 0)
    )
    if verdict == "error":
        errors += 1
    else:
        errors = 0
    if verdict == "fail":
        fails, inconclusives = fails + 1, 0
    elif verdict == "inconclusive":
        fails, inconclusives = 0, inconclusives + 1
    elif verdict == "pass":
        fails, inconclusives = 0, 0
    newest = Answer(
        check=measured.check,
        verdict=verdict,
        window=window,
        ended_at=measured.ended_at,
        n_challenger=max(measured.n_challenger, 0),
        fails=fails,
        inconclusives=inconclusives,
        errors=errors,
    )
    return (*(answer for answer in answers if answer.check != measured.check), newest)


def is_new(measured: Measurement, state: State) -> bool:
    """Whether a measurement is later than the last one of its check: the same one again changes nothing."""
    before = state.answer(measured.check)
    return before is None or measured.ended_at > before.ended_at
