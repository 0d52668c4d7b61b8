"""What the services say no with."""

from collections.abc import Mapping

HTTP: Mapping[str, int] = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}


class RpcError(Exception):
    """A call that is refused, by the name of its code in `google.rpc.Code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    @property
    def body(self) -> dict[str, object]:
        """As the REST front end tells it."""
        return {"error": {"code": HTTP[self.code], "message": self.message, "status": self.code}}
