"""Where a fit runs: which of several processes it is, and where it keeps where it stands."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lifecycle.training.checkpoint import Checkpoints
from lifecycle.training.ranks import Ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a trainer may use besides rows. One that uses none of it is a whole trainer all the same."""

    ranks: Ranks = Ranks()  # noqa: RUF009  # frozen
    checkpoints: Checkpoints | None = None
    """None: the fit is short, or one of many, and begins anew when it was killed."""
    scratch: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    """Folder for what is of use to this fit only."""


ALONE = Site()
