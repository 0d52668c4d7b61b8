"""The one base class of every error that Flywheel raises on purpose."""


class LifecycleError(Exception):
    """Something the user can mend: the message names the thing, the fact and the way out."""
