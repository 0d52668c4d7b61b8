"""What a version was made from, all of it by content: enough to find it again, and to make it again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lifecycle.spec.kinds import Record


class MadeFrom(Record):
    """The inputs of a training. It goes into the bundle, so it names no place, no time, no commit and no run:
    the same inputs give the same bundle wherever and whenever it is made.
    """

    features: Mapping[str, Mapping[str, str]]
    """Partition of each feature table -> name of each table that it was computed from (`data/2013-01`) ->
    that table's content hash. Empty for a feature table that was published before this was kept."""
    beside: Mapping[str, str]
    """File of the bundle that requests are joined with (`lookups/weather.parquet`) -> content of its rows."""
    spec: str
    """The sections of the spec that make a model, with all defaults, as JSON; see `lifecycle.spec.making`. A
    text, since the order of columns counts."""

    @property
    def making(self) -> dict[str, Any]:
        """The spec's sections as they were."""
        made: dict[str, Any] = json.loads(self.spec)
        return made

    @property
    def unknown(self) -> tuple[str, ...]:
        """Partitions of feature tables that do not say what they were made from."""
        return tuple(partition for partition, tables in self.features.items() if not tables)

    def tables(self) -> Iterator[tuple[str, str]]:
        """Name and content hash of each table that the features were computed from, each once."""
        yield from dict.fromkeys(item for tables in self.features.values() for item in tables.items())
