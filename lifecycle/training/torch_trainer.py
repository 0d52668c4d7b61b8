"""Networks over tabular rows by torch: numbers standardised, categories as vectors, early stopping.

Only a job that asks for it imports this module: torch is an extra, and takes seconds to load.
"""

from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lifecycle.features.encoding import Encoding
from lifecycle.features.network import NetworkScores
from lifecycle.training.job import TrainingJob
from lifecycle.training.permutation import permutation_importance
from lifecycle.training.preemption import heeded
from lifecycle.training.shards import shard_of
from lifecycle.training.site import ALONE, Site
from lifecycle.training.torch_device import device_for, reproducible
from lifecycle.training.torch_fit import Fit
from lifecycle.training.torch_loss import METRICS, Loss
from lifecycle.training.torch_moments import moments_of
from lifecycle.training.torch_network import TorchNetwork, network_of, number_columns, tensors_of
from lifecycle.training.torch_parameters import torch_parameters
from lifecycle.training.torch_ranks import Group
from lifecycle.training.torch_rows import Rows
from lifecycle.training.trainer import Fitted, Part, Progress

WEIGHTS_FILE, NETWORK_FILE = "model.safetensors", "network.json"


def fit_torch(
    job: TrainingJob,
    encoding: Encoding,
    fit: Part,
    validation: Part,
    *,
    classes: int,
    progress: Progress,
    site: Site = ALONE,
) -> Fitted:
    """See `Trainer`."""
    parameters, ranks = torch_parameters(job.parameters), site.ranks
    threads = max(1, job.threads // job.count)
    listening = nullcontext(lambda: False) if site.checkpoints is None else heeded()
    with reproducible(seed=job.seed, threads=threads):
        device = device_for(job.accelerator, ranks)
        group = Group(ranks, device)
        shard, tune = shard_of(fit, ranks), shard_of(validation, ranks)
        rows = Rows(shard.part, parameters.shuffle_rows, device)
        numbers = number_columns(encoding)
        with group.talking():
            moments = moments_of(rows, numbers, [encoding.names[column] for column in numbers], group)
        network = network_of(job.task, encoding, parameters, moments, classes=classes)
        # Not before: the pass over the rows asks nobody, and leaves nothing that a signal must not end.
        with listening as stop:
            made = Fit(
                job=job,
                parameters=parameters,
                network=TorchNetwork(network, moments, parameters.dropout).to(device),
                loss=Loss(task=job.task, network=network, positive_weight=parameters.scale_pos_weight),
                rows=rows,
                shard_rows=shard.rows,
                validation=Rows(tune.part, parameters.shuffle_rows, device),
                group=group,
                site=site,
                progress=progress,
                stop=stop,
            )
            made.run()
    metric, state = METRICS[job.task], made.state
    best = state.curves["validation"][state.best]
    progress(f"best epoch {state.best}: validation {metric} {best:.5f}")
    tensors = tensors_of(made.best)
    scores = NetworkScores(network, tensors)

    def predict(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        found = scores.predict(matrix)
        return found if job.task == "multiclass" else found[:, 0]

    return Fitted(
        weights={WEIGHTS_FILE: bytes(save(tensors)), NETWORK_FILE: network.model_dump_json().encode()},
        best_round=state.best,
        curves={f"{part}_{metric}": tuple(values) for part, values in state.curves.items()},
        importance=permutation_importance(job.task, encoding.names, validation, predict, seed=job.seed)
        if ranks.first
        else {},
        predict=predict,
        resumed=state.resumed,
    )
