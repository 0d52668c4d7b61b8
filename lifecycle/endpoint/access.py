"""Who may ask: an optional bearer token, one for an endpoint."""

import hmac
import os
from collections.abc import Mapping

from lifecycle.endpoint.wire import Refusal

TOKEN_VARIABLE = "FLYWHEEL_ENDPOINT_TOKEN"


class Access:
    """Checks requests against the token of the environment; without one everybody may ask.

    The token is read once and taken out of the environment, so that nothing that the process starts or prints
    can show it.
    """

    def __init__(self, token: str | None) -> None:
        self._expected = None if not token else b"bearer " + token.encode()

    @classmethod
    def from_environment(cls) -> "Access":
        """The token that the process was started with."""
        return cls(os.environ.pop(TOKEN_VARIABLE, None))

    @property
    def has_token(self) -> bool:
        """Whether a token is asked for."""
        return self._expected is not None

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Let a request pass that bears the token.

        Raises:
            Refusal: it does not (401). The message tells nothing of the token.
        """
        if self._expected is None:
            return
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        # In constant time: how long a comparison takes must not tell how much of a guess is right.
        if not hmac.compare_digest(scheme.lower() + b" " + token.strip(), self._expected):
            raise Refusal(
                401,
                "no valid bearer token: send the header authorization: Bearer TOKEN",
                headers=[(b"www-authenticate", b"Bearer")],
            )
