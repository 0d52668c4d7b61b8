"""Which type a column's values have, and how they are read as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lifecycle.spec.infer.facts import MAY_BE_INFINITE, Form, RawColumn, Reading
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.words import EPOCH

DATE_FORMATS = (
    *("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y"),
    *("%b %d %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d, %Y", "%B %d %Y", "%d %B %Y"),
)
"""Formats of dates that are tried beside ISO 8601, as DuckDB's `strptime` writes them."""
CLOCK_FORMATS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")
TIME_FORMATS = tuple(f"{day} {clock}" for day in DATE_FORMATS for clock in CLOCK_FORMATS)
_TWINS = {
    **{f"%d{s}%m{s}%{y}": f"%m{s}%d{s}%{y}" for s in "/-." for y in "Yy"},
}
"""Day first -> month first: both may fit where no day is above 12."""
_MAX_WORDS = 40
_EPOCH_S, _EPOCH_MS, _YEARS = (946_684_800, 4_102_444_800), (946_684_800_000, 4_102_444_800_000), (1800, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A reading, and what to tell of it; reading None: the spec cannot hold the column."""

    reading: Reading | None
    note: str = ""
    warn: bool = False


def choose_reading(column: RawColumn, *, day_first: bool | None) -> Chosen:
    """The narrowest type that reads every value of a column.

    Args:
        day_first: how to read 03/04/2024; None: not told.

    >>> choose_reading(RawColumn(source="n", family="text", values=9, fits={"int": 9, "float": 9}),
    ...     day_first=None).reading.type
    'int'
    """
    if column.family == "text":
        return _of_text(column, day_first=day_first)
    if column.family == "other":
        return Chosen(reading=None, note="nested, binary or time-of-day values")
    if column.family == "float":
        return Chosen(reading=Reading(type="float", finite_only=column.not_finite > 0))
    if column.family == "int" and column.values and _looks_like_epoch(column):
        form: Form = "epoch_ms" if (column.low or 0) >= _EPOCH_MS[0] else "epoch_s"
        return Chosen(reading=Reading(type="timestamp", form=form), note="a number that counts from 1970")
    if column.family == "time":
        return Chosen(reading=Reading(type="timestamp"))
    if column.family == "date":
        return Chosen(reading=Reading(type="date"))
    return Chosen(reading=Reading(type="bool" if column.family == "bool" else "int"))


def as_year(reading: Reading) -> Reading:
    """The same column as the first day of its year."""
    return Reading(type="timestamp", form="year", missing=reading.missing)


def as_whole(reading: Reading) -> Reading:
    """The same column of floats as whole numbers, where it is read as it stands."""
    if reading.form != "plain":
        return reading
    return Reading(type="int", form="whole", missing=reading.missing, finite_only=reading.finite_only)


def read_again(reading: Reading, words: Sequence[str] | None) -> Reading:
    """Another reading of a column whose sample showed not all that its rows hold.

    Args:
        words: of all rows that stand for a missing value; None: the column is not text.

    Returns:
        The same type, with what was met now as missing; text, where that is no help.
    """
    if words is None:
        if reading.form == "plain" and reading.type in MAY_BE_INFINITE and not reading.finite_only:
            return replace(reading, finite_only=True)
    elif len(words) <= _MAX_WORDS and not set(words) <= set(reading.missing):
        return replace(reading, missing=tuple(sorted({*reading.missing, *words})))
    return Reading(type="string")


def _of_text(column: RawColumn, *, day_first: bool | None) -> Chosen:
    left = column.values - column.fits.get("missing", 0)
    if left <= 0:
        return Chosen(reading=Reading(type="string"))
    fits = {name for name, count in column.fits.items() if count == left and name != "missing"}
    words = column.words
    told = f"{', '.join(map(shown, words))} read as missing" if words else ""
    if "bool" in fits:
        return Chosen(reading=Reading(type="bool", missing=words), note=told)
    if "words" in fits:
        note = "yes and no read as true and false" + (f"; {told}" if told else "")
        return Chosen(reading=Reading(type="bool", form="words", missing=words), note=note)
    for kind in ("int", "float", "date", "timestamp"):
        if kind in fits:
            return Chosen(reading=Reading(type=kind, missing=words), note=told)
    for form in ("thousands", "decimal_comma"):
        if form in fits:
            note = "; ".join(filter(None, ["text that holds numbers", told]))
            return Chosen(reading=Reading(type="float", form=form, missing=words), note=note)
    return _of_dates(fits, words, day_first=day_first) or Chosen(reading=Reading(type="string"))


def _of_dates(fits: set[str], words: tuple[str, ...], *, day_first: bool | None) -> Chosen | None:
    for formats, kind in ((DATE_FORMATS, "date"), (TIME_FORMATS, "timestamp")):
        found = [fmt for fmt in formats if f"strptime:{fmt}" in fits]
        if not found:
            continue
        fmt, ambiguous = found[0], False
        for day_format in found:
            month_format = _month_first(day_format)
            if month_format in found:
                ambiguous = day_first is None
                fmt = day_format if day_first else month_format
                break
        reading = Reading(
            type="date" if kind == "date" else "timestamp", form="strptime", format=fmt, missing=words
        )
        note = f"text in the format {fmt}"
        if ambiguous:
            note += "; day and month could be the other way round: say --day-first or --month-first"
        return Chosen(reading=reading, note=note, warn=ambiguous)
    return None


def _month_first(day_format: str) -> str | None:
    day, _, clock = day_format.partition(" ")
    twin = _TWINS.get(day)
    return None if twin is None else f"{twin} {clock}".strip()


def _looks_like_epoch(column: RawColumn) -> bool:
    if not any(hint in column.source.lower() for hint in EPOCH):
        return False
    low, high = column.low or 0, column.high or 0
    return any(first <= low and high <= last for first, last in (_EPOCH_S, _EPOCH_MS))


def could_be_year(low: object, high: object) -> bool:
    """Whether a column of whole numbers may hold years."""
    return isinstance(low, int) and isinstance(high, int) and _YEARS[0] <= low < high <= _YEARS[1]


def notes(chosen: Mapping[str, Chosen]) -> tuple[str, ...]:
    """What is to be told of readings, by column of the table."""
    return tuple(f"{shown(source)}: {choice.note}" for source, choice in chosen.items() if choice.note)
