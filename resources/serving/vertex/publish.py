"""Files of an endpoint in the staging folder: bundles and tables first, the manifest that names them last."""

import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from lifecycle.durable import replace_file
from lifecycle.endpoint.follow import REPLICAS, Report
from lifecycle.endpoint.log.hiding import SECRET_FILE
from lifecycle.endpoint.manifest import EndpointManifest
from lifecycle.endpoint.staging import Staging
from resources.cluster.facts import PodFacts
from resources.serving.k8s.pods import ServingPod
from resources.serving.k8s.units import Unit
from resources.vertex.objects import ChangedError, read_versioned, write_over


def publish(staging: Staging, folder: Path, unit: Unit, *, anew: bool = False) -> None:
    """Hand a unit its manifest, and everything that it names.

    Args:
        staging: folder of the endpoint.
        folder: the local one, which holds bundles and tables under the same names.
        unit: what is handed over.
        anew: whatever lies there is of the past: nothing is deployed that obeys it, or this home is new.

    The home's lock keeps two deployers apart, where they share one. Where they do not, as with a home in a
    bucket, the later decision stays: a manifest is written only over the one that was read, and never over
    one of a higher fence or generation.

    Raises:
        ChangedError: somebody else handed it another one.
        LifecycleError: the staging folder does not answer.
    """
    named = [variant.bundle for variant in unit.serves.variants]
    if unit.serves.tables is not None:
        named.append(unit.serves.tables.folder)
    for name in named:
        staging.below(name).send_folder(folder / name)
    _share_secret(staging, folder)
    content, read = unit.serves.model_dump_json(indent=2).encode(), read_versioned(staging, unit.file.name)
    if content == read.content:
        return
    order = _order(read.content)
    if not anew and order > (unit.serves.fence, unit.serves.generation):
        raise ChangedError(
            f"{staging.url}/{unit.file.name} holds decision {order[0]}, generation {order[1]}, by somebody "
            f"else: later than generation {unit.serves.generation}, which is not served; deploy again"
        )
    write_over(staging, unit.file.name, content, read)


def _share_secret(staging: Staging, folder: Path) -> None:
    """Have one secret here and there. That of the staging folder stays: replicas log with it."""
    path, read = folder / SECRET_FILE, read_versioned(staging, SECRET_FILE)
    ours = path.read_bytes() if path.exists() else None
    if read.content is None and ours is not None:
        write_over(staging, SECRET_FILE, ours, read)
    elif read.content is not None and read.content != ours:
        replace_file(path, read.content.decode("ascii", errors="replace"))


def _order(content: bytes | None) -> tuple[int, int]:
    """Fence and generation of a manifest; of none, or of what is none, less than any."""
    try:
        found = EndpointManifest.model_validate_json(content or b"")
    except ValidationError:
        return (-1, -1)
    return found.fence, found.generation


def replicas(staging: Staging, units: Mapping[str, str], *, stale_s: float) -> list[ServingPod]:
    """What replicas say of themselves; one that said nothing for so long is gone.

    Args:
        staging: folder of the endpoint.
        units: name of the manifest's file by the name of the unit.
        stale_s: seconds. Clocks of containers are taken to be as right as ours.
    """
    found = []
    for unit, file in units.items():
        told = staging.below(REPLICAS, file.removesuffix(".json"))
        for name in told.names():
            content = told.read(name)
            try:
                report = Report.model_validate_json(content) if content is not None else None
            except ValidationError:
                continue  # of other code; it says nothing that we know
            if report is None or time.time() - report.at_s > stale_s:
                continue
            facts = PodFacts(name=name.removesuffix(".json"), phase="Running", message=report.problem)
            found.append(ServingPod(unit=unit, facts=facts, ready=True, answer=report.readiness))
    return found
