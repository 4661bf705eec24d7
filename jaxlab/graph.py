"""The one data model: every program, at every stage, is a Graph of Regions of Nodes.

jaxprs, StableHLO modules and HLO modules all become this. Regions are referred to by id and
not nested, because one function may be called from several places: a function that is jitted
once and called twice is one jaxpr, and so one region here.

Ids are positional and reproducible: region `main`, node `main/4`, the region that hangs on it
`main/4.body`, value `main/4:0` (the node's first result), `main<2` (the region's third input).
Regions that several nodes share are named by the node that is met first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from jaxlab.array_type import UNKNOWN_TYPE, ArrayType, dtype_bits
from jaxlab.errors import GraphError, cut
from jaxlab.origin import NOWHERE, Origin

__all__ = [
    "UNKNOWN_TYPE",
    "ArrayType",
    "Graph",
    "Node",
    "Region",
    "RegionRef",
    "Value",
    "check",
    "dtype_bits",
]

_NOTHING: Mapping[str, object] = {}
_Derived = TypeVar("_Derived")


@dataclass(frozen=True, slots=True)
class Value:
    """What flows along an edge: a region's input, a node's result, or a literal.

    Attributes:
      id: `main<0` for a region's input, `main/4:0` for a result, `main/4=1` for a literal that
        is operand 1 of node 4 (`main=2` for one that is result 2 of the region).
      type: its ArrayType.
      name: what the stage or the user calls it (`params['w']`, `%fusion.3`), "" if nothing.
      role: "argument", "const" (captured by the trace), "result", "literal" or "unused"
        (a result that the program drops).
      literal: a literal's text, or a const's short description; "" otherwise.
    """

    id: str
    type: ArrayType
    name: str = ""
    role: str = "result"
    literal: str = ""

    @property
    def node_id(self) -> str:
        """The id of the node that makes this value; "" for inputs and literals."""
        return self.id.rpartition(":")[0] if self.role in ("result", "unused") else ""


@dataclass(frozen=True, slots=True)
class RegionRef:
    """Stands in a node's params where the program has a sub-program; `Node.calls` has it too."""

    id: str

    def __str__(self) -> str:
        return f"@{self.id}"


