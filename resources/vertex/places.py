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
    key = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
    return Staging(settings.staging).below("endpoints", key, folder.name)
