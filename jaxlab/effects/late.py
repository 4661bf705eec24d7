"""Settings that JAX reads once: those that are changed when that is over."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import os
from typing import Any

import jax

from jaxlab import _jax

_AT_IMPORT = ("JAX_", "TF_CPP_")
_AT_START = ("XLA_", "LIBTPU_", "TPU_", "NVIDIA_TF32_", "CUDA_VISIBLE_DEVICES", "TF_GPU_")
_CONFIG = ("jax_platforms", "jax_cuda_visible_devices", "jax_rocm_visible_devices")

Settings = dict[str, str | None]
"""The values of settings by name, of those alone that JAX does not look at any more."""


def early_settings() -> Settings:
    """The settings that a change would come too late for, as they are now.

    Variables named `JAX_…` are read as JAX is imported; those of XLA and of the devices' drivers,
    and some of `jax.config`, as JAX first asks for a device.
    """
    names = _AT_IMPORT
    found: Settings = {}
    if _jax.has_started():
        names += _AT_START
        found |= {name: _config(name) for name in _CONFIG if name in jax.config.values}
    return found | {name: value for name, value in os.environ.items() if name.startswith(names)}


def changed_too_late(before: Settings) -> tuple[str, ...]:
    """The names of settings that have changed since, though JAX had read them before."""
    now = early_settings() if _CONFIG[0] in before else _at_import()
    return tuple(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))


def _at_import() -> Settings:
    return {name: value for name, value in os.environ.items() if name.startswith(_AT_IMPORT)}


def _config(name: str) -> str | None:
    value: Any = jax.config.values[name]
    return None if value is None else str(value)
