"""Which functions of `jax.random` draw from a key, and what a key is."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax._src import core

_MAKES = ("PRNGKey", "key", "key_data", "key_impl", "wrap_key_data", "fold_in", "clone")


_MODULE = sys.modules[jax.random.normal.__module__]


@cache
def _draws() -> dict[int, str]:
    public = {name: getattr(jax.random, name) for name in dir(jax.random)}
    return {
        id(value): name
        for name, value in public.items()
        if callable(value) and name[0] != "_" and name not in _MAKES
    }


def draw_name(function: Any) -> str:
    """The name of a function of `jax.random` that uses a key up; "" for any other."""
    return _draws().get(id(function), "")


def is_drawing(name: str) -> bool:
    """Whether `jax.random` has a function of its own by a name, a private one too."""
    return hasattr(_MODULE, name)


def is_key(value: Any) -> bool:
    """Whether a value is one PRNG key, raw or typed: no tracer and no array of keys."""
    if isinstance(value, core.Tracer) or not isinstance(value, jax.Array):
        return False
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return value.shape == ()
    return value.dtype == "uint32" and value.shape in ((2,), (4,))
