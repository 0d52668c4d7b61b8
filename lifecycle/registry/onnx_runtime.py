"""ONNX Runtime, as it is loaded here: without reports to its maker."""

import os
from types import ModuleType

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Read once, as the library is loaded. Without it the official builds send an event of each session over
HTTPS, and keep an id of the machine and a queue of events below HOME."""


def load_onnxruntime() -> ModuleType:
    """The library; who wants its reports sets `ORT_DISABLE_TELEMETRY` to 0.

    Raises:
        ImportError: it is not installed.
    """
    os.environ.setdefault(NO_TELEMETRY, "1")
    import onnxruntime

    return onnxruntime  # type: ignore[no-any-return]  # it ships no types
