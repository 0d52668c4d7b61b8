"""Where a network is fit, and what makes the fit the same every time."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from lifecycle.errors import LifecycleError
from lifecycle.spec.training import Accelerator
from lifecycle.training.ranks import Ranks


def device_for(accelerator: Accelerator | None, ranks: Ranks) -> torch.device:
    """The device of a rank.

    Raises:
        LifecycleError: an accelerator is asked for, and this machine has none for this process.
    """
    if accelerator is None:
        return torch.device("cpu")
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if ranks.local >= there:
        raise LifecycleError(
            f"training.compute.accelerator asks for a GPU, and torch {torch.__version__} sees {there} here, "
            f"too few for process {ranks.local} of this machine: train where there is one, lower "
            "training.compute.count, or drop accelerator"
        )
    return torch.device("cuda", ranks.local)


def precision(device: torch.device, *, mixed: bool) -> AbstractContextManager[object]:
    """Products in bfloat16 where the accelerator can; float16 would need its losses scaled."""
    if mixed and device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


@contextmanager
def reproducible(*, seed: int, threads: int) -> Iterator[None]:
    """Inside, the same steps give the same numbers on the same machine, as far as torch can.

    The state of torch belongs to the process, and is what it was afterwards.
    """
    # cuBLAS keeps an order of its own otherwise; it is read when the first product is asked for.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    held, strict = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    try:
        torch.set_num_threads(threads)
        # Not `use_deterministic_algorithms`, which loads the compiler for seconds and does the same.
        torch.set_deterministic_debug_mode("error")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_deterministic_debug_mode(strict)
        torch.set_num_threads(held)
