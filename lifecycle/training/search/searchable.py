"""What a trainer tells of the parameters that may be searched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ParameterKind = Literal["int", "float", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """The parameters of a trainer."""

    kinds: Mapping[str, ParameterKind]
    """Parameter -> what it takes."""
    aliases: Mapping[str, str]
    """Second name -> the name in `kinds`."""
    refused: Mapping[str, str]
    """Parameter that no search may set -> the way out."""

    def canonical(self, name: str) -> str:
        """The name under which a parameter is in `kinds`, if it is.

        >>> Searchable(kinds={"eta": "float"}, aliases={"learning_rate": "eta"}, refused={}).canonical(
        ...     "learning_rate"
        ... )
        'eta'
        """
        return self.aliases.get(name, name)
