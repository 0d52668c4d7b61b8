"""`kill -9` of the real endpoint a hundred times under load: is an answered request ever missing?"""

import statistics
import tempfile
import time
from pathlib import Path

from resources.serving.base import EndpointSpec, VariantSpec
from resources.serving.local import LocalServing
from tests.benchmarks.serving import make_model
from tests.fakes.killed_endpoint import kill_in_a_loop
from tests.fakes.ports import free_port

KILLS, CLIENTS = 100, 8


def main() -> None:
    """Print what was answered, what is in the log, and how long each kill was felt."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        bundle, rows = make_model(home / "bundle", twin=True)
        variants = tuple(
            VariantSpec(
                name=role,
                role=role,  # type: ignore[arg-type]  # variants bear the names of roles here
                version=str(version),
                bundle=bundle.path,
                bundle_digest=bundle.digest,
                weight=weight,
            )
            for version, (role, weight) in enumerate({"champion": 70, "challenger": 30, "shadow": 0}.items())
        )
        endpoint = EndpointSpec(
            model="bench", variants=variants, salt="bench", port=free_port(), max_batch=1000
        )
        serving = LocalServing(root=str(home / "endpoints"))
        began = time.monotonic()
        survived = kill_in_a_loop(serving, endpoint, rows, kills=KILLS, clients=CLIENTS, seed=2013)
        spent_s = time.monotonic() - began
    print(f"{KILLS} kills in {spent_s:.0f} s, {CLIENTS} clients, champion 70 %, challenger 30 %, a shadow")
    print(f"answered          {len(survived.acknowledged)}")
    print(f"in the log        {len(survived.logged)}")
    print(f"answered, missing {len(survived.missing)}")
    print(f"in the log twice  {len(survived.logged) - len(set(survived.logged))}")
    print(
        f"from a kill until it is ready again: {statistics.median(survived.gaps_s):.2f} s in the median, "
        f"{max(survived.gaps_s):.2f} s at most"
    )


if __name__ == "__main__":
    main()
