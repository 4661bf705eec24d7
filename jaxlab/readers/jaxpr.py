"""jaxprs to Graphs: each equation a node, each distinct jaxpr object a region.

Regions are met breadth first: the entry, then the jaxprs in its equations' params in order,
then those in theirs. So a region that several equations share is named by the shallowest of
them. `jaxprs_in_order` gives the very same order; lineage tags count in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from jaxlab._jax import (
    LITERAL,
    effect_name,
    equation_context,
    is_transform,
    names_of,
    open_jaxpr,
    user_frames,
)
from jaxlab.collection import collector_paused
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.origin import NO_FRAMES, Frame, FrameStack, Origin
from jaxlab.readers.avals import array_type
from jaxlab.readers.names import split_scopes
from jaxlab.readers.params import is_plain, read_param, value_text


def read_jaxpr(jaxpr: Any, name: str = "main") -> Graph:
    """Read a jaxpr: every equation, every param, every jaxpr inside them, each once.

    A region's name is the function's (`step`); values are named as the function's arguments and
    results are (`params['w']`, `result['loss']`). The graph keeps no array alive. Scopes are
    relative to the region, as JAX's own name stacks are: a jaxpr may have several callers. An
    equation without a line of the user's gets those of the first equation that calls it.

    Args:
      jaxpr: a ClosedJaxpr or a Jaxpr, of any JAX version that jaxlab supports.
      name: the program's name.
    """
    reading = _Reading()
    reading.meet(jaxpr, "main", NO_FRAMES)
    with collector_paused():
        regions = {met.id: _read_region(reading, met) for met in reading.order()}
    return Graph("jaxpr", name, regions, "main")


def jaxprs_in_order(jaxpr: Any) -> list[tuple[str, Any]]:
    """Every distinct Jaxpr object in a jaxpr and in its params, in `read_jaxpr`'s order.

    Returns:
      `(region id, Jaxpr)`; where JAX 0.10 wraps a Jaxpr in a ClosedJaxpr, the Jaxpr inside.
    """
    reading = _Reading()
    reading.meet(jaxpr, "main", NO_FRAMES)
    found: list[tuple[str, Any]] = []
    for met in reading.order():
        found.append((met.id, met.jaxpr))
        for index, equation in enumerate(met.jaxpr.eqns):
            _read_params(reading, equation, f"{met.id}/{index}", NO_FRAMES)
    return found


@dataclass(frozen=True, slots=True)
class _Met:
    """A jaxpr that was met, and what the equation that met it knows of it."""

    id: str
    jaxpr: Any
    consts: tuple[Any, ...]
    caller: FrameStack
    name: str


@dataclass(slots=True)
class _Reading:
    """The jaxprs met so far, and what parts that equations share were read as, by identity."""

    met: list[_Met] = field(default_factory=list[_Met])
    ids: dict[int, str] = field(default_factory=dict[int, str])
    types: dict[int, ArrayType] = field(default_factory=dict[int, ArrayType])
    origins: dict[tuple[int, Any, int], Origin] = field(
        default_factory=dict[tuple[int, Any, int], Origin]
    )
    stacks: dict[tuple[Any, int], FrameStack] = field(
        default_factory=dict[tuple[Any, int], FrameStack]
    )

    def meet(self, jaxpr: Any, region_id: str, caller: FrameStack, name: str = "") -> str:
        """The id of a jaxpr's region: the one given, if it is met for the first time."""
        inner, consts = open_jaxpr(jaxpr)
        if id(inner) not in self.ids:
            self.ids[id(inner)] = region_id
            self.met.append(_Met(region_id, inner, consts, caller, name))
        return self.ids[id(inner)]

    def order(self) -> Iterator[_Met]:
        """What was met, first met first, with what is met on the way."""
        yield from self.met

    def type_of(self, aval: Any) -> ArrayType:
        found = self.types.get(id(aval))
        if found is None:
            found = self.types[id(aval)] = array_type(aval)
        return found

    def origin_of(self, source: Any, caller: FrameStack) -> Origin:
        at = source.traceback, id(caller)
        key = id(source.name_stack), *at
        found = self.origins.get(key)
        if found is None:
            stack = self.stacks.get(at)
            if stack is None:
                stack = self.stacks[at] = FrameStack(partial(_frames, source.traceback, caller))
            found = self.origins[key] = _origin(source.name_stack.stack, stack)
        return found


class _Results(NamedTuple):
    """Of a jaxpr's variables: those it gives back, with their names, and those that are read."""

    named: dict[Any, str]
    read: set[int]


