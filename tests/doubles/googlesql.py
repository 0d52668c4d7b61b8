"""Google's own analyzer of SQL says whether queries are of BigQuery: in the environment of the emulator."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.emulators.bigquery import COMPILED, FOLDER

_ANALYZE = Path(__file__).with_name("googlesql_analyze.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query.

    Attributes:
        parameters: name -> type, as `INT64`.
    """

    sql: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def refused(queries: Mapping[str, Query], tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Name of each query that is not valid -> why.

    Args:
        tables: name as queries quote it -> column -> type, as `INT64`.
    """
    asked = {
        "module": str(FOLDER / COMPILED),
        "tables": tables,
        "queries": {name: asdict(query) for name, query in queries.items()},
    }
    done = subprocess.run(
        [str(FOLDER / "bin" / "python"), str(_ANALYZE)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout)
    return found
