"""The boxes and frames of a picture, and the words on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.quantities import quantity
from jaxlab.renderers.alike import Run
from jaxlab.renderers.escape import visible
from jaxlab.renderers.families import CONTROL, MOVEMENT, Family, family_of
from jaxlab.renderers.folding import Plan
from jaxlab.renderers.measures import SCOPE, add
from jaxlab.renderers.naming import detail_of, name_of, type_of
from jaxlab.renderers.plumbing import opens


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
      key: its name in the picture, `b0`.
      kind: "leaf", "closed" (has a body or members), "rest", "input", "constant" or "result".
      title, detail, type, note: its texts, safe to print but not escaped for any format.
      family: what kind of work it is.
      frame: the key of the frame it stands in, "" for none.
      stack: how many alike it stands for.
      share: of the whole program, and `part`, of what is around it; None where not known.
      fusion, effect: how its border differs.
      scopes: the paths of the groups that it is, and `backward`, whether a gradient made it.
    """

    key: str
    kind: str
    title: str
    detail: str = ""
    type: str = ""
    note: str = ""
    family: Family = MOVEMENT
    frame: str = ""
    stack: int = 1
    share: float | None = None
    part: float | None = None
    fusion: bool = False
    effect: bool = False
    scopes: tuple[str, ...] = ()
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """An open body or group: what is drawn round its boxes."""

    key: str
    title: str
    detail: str = ""
    note: str = ""
    frame: str = ""
    family: Family = CONTROL


def join(*texts: str) -> str:
    """Texts side by side, those that are empty left out."""
    return " · ".join(text for text in texts if text)


def pill(kind: str, name: str, values: Sequence[Value]) -> Box:
    """The box of one input or result of the program, or of several that belong together."""
    first = values[0]
    const = kind == "input" and first.role == "const"
    if len(values) == 1:
        text = visible(str(first.type), 40)
        return Box("", "constant" if const else kind, visible(name or kind, 40), type=text)
    size = sum(value.type.bytes or 0 for value in values)
    note = f"{len(values):,} values" + (f" · {quantity(size, 'B')}" if size else "")
    return Box("", kind, visible(name or kind, 40), note=note)


def frame_of(plan: Plan, run: Run, key: str, frame: str, times: float) -> Frame:
    """The frame round the open bodies of a run, of which the first is drawn."""
    node = run[0]
    share = plan.lead.share(node, times)
    return Frame(
        key,
        name_of(plan.graph, run) + (f" ×{len(run)}" if len(run) > 1 else ""),
        detail_of(plan.graph, run),
        _percent(None if share is None else share * len(run)),
        frame,
        family_of(node),
    )


def node_box(plan: Plan, run: Run, frame: str, times: float, around: float) -> Box:
    """The box of a node, or of a stack of nodes that are alike."""
    node = run[0]
    share, part = _shares(plan, run, times, around)
    closed = opens(plan.graph, node)
    count = plan.lead.count((node,))
    each = " each" if len(run) > 1 else ""
    counted = f"{count:,} {_noun(plan.graph, count)}{each}" if closed else ""
    return Box(
        "",
        "closed" if closed else "leaf",
        name_of(plan.graph, run),
        detail_of(plan.graph, run),
        "" if node.op == SCOPE else type_of(node),
        join(counted, _percent(share)),
        family_of(node),
        frame,
        len(run),
        share,
        part,
        fusion=node.op == "fusion",
        effect=bool(node.effects),
        scopes=tuple(member.origin.scope for member in run) if node.op == SCOPE else (),
        backward=node.origin.backward,
    )


def rest_box(plan: Plan, nodes: Sequence[Node], frame: str, times: float, around: float) -> Box:
    """The box of what is left of a level that is too long."""
    share, part = _shares(plan, nodes, times, around)
    ops = Counter(visible(node.op, 20) for node in nodes).most_common(2)
    others = len(nodes) - sum(number for _, number in ops)
    detail = ", ".join(f"{number:,} {op}" for op, number in ops)
    detail += f", {others:,} others" if others else ""
    title = f"… {len(nodes):,} more {_noun(plan.graph, len(nodes))}"
    note = join(detail, _percent(share))
    return Box("", "rest", title, note=note, frame=frame, share=share, part=part)


def closed_body(plan: Plan, region: Region, frame: str) -> Box:
    """The box that stands for a body that is not opened beside one that is."""
    count = plan.lead.count(region.nodes)
    noun = _noun(plan.graph, count)
    return Box("", "rest", f"{count:,} {noun}", frame=frame, family=CONTROL)


def _shares(
    plan: Plan, nodes: Sequence[Node], times: float, around: float
) -> tuple[float | None, float | None]:
    value = add(map(plan.lead.value, nodes))
    if value is None or not plan.lead.total:
        return None, None
    return value * times / plan.lead.total, value * times / around if around else None


def _percent(share: float | None) -> str:
    return f"{100 * share:.0f} %" if share and share >= 0.01 else ""


def _noun(graph: Graph, count: int) -> str:
    noun = {"jaxpr": "equation", "stablehlo": "operation", "hlo": "instruction"}
    return noun.get(graph.stage, "node") + ("" if count == 1 else "s")
