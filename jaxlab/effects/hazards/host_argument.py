"""A large NumPy array that is copied to the device at each call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jaxlab.effects.failure import parsed
from jaxlab.effects.handed import HandedOver
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.quantities import quantity

_FEW = 2


def _find(seen: Seen) -> Iterator[Finding]:
    for each in seen.handed:
        if each.count < _FEW or not _is_given(each):
            continue
        yield Finding(
            hazard="host-argument",
            harm="slow",
            headline=f"`{each.variable}` is a NumPy array, and each call of `{each.function}` "
            f"copies it to the device: {quantity(each.size, 'B')}, {each.count + 1} times.",
            what="JAX takes NumPy arrays, but they live in the host's memory: what is given again "
            "and again is copied again and again.",
            remedy="Copy it once, before the calls: "
            f"`{each.variable} = jax.device_put({each.variable})`.",
            frames=(each.frame,),
            how_often=each.count + 1,
            when="run",
            evidence=(f"argument {each.argument}: {each.type}",),
        )


def _is_given(handed: HandedOver) -> bool:
    """Whether the line of the call names the variable in a call."""
    tree = parsed(handed.frame.file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and node.lineno <= handed.frame.line <= (
            node.end_lineno or 0
        ):
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            names = (part for each in given for part in ast.walk(each))
            if any(isinstance(each, ast.Name) and each.id == handed.variable for each in names):
                return True
    return False


HAZARD = Hazard("host-argument", "A NumPy array copied at each call", "slow", _find)
