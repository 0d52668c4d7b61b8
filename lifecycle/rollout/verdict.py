"""What one measurement says about the version on trial."""

from typing import Literal

Verdict = Literal["pass", "fail", "inconclusive", "error", "not_enough_data"]
"""`error`: the provider failed, so nothing is known. Only `pass` lets a rollout go on."""
