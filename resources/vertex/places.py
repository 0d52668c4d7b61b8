"""Where things of this installation lie in the staging folder: two of them may share a bucket."""

import hashlib
from pathlib import Path

from lifecycle.endpoint.staging import Staging
from resources.vertex.settings import VertexSettings


def endpoint_place(settings: VertexSettings, folder: Path) -> Staging:
    """Folder of an endpoint: manifests, bundles, tables, the log, and what replicas say.

    Args:
        settings: of Vertex AI.
        folder: of the endpoint on this machine; its name is the model's.
    """
    return Staging(settings.staging).below("endpoints", _key(settings, folder), folder.name)


def job_place(settings: VertexSettings, root: Path, model: str, name: str) -> Staging:
    """Folder of a training: its job file and what comes of it.

    Args:
        settings: of Vertex AI.
        root: folder of the jobs' folders on this machine.
        model: whose training it is.
        name: of the job's folder.
    """
    return Staging(settings.staging).below("jobs", _key(settings, root), model, name)


def _key(settings: VertexSettings, folder: Path) -> str:
    # A path begins with `/`, which no name has in it: the two together are told apart.
    told = f"{settings.installation or ''}{folder.absolute()}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]
