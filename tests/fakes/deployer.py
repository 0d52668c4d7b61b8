"""`python -m tests.fakes.deployer ROOT DEPLOYMENT STEP`: a deployer that is killed as it comes to a step.

STEP is the dotted name of a function; with `-` it deploys, prints a line and waits to be ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

from resources.serving.base import Deployment
from resources.serving.local import LocalServing
from tests.fakes.stub_endpoint import stub_command


def _die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived")


if __name__ == "__main__":
    root, told, step = sys.argv[1:]
    facts = json.loads(told)
    del facts["settings"]  # the defaults
    deployment = Deployment(**facts | {"bundle": Path(facts["bundle"])})
    with patch("resources.serving.process.endpoint_command", stub_command):
        if step != "-":
            patch(step, _die).start()
        LocalServing(root=root).deploy(deployment)
    print("deployed", flush=True)
    time.sleep(60)
