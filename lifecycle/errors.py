"""The one base class of every error that Flywheel raises on purpose."""


class LifecycleError(Exception):
    """Something the user can mend: the message names the thing, the fact and the way out."""


def in_words(exc: Exception) -> str:
    """What an error says; one that nobody raised on purpose is told with its kind.

    >>> in_words(LifecycleError("there is no table: make one")), in_words(KeyError("a"))
    ('there is no table: make one', "KeyError: 'a'")
    """
    return str(exc) if isinstance(exc, LifecycleError) else f"{type(exc).__name__}: {exc}"
