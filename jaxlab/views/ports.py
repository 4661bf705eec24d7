"""Groups with walls: a tree of groups over a region's nodes becomes regions joined by ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jaxlab.graph import Node, Region, Value
from jaxlab.origin import Origin
from jaxlab.views.flow import FreeValues, with_inputs

Around = dict[str, dict[str, Value]]
"""Per region id: how the values that it captures are seen where it is called, by their ids."""


@dataclass(eq=False)
class Group:
    """A group while it is built; the outermost is the region itself.

    Attributes:
      id: of the group's node and of its region alike.
      name: the region's name: the scope, as the user wrote it.
      parent: the group around it; None for the outermost.
      origin: what the group's node says of itself.
      params: the group's node's params.
      items: what is directly in it, in order: positions of nodes, and groups.
      ports: its region's inputs, by the id of the value that they stand for.
      feeds: what the ports read outside, in the same order.
      results: what others see of its values, by the id of the value.
      makers: the values inside that the results stand for, in the same order.
    """

    id: str
    name: str
    parent: Group | None = None
    origin: Origin = field(default_factory=Origin)
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    items: list[int | Group] = field(default_factory=list["int | Group"])
    ports: dict[str, Value] = field(default_factory=dict[str, Value])
    feeds: list[Value] = field(default_factory=list[Value])
    results: dict[str, Value] = field(default_factory=dict[str, Value])
    makers: list[Value] = field(default_factory=list[Value])

    def with_parents(self) -> Iterator[Group]:
        """This group and those around it, innermost first."""
        group: Group | None = self
        while group is not None:
            yield group
            group = group.parent

    def walk(self) -> Iterator[Group]:
        """This group and those in it, each before what it holds."""
        pending: list[Group] = [self]
        while pending:
            group = pending.pop()
            yield group
            pending.extend(item for item in reversed(group.items) if isinstance(item, Group))


def regions_of(region: Region, top: Group, free: FreeValues, around: Around) -> list[Region]:
    """Write a region as the regions of its groups, the outermost first.

    Args:
      region: the region that the groups' items are positions in.
      top: the tree of groups over it.
      free: what each region captures.
      around: how the region sees what it captures; what is called from it is added here.
    """
    seen_here = around.get(region.id, {})
    if not seen_here and not any(isinstance(item, Group) for item in top.items):
        return [region]
    homes = _homes(region, top)
    makers = {
        value.id: home
        for node, home in zip(region.nodes, homes, strict=True)
        for value in node.outputs
    }

    def seen(home: Group, value: Value) -> Value:
        if value.role == "literal":
            return value
        maker = makers.get(value.id)
        if maker is None:
            value = seen_here.get(value.id, value)
        return value if maker is home else _through_walls(value, maker or top, home)

    leaves: list[Node] = []
    for node, home in zip(region.nodes, homes, strict=True):
        inputs = tuple([seen(home, value) for value in node.inputs])
        leaves.append(with_inputs(node, inputs))
        for _, called in node.calls if free else ():
            captured = {value.id: seen(home, value) for value in free.get(called, ())}
            around.setdefault(called, {}).update(captured)
    outputs = tuple([seen(top, value) for value in region.outputs])
    return _written(region, top, homes, leaves, outputs)


def _homes(region: Region, top: Group) -> list[Group]:
    homes = [top] * len(region.nodes)
    for group in top.walk():
        for item in group.items:
            if isinstance(item, int):
                homes[item] = group
    return homes


def _through_walls(value: Value, maker: Group, home: Group) -> Value:
    """A value as seen from `home`: out of its maker's groups, into those around the reader."""
    port = home.ports.get(value.id)
    if port is not None:
        return port
    key = value.id
    readers = list(home.with_parents())
    meeting = set(map(id, readers))
    for group in maker.with_parents():
        if id(group) in meeting:
            readers = readers[: readers.index(group)]
            break
        result = group.results.get(key)
        if result is None:
            result = Value(f"{group.id}:{len(group.makers)}", value.type, value.name)
            group.results[key] = result
            group.makers.append(value)
        value = result
    for group in reversed(readers):
        port = group.ports.get(key)
        if port is None:
            role = "const" if value.role == "const" else "argument"
            name = f"{group.id}<{len(group.feeds)}"
            port = Value(name, value.type, value.name, role, value.literal)
            group.ports[key] = port
            group.feeds.append(value)
        value = port
    return value


def _written(
    region: Region, top: Group, homes: list[Group], leaves: list[Node], outputs: tuple[Value, ...]
) -> list[Region]:
    groups = list(top.walk())
    waits = _waits_between_groups(region, homes)
    nodes: dict[Group, tuple[Node, ...]] = {}
    sizes: dict[Group, int] = {}
    callers: dict[Group, Node] = {}
    for group in reversed(groups):
        inner = [leaves[item] if isinstance(item, int) else callers[item] for item in group.items]
        nodes[group] = tuple(inner)
        sizes[group] = sum(1 if isinstance(item, int) else sizes[item] for item in group.items)
        callers[group] = Node(
            group.id,
            "scope",
            tuple(group.feeds),
            tuple(group.results.values()),
            (("scope", group.id),),
            {**group.params, "nodes": sizes[group]},
            group.origin,
            tuple(dict.fromkeys(effect for node in inner for effect in node.effects)),
            tuple(waits.get(group, ())),
        )
    first, *rest = groups
    return [
        Region(region.id, region.inputs, nodes[first], outputs, region.name),
        *(
            Region(
                group.id,
                tuple(group.ports.values()),
                nodes[group],
                tuple(group.makers),
                group.name,
            )
            for group in rest
        ),
    ]


def _waits_between_groups(region: Region, homes: list[Group]) -> dict[Group, dict[str, None]]:
    """`Node.after` of the groups: which group, or node, the waiting of its nodes is for."""
    waits: dict[Group, dict[str, None]] = {}
    position = {node.id: index for index, node in enumerate(region.nodes)}
    for node, home in zip(region.nodes, homes, strict=True):
        for other in node.after:
            if other not in position:
                continue
            waiting = list(home.with_parents())
            awaited = list(homes[position[other]].with_parents())
            while waiting and awaited and waiting[-1] is awaited[-1]:
                waiting.pop()
                awaited.pop()
            if waiting:
                waits.setdefault(waiting[-1], {})[awaited[-1].id if awaited else other] = None
    return waits
