"""Scores of a network that torch fitted, without torch: its weights are numbers, its shape is JSON."""

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.features.network import Network, NetworkScores
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.tensors import TensorsError, read_tensors

WEIGHTS_FILE, NETWORK_FILE = "model.safetensors", "network.json"


def load_network(bundle: Bundle) -> NetworkScores:
    """The predictor of a bundle of the trainer `torch`.

    Raises:
        BundleError: the network is not readable, or its weights are not those of it.
    """
    content, weights = bundle.read_bytes(NETWORK_FILE), bundle.read_bytes(WEIGHTS_FILE)
    try:
        return NetworkScores(Network.model_validate_json(content), read_tensors(weights))
    except (ValidationError, TensorsError, LifecycleError) as exc:
        raise BundleError(
            f"the weights of bundle {bundle.digest[:12]} do not load: {str(exc)[:200]}; train the model again"
        ) from exc
