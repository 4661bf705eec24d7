"""JAX's own count of a jaxpr's equations, by JAX's own walk, and reading held to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax._src import core

from jaxlab.graph import Graph, Node, check
from jaxlab.readers.jaxpr import read_jaxpr

X = jax.ShapeDtypeStruct((8,), jnp.float32)
JAXPRS = (core.Jaxpr, getattr(core, "ClosedJaxpr", core.Jaxpr))


def read(function: Any, *args: Any) -> Graph:
    """Trace, read, and hold the graph to JAX's own count."""
    jaxpr = jax.make_jaxpr(function)(*args)
    graph = read_jaxpr(jaxpr)
    assert check(graph) == ()
    assert len(graph) == count_equations(jaxpr)
    assert len(graph.regions) == len(distinct_jaxprs(jaxpr))
    return graph


def only(graph: Graph, op: str) -> Node:
    """The one node with this op."""
    (node,) = graph.find(op)
    return node


def ops(graph: Graph, region_id: str) -> list[str]:
    """The ops of a region's nodes, in order."""
    return [node.op for node in graph.regions[region_id].nodes]


def distinct_jaxprs(jaxpr: Any) -> list[Any]:
    """Every distinct Jaxpr object in a jaxpr, through all params, itself first."""
    found: dict[int, Any] = {}
    waiting = [_inner(jaxpr)]
    while waiting:
        current = waiting.pop()
        if id(current) in found:
            continue
        found[id(current)] = current
        waiting += core.subjaxprs(current)
        for equation in current.eqns:
            for value in equation.params.values():
                waiting += map(_inner, _hidden(value))
    return list(found.values())


def count_equations(jaxpr: Any) -> int:
    """The number of equations of all distinct Jaxpr objects in a jaxpr."""
    return sum(len(found.eqns) for found in distinct_jaxprs(jaxpr))


def _inner(jaxpr: Any) -> Any:
    return jaxpr if isinstance(jaxpr, core.Jaxpr) else jaxpr.jaxpr


def _hidden(value: Any) -> Iterator[Any]:
    """Jaxprs that JAX's walk, one tuple deep, does not see: in dataclasses, lists, dicts."""
    if isinstance(value, JAXPRS):
        yield value
    elif isinstance(value, (tuple, list)):
        for member in value:
            yield from _hidden(member)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _hidden(member)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for member in dataclasses.fields(value):
            yield from _hidden(getattr(value, member.name))
