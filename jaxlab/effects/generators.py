"""Which random generators were drawn from: their states before and after."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import random
from types import FrameType
from typing import Any, TypeAlias

from jaxlab import _jax
from jaxlab.effects.host_calls import is_generator, shared_generators

States: TypeAlias = tuple[tuple[str, Any, str], ...]
"""Generators as (name, generator, state)."""


def states_of_generators(frame: FrameType | None) -> States:
    """The shared generators, and those that the user's running modules hold, with their states.

    Args:
      frame: from where the user's modules are looked for, outwards.
    """
    found, met = shared_generators(), set[int]()
    while frame is not None:
        if id(frame.f_globals) not in met and _jax.is_own_file(frame.f_code.co_filename):
            met.add(id(frame.f_globals))
            held = [*frame.f_globals.items()]
            found |= {name: value for name, value in held if is_generator(value)}
        frame = frame.f_back
    return tuple((name, each, _state(each)) for name, each in found.items() if each is not None)


def drawn_between(before: States) -> tuple[str, ...]:
    """The names of the generators whose state is not what it was before."""
    return tuple(name for name, generator, state in before if _state(generator) != state)


def _state(generator: Any) -> str:
    if isinstance(generator, random.Random):
        return str(hash(generator.getstate()))
    if hasattr(generator, "get_state"):  # NumPy's older kind keeps half a draw of normals aside
        state = generator.get_state(legacy=False)
        kept = state.get("has_gauss"), state.get("gauss")
    else:
        state, kept = generator.bit_generator.state, ()
    inner = {
        name: getattr(part, "tobytes", lambda part=part: part)()
        for name, part in dict(state["state"]).items()
    }
    return str((hash(tuple(inner.items())), kept, state.get("has_uint32"), state.get("uinteger")))