def _read_region(reading: _Reading, met: _Met) -> Region:
    function, input_names, result_names = names_of(met.jaxpr)
    values: dict[Any, Value] = {}
    consts = met.jaxpr.constvars
    for index, variable in enumerate(consts):
        text = value_text(met.consts[index]) if met.consts else ""
        kind = reading.type_of(variable.aval)
        values[variable] = Value(f"{met.id}<{index}", kind, "", "const", text)
    for index, (variable, name) in enumerate(
        zip(met.jaxpr.invars, input_names, strict=True), len(consts)
    ):
        kind = reading.type_of(variable.aval)
        values[variable] = Value(f"{met.id}<{index}", kind, name, "argument")
    inputs = tuple(values.values())
    results = _Results(
        named=_named_results(met.jaxpr.outvars, result_names), read=_read_somewhere(met.jaxpr)
    )
    nodes = tuple(
        _read_equation(reading, met, f"{met.id}/{index}", equation, values, results)
        for index, equation in enumerate(met.jaxpr.eqns)
    )
    outputs = _operands(reading, met.id, met.jaxpr.outvars, values)
    return Region(met.id, inputs, nodes, outputs, met.name or function)


def _read_equation(
    reading: _Reading,
    met: _Met,
    node_id: str,
    equation: Any,
    values: dict[Any, Value],
    results: _Results,
) -> Node:
    inputs = _operands(reading, node_id, equation.invars, values)
    outputs: list[Value] = []
    for index, variable in enumerate(equation.outvars):
        kind = reading.type_of(variable.aval)
        role = "result" if id(variable) in results.read else "unused"
        value = Value(f"{node_id}:{index}", kind, results.named.get(variable, ""), role)
        values[variable] = value
        outputs.append(value)
    origin = reading.origin_of(equation.source_info, met.caller)
    params, calls = _read_params(reading, equation, node_id, origin.stack)
    effects = equation.effects and tuple(
        sorted(effect_name(effect, equation.invars) for effect in equation.effects)
    )
    return Node(
        node_id,
        equation.primitive.name,
        inputs,
        tuple(outputs),
        calls,
        params,
        origin,
        effects or (),
    )


def _operands(
    reading: _Reading, owner: str, atoms: Sequence[Any], values: dict[Any, Value]
) -> tuple[Value, ...]:
    """The values that an equation, or a region's end, reads."""
    return tuple(
        [
            values[atom] if type(atom) is not LITERAL else _literal(reading, owner, index, atom)
            for index, atom in enumerate(atoms)
        ]
    )


def _literal(reading: _Reading, owner: str, index: int, literal: Any) -> Value:
    kind = reading.type_of(literal.aval)
    return Value(f"{owner}={index}", kind, "", "literal", value_text(literal.val))


def _read_somewhere(jaxpr: Any) -> set[int]:
    """The ids of the variables that an equation reads or the jaxpr gives back.

    JAX marks a dropped result (DropVar) only where a transform dropped it.
    """
    read = {id(atom) for equation in jaxpr.eqns for atom in equation.invars}
    read.update(id(atom) for atom in jaxpr.outvars)
    return read


def _named_results(variables: Sequence[Any], names: Sequence[str]) -> dict[Any, str]:
    """The names of a jaxpr's results by variable; the first, where one is given back twice."""
    named: dict[Any, str] = {}
    for variable, name in zip(variables, names, strict=True):
        if type(variable) is not LITERAL:
            named.setdefault(variable, name)
    return named


def _read_params(
    reading: _Reading, equation: Any, node_id: str, stack: FrameStack
) -> tuple[dict[str, object], tuple[tuple[str, str], ...]]:
    """An equation's params, with what its context adds, and the regions that they call."""
    params: dict[str, object] = {**equation.params, **equation_context(equation)}
    unusual = [name for name, value in params.items() if not is_plain(value)]
    if not unusual:
        return params, ()
    calls: list[tuple[str, str]] = []
    called = params.get("name")

    def meet(jaxpr: Any, role: str) -> RegionRef:
        name = called if role == "jaxpr" and isinstance(called, str) else ""
        region_id = reading.meet(jaxpr, f"{node_id}.{role}", stack, name)
        calls.append((role, region_id))
        return RegionRef(region_id)

    for name in unusual:
        params[name] = read_param(params[name], name, meet)
    return params, tuple(calls)


def _origin(names: Sequence[Any], stack: FrameStack) -> Origin:
    """Scopes, transforms and tags of a name stack, each outermost first."""
    scopes: list[str] = []
    transforms: list[str] = []
    tags: list[str] = []
    for element in names:
        if is_transform(element):
            transforms.append(element.name)
            continue
        split = split_scopes(element.name)
        scopes += split.scopes
        transforms += split.transforms
        tags += split.tags
    return Origin(tuple(scopes), tuple(transforms), stack, tuple(tags))


def _frames(traceback: Any, caller: FrameStack) -> tuple[Frame, ...]:
    return user_frames(traceback) or caller.frames
