"""Random valid graphs with scopes, bodies and effects, by a seed."""

from __future__ import annotations

import random

from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.origin import Origin

KIND = ArrayType("f32", (8,))
NAMES = ("attn", "mlp", "block_1", "a/b", "x] [y", "x_ _y", "ключ", "(2)", "")
TRANSFORMS = ((), ("jvp",), ("transpose", "jvp"), ("transpose", "jvp", "rematted_computation"))


def random_graph(seed: int, *, size: int = 80, capture: bool = False) -> Graph:
    """An entry and two bodies, with calls, literals, unused results, effects and `after`.

    Args:
      seed: the same seed, the same graph.
      size: nodes of the entry; the bodies have a third each.
      capture: bodies have one caller each and read values from around, as in StableHLO.
    """
    pick = random.Random(seed)
    regions: dict[str, Region] = {}
    makers = _Maker(pick, regions, capture)
    makers.region("main", size, [], ["main.body", "main.other"])
    order = ["main", *sorted(key for key in regions if key != "main")]
    stage = "stablehlo" if capture else "jaxpr"
    return Graph(stage, "random", {key: regions[key] for key in order}, "main")


class _Maker:
    def __init__(self, pick: random.Random, regions: dict[str, Region], capture: bool) -> None:
        self.pick = pick
        self.regions = regions
        self.capture = capture

    def region(self, name: str, size: int, around: list[Value], bodies: list[str]) -> None:
        pick = self.pick
        inputs = [Value(f"{name}<{index}", KIND, f"x{index}", "argument") for index in range(3)]
        seen = [*inputs, *around]
        nodes: list[Node] = []
        waiting = list(bodies)
        for index in range(size):
            calls: tuple[tuple[str, str], ...] = ()
            if waiting and pick.random() < 6 / size + (size - index <= len(waiting)):
                body = waiting[0] if self.capture else pick.choice(bodies)
                if body in waiting:
                    waiting.remove(body)
                    self.region(body, size // 3, list(seen) if self.capture else [], [])
                calls = (("body", body),)
            nodes.append(self.node(f"{name}/{index}", seen, calls, nodes))
            seen += [value for value in nodes[-1].outputs if value.role == "result"]
        outputs = tuple(pick.sample(seen, 4))
        self.regions[name] = Region(name, tuple(inputs), tuple(nodes), outputs, name)

    def node(
        self,
        node_id: str,
        seen: list[Value],
        calls: tuple[tuple[str, str], ...],
        earlier: list[Node],
    ) -> Node:
        pick = self.pick
        recent = seen[-12:]
        inputs = [
            Value(f"{node_id}={index}", KIND, "", "literal", "2.0")
            if pick.random() < 0.1
            else pick.choice(recent if pick.random() < 0.8 else seen)
            for index in range(pick.randint(0, 3))
        ]
        outputs = [
            Value(f"{node_id}:{index}", KIND, "", "unused" if pick.random() < 0.1 else "result")
            for index in range(pick.randint(1, 3))
        ]
        scopes = tuple(pick.choices(NAMES, k=pick.choice((0, 1, 1, 2, 2, 3))))
        return Node(
            node_id,
            pick.choice(("add", "mul", "dot_general", "convert_element_type")),
            tuple(inputs),
            tuple(outputs),
            calls,
            {role: RegionRef(body) for role, body in calls},
            Origin(scopes, pick.choice(TRANSFORMS)),
            ("print",) if pick.random() < 0.05 else (),
            (pick.choice(earlier).id,) if earlier and pick.random() < 0.05 else (),
        )
