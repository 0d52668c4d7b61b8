"""A trial whose score is one of its parameters: it reports twice, and learns nothing."""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """The life of one trial, by its arguments and the variables of the service."""
    folder, trial = Path(sys.argv[1]), os.environ["CLOUD_ML_TRIAL_ID"]
    told = dict(argument.removeprefix("--").split("=") for argument in sys.argv[2:])
    eta = float(told["eta"])
    Path(os.environ["CLOUD_ML_HP_METRIC_FILE"]).parent.mkdir(parents=True)
    report(trial, 1, eta + 1)
    if os.environ.get("SLOW"):
        time.sleep(60)
    report(trial, 2, eta)
    parameters = {"eta": eta, "grow_policy": told["grow_policy"], "max_depth": int(told["max_depth"])}
    facts = {"number": int(trial) - 1, "state": "complete", "parameters": parameters, "value": eta}
    (folder / "trials").mkdir(exist_ok=True)
    (folder / "trials" / f"{trial}.json").write_text(json.dumps({**facts, "best_round": 1, "seconds": 0.1}))


def report(trial: str, step: int, value: float) -> None:
    """Tell a score as the service reads it, whole."""
    file = Path(os.environ["CLOUD_ML_HP_METRIC_FILE"])
    aside = file.with_name("aside")
    aside.write_text(json.dumps({"trial": trial, "log_loss": str(value), "global_step": str(step)}) + "\n")
    aside.replace(file)


if __name__ == "__main__":
    main()