@dataclass(frozen=True, slots=True)
class Node:
    """One equation, operation or instruction.

    Attributes:
      id: positional, `main/4`.
      op: the primitive's, operation's or opcode's name. What a reader can't name is `unknown`,
        and its params say what was found.
      inputs: the values it reads, in order. They are the very objects that inputs and results
        list, so an edge is an identity.
      outputs: the values it makes.
      calls: sub-programs as (role, region id): `("body", "main/4.body")`.
      params: every parameter; sub-programs are replaced by a RegionRef.
      origin: scopes, transforms, frames.
      effects: names of its side effects.
      after: ids of nodes that must run before it although no value says so.
    """

    id: str
    op: str
    inputs: tuple[Value, ...] = ()
    outputs: tuple[Value, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    params: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    origin: Origin = NOWHERE
    effects: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def region_id(self) -> str:
        """The id of the region that the node was read in."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Region:
    """A sequence of nodes with inputs and outputs: a jaxpr, a function, a computation, a scope.

    `name` is what the stage calls it: the jitted function's name, the HLO computation's.
    """

    id: str
    inputs: tuple[Value, ...] = ()
    nodes: tuple[Node, ...] = ()
    outputs: tuple[Value, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Graph:
    """One program at one stage.

    Attributes:
      stage: "jaxpr", "stablehlo" or "hlo".
      name: the program's name.
      regions: by id, in reading order, the entry first.
      entry: the id of the region that runs first.
      facts: what the stage says of the whole program (`module_id`, `input_output_alias`, ...).
    """

    stage: str
    name: str
    regions: Mapping[str, Region]
    entry: str
    facts: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    def __repr__(self) -> str:
        return f"Graph({self.stage} {self.name!r}: {len(self)} nodes, {len(self.regions)} regions)"

    def __len__(self) -> int:
        """The number of nodes in all regions, each region once."""
        return sum(len(region.nodes) for region in self.regions.values())

    @property
    def main(self) -> Region:
        """The entry region."""
        return self.regions[self.entry]

    def nodes(self) -> Iterator[Node]:
        """Every node of every region, in reading order."""
        for region in self.regions.values():
            yield from region.nodes

    def node(self, node_id: str) -> Node:
        """The node with this id; GraphError if there is none."""
        found = self._by_id.get(node_id)
        if found is None:
            raise GraphError(f"{self!r} has no node {cut(node_id)!r}. `graph.nodes()` lists them.")
        return found

    def get(self, node_id: str) -> Node | None:
        """The node with this id; None if there is none."""
        return self._by_id.get(node_id)

    def find(self, op: str = "", *, scope: str = "", line: int = 0) -> tuple[Node, ...]:
        """Nodes by op, by scope and by source line; what is not given matches everything.

        Args:
          op: the op's name; `-` and `_` are the same, as `all-gather` is `all_gather`.
          scope: a scope's name or path anywhere in the node's scopes, or in those of the nodes
            that call its region: `block_3/attn`.
          line: a line number in any of the node's frames.
        """
        wanted = op.replace("-", "_")
        path = f"/{scope}/"
        return tuple(
            node
            for node in self.nodes()
            if (not op or node.op.replace("-", "_") == wanted)
            and (not scope or path in f"/{self._scope_around(node)}{node.origin.scope}/")
            and (not line or any(frame.line == line for frame in node.origin.frames))
        )

    def count(self, op: str = "", *, scope: str = "", line: int = 0) -> int:
        """How many nodes `find` would give."""
        return len(self.find(op, scope=scope, line=line))

    def users_of(self, node: Node | Value | str) -> tuple[Node, ...]:
        """Nodes that read a value, or any result of a node, in reading order, each once."""
        if isinstance(node, Value):
            return self._users.get(node.id, ())
        found = self.node(node) if isinstance(node, str) else node
        users = {user.id: user for out in found.outputs for user in self._users.get(out.id, ())}
        return tuple(users.values())

    def operands_of(self, node: Node | str) -> tuple[Node, ...]:
        """Nodes whose results a node reads, in operand order, each once."""
        found = self.node(node) if isinstance(node, str) else node
        makers = {value.node_id: None for value in found.inputs if value.node_id}
        return tuple(self._by_id[maker] for maker in makers if maker in self._by_id)

    def path(self, start: Node | str, end: Node | str) -> tuple[Node, ...]:
        """A shortest chain of users from one node to another in one region; () if there is none."""
        first = self.node(start) if isinstance(start, str) else start
        last = self.node(end) if isinstance(end, str) else end
        came_from: dict[str, Node | None] = {first.id: None}
        level = [first]
        while level and last.id not in came_from:
            following: list[Node] = []
            for node in level:
                for user in self.users_of(node):
                    if user.id not in came_from:
                        came_from[user.id] = node
                        following.append(user)
            level = following
        chain: list[Node] = []
        step: Node | None = last if last.id in came_from else None
        while step is not None:
            chain.append(step)
            step = came_from[step.id]
        return tuple(reversed(chain))

    def home_of(self, node: Node | str) -> Region:
        """The region that holds a node (after grouping, not always the one it was read in)."""
        node_id = node if isinstance(node, str) else node.id
        found = self._homes.get(node_id)
        if found is None:
            raise GraphError(f"{self!r} has no node {cut(node_id)!r}. `graph.nodes()` lists them.")
        return self.regions[found]

    def callers_of(self, region: Region | str) -> tuple[Node, ...]:
        """Nodes that call a region, in reading order."""
        region_id = region if isinstance(region, str) else region.id
        return self._callers.get(region_id, ())

    def _scope_around(self, node: Node) -> str:
        """The scopes of the nodes that call a node's region, outermost first, each with a `/`.

        JAX writes a body's scopes relative to its caller; HLO has them whole. A region that
        several nodes call has the scopes of the first.
        """
        if self.stage == "hlo":
            return ""
        region_id = self._homes[node.id]
        found = self._around.get(region_id)
        if found is None:
            self._around[region_id] = ""  # a region that calls itself ends here
            callers = self.callers_of(region_id)
            found = ""
            if callers:
                own = callers[0].origin.scope
                found = self._scope_around(callers[0]) + (f"{own}/" if own else "")
            self._around[region_id] = found
        return found

    def scope_of(self, node: Node) -> str:
        """The scopes of a node as one path, with those of the nodes that call its region."""
        return f"{self._scope_around(node)}{node.origin.scope}".rstrip("/")

    def derived(self, make: Callable[[Graph], _Derived]) -> _Derived:
        """What a function says of this graph, made when it is first asked for."""
        if make not in self._derived:
            self._derived[make] = make(self)
        return cast("_Derived", self._derived[make])

    @cached_property
    def _derived(self) -> dict[object, object]:
        return {}

    @cached_property
    def _around(self) -> dict[str, str]:
        return {}

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes()}

    @cached_property
    def _homes(self) -> dict[str, str]:
        return {node.id: region.id for region in self.regions.values() for node in region.nodes}

    @cached_property
    def _users(self) -> dict[str, tuple[Node, ...]]:
        users: dict[str, dict[str, Node]] = {}
        for node in self.nodes():
            for value in node.inputs:
                users.setdefault(value.id, {})[node.id] = node
        return {value_id: tuple(nodes.values()) for value_id, nodes in users.items()}

    @cached_property
    def _callers(self) -> dict[str, tuple[Node, ...]]:
        callers: dict[str, dict[str, Node]] = {}
        for node in self.nodes():
            for _, region_id in node.calls:
                callers.setdefault(region_id, {})[node.id] = node
        return {region_id: tuple(nodes.values()) for region_id, nodes in callers.items()}


def check(graph: Graph) -> tuple[str, ...]:
    """What is wrong with a graph, a sentence each; () for a valid one.

    Checked: the entry exists; ids are unique; every operand is defined before it is read (in
    the same region or, as StableHLO allows, in a region around it); results carry their node's
    id; every region that is called exists, and every region but the entry is called, or listed
    in `facts["unreached"]`; dependencies without a value name nodes that exist.
    """
    wrong: list[str] = []
    if graph.entry not in graph.regions:
        return (f"the entry region {graph.entry!r} is missing",)
    seen: set[str] = set()
    for key, region in graph.regions.items():
        if key != region.id:
            wrong.append(f"region {region.id} is listed as {key}")
        for node in region.nodes:
            if node.id in seen:
                wrong.append(f"node id {node.id} occurs twice")
            seen.add(node.id)
    for region in graph.regions.values():
        wrong.extend(_check_region(graph, region, seen))
    called = {region_id for node in graph.nodes() for _, region_id in node.calls}
    unreached = graph.facts.get("unreached")
    if isinstance(unreached, tuple):
        called.update(cast("tuple[str, ...]", unreached))
    wrong.extend(
        f"region {region_id} is called by nothing"
        for region_id in graph.regions
        if region_id != graph.entry and region_id not in called
    )
    return tuple(wrong)


def _check_region(graph: Graph, region: Region, node_ids: set[str]) -> Iterator[str]:
    local = {value.id for value in region.inputs}
    for node in region.nodes:
        for value in node.inputs:
            if not _is_defined(graph, region, local, value):
                yield f"{node.id} reads {value.id}, which is not defined before it"
        for role, region_id in node.calls:
            if region_id not in graph.regions:
                yield f"{node.id} calls {region_id} as {role}, which is missing"
        for other in node.after:
            if other not in node_ids:
                yield f"{node.id} must follow {other}, which is missing"
        for value in node.outputs:
            if value.node_id != node.id:
                yield f"{node.id} has a result named {value.id}"
            if value.id in local:
                yield f"{value.id} is defined twice"
            local.add(value.id)
    for value in region.outputs:
        if not _is_defined(graph, region, local, value):
            yield f"region {region.id} gives back {value.id}, which is not defined in it"


def _is_defined(graph: Graph, region: Region, local: set[str], value: Value) -> bool:
    if value.role == "literal" or value.id in local:
        return True
    callers = graph.callers_of(region)
    return any(_defined_around(graph, caller, value, set()) for caller in callers)


def _defined_around(graph: Graph, caller: Node, value: Value, seen: set[str]) -> bool:
    if caller.id in seen:
        return False
    seen.add(caller.id)
    home = graph.home_of(caller)
    if any(inner.id == value.id for inner in home.inputs):
        return True
    for node in home.nodes:
        if node.id == caller.id:
            break
        if any(out.id == value.id for out in node.outputs):
            return True
    return any(_defined_around(graph, outer, value, seen) for outer in graph.callers_of(home))
