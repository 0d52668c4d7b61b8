"""What glue is to do. Each action says the state that is wanted, so that doing it twice does it once."""

from typing import Annotated, Literal

from pydantic import Field

from lifecycle.rollout.observations import Version
from lifecycle.spec.kinds import Record


class Share(Record):
    """One version and its percent of the requests."""

    version: Version
    weight: Annotated[int, Field(ge=0, le=100)]


class EnsureVariant(Record):
    """The version runs at the endpoint, without any requests if it was not there before."""

    do: Literal["ensure_variant"] = "ensure_variant"
    id: str
    version: Version
    fence: int


class SetWeights(Record):
    """The endpoint has exactly this split; who is not named gets nothing. None named: nobody serves."""

    do: Literal["set_weights"] = "set_weights"
    id: str
    shares: tuple[Share, ...]
    mirrored: Version | None
    fence: int
    """Rises from decision to decision of a model, in every action that changes the endpoint. One that obeyed
    a higher one refuses a lower one: a tick that was held up cannot undo a later one."""


class RemoveVariant(Record):
    """The version runs no more; only asked for once it was read back without requests."""

    do: Literal["remove_variant"] = "remove_variant"
    id: str
    version: Version
    fence: int


class SetAlias(Record):
    """The registry calls the version champion. It keeps no fence: glue reads the record once more before."""

    do: Literal["set_alias"] = "set_alias"
    id: str
    alias: Literal["champion"] = "champion"
    version: Version


class DropAlias(Record):
    """The registry does not call the version challenger any more."""

    do: Literal["drop_alias"] = "drop_alias"
    id: str
    alias: Literal["challenger"] = "challenger"
    version: Version


Action = Annotated[
    EnsureVariant | SetWeights | RemoveVariant | SetAlias | DropAlias, Field(discriminator="do")
]


class Notice(Record):
    """Something that people are told, once: an entry of the record in words."""

    id: str
    seq: int
    text: str
    weight: int
    """Percent of the version on trial that the record asks for."""
