"""Wait until results are there: each framework hands them out before they are computed.

No framework is imported for it: what is not loaded made none of the results.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jaxlab import _jax


def ready(results: Any) -> None:
    """Wait until all arrays in some results are computed.

    JAX's arrays in any pytree are waited for; NumPy's are there already. PyTorch's on CUDA or MPS,
    and TensorFlow's on any device, have no waiting of their own: there all that was started on
    those devices is waited for. Also where there are no results to look at, for code that works
    in place.
    """
    waiter_for(results)(results)


def waiter_for(results: Any) -> Callable[[Any], object]:
    """What waits for results like these, at the least price: chosen once, used for each run."""
    if _jax.is_array(results):
        return type(results).block_until_ready
    leaves = _jax.leaves(results)
    waiters = (*_torch_waiters(leaves), *_tensorflow_waiters(leaves))
    if not waiters:
        if all(isinstance(leaf, np.ndarray | np.generic | int | float) for leaf in leaves):
            return _do_not_wait
        return jax.block_until_ready

    def wait(results: Any) -> None:
        jax.block_until_ready(results)
        for waiter in waiters:
            waiter(results)

    return wait


def _do_not_wait(_: Any) -> None:
    return


def _torch_waiters(leaves: list[Any]) -> list[Callable[[Any], object]]:
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return []
    devices = {leaf.device for leaf in leaves if isinstance(leaf, torch.Tensor)}
    if not devices and torch.cuda.is_initialized():
        return [lambda _: torch.cuda.synchronize()]
    waiters: list[Callable[[Any], object]] = [
        lambda _, device=device: torch.cuda.synchronize(device)
        for device in devices
        if device.type == "cuda"
    ]
    if any(device.type == "mps" for device in devices):
        waiters.append(lambda _: torch.mps.synchronize())
    return waiters


def _tensorflow_waiters(leaves: list[Any]) -> list[Callable[[Any], object]]:
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is None or not any(isinstance(leaf, tensorflow.Tensor) for leaf in leaves):
        return []
    sync: Any = getattr(tensorflow.test.experimental, "sync_devices", None)
    if sync is not None:
        return [lambda _: sync()]
    return [_copy_tensors]


def _copy_tensors(results: Any) -> None:
    """Wait for TensorFlow before 2.12: a tensor that can be copied out is computed."""
    for leaf in _jax.leaves(results):
        if hasattr(leaf, "numpy"):
            leaf.numpy()
