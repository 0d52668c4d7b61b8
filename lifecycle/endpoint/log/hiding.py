"""What the log holds in the place of a sensitive key, and the secret of the endpoint that it is made with."""

import logging
import re
import secrets
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from lifecycle.durable import replace_file
from lifecycle.errors import LifecycleError

log = logging.getLogger(__name__)

SECRET_FILE = "log-secret"
"""Beside the manifest: 32 random bytes as text, readable by its owner alone. All processes of an endpoint
have the same, and it outlives them."""
_BYTES = 32


def pseudonym(secret: bytes, key: str) -> str:
    """What stands for a key: always the same with one secret, and nothing that can be tried out without it.

    Args:
        secret: of the endpoint.
        key: as the log would hold it.

    >>> pseudonym(b"a secret", "7") == pseudonym(b"a secret", "7") != pseudonym(b"another", "7")
    True
    """
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, key=secret).hexdigest()


def keep_secret(folder: Path) -> None:
    """Make an endpoint's secret where it has none; whoever calls this holds the lock of its folder.

    Args:
        folder: of the endpoint's manifest.
    """
    if not (folder / SECRET_FILE).exists():
        replace_file(folder / SECRET_FILE, f"{secrets.token_hex(_BYTES)}\n")


def secret_of(folder: Path) -> bytes:
    """An endpoint's secret. Where a deployer of an older release left none, one that this process made up.

    Args:
        folder: of the endpoint's manifest.

    Raises:
        LifecycleError: it cannot be read, or is none.
    """
    path = folder / SECRET_FILE
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        log.warning("%s is not there: until the next deployment sensitive keys are hidden anew", path)
        return _of_this_process()
    except OSError as exc:
        raise LifecycleError(
            f"{path}, which hides sensitive keys in the request log, cannot be read ({exc.strerror}): let "
            "the user of the endpoint own it"
        ) from exc
    if not re.fullmatch(rf"[0-9a-f]{{{2 * _BYTES}}}\n", text):
        # What it holds is not told: it may be most of the secret.
        raise LifecycleError(
            f"{path}, which hides sensitive keys in the request log, was changed: put it back from a copy, "
            "or remove it and deploy again; the log has other names for the same keys from then on"
        )
    return bytes.fromhex(text)


@lru_cache(maxsize=1)
def _of_this_process() -> bytes:
    return secrets.token_bytes(_BYTES)
