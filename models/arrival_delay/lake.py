"""Build the lake of this model: the flights of `flight_delay`, whose own script does it.

python models/arrival_delay/lake.py OUT_DIR
"""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).parents[1] / "flight_delay" / "lake.py"), run_name="__main__")
