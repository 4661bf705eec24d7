"""Charts of a report: columns of numbers that stand beside a graph and point into it.

Every chart names the stage whose nodes its `nodes` are; "" stands for no node. Seconds, bytes
and rates are plain numbers; they are written for people on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flame:
    """A flame graph: boxes inside boxes, as wide as what they took.

    Attributes:
      title: what is shown.
      unit: of the values: "s", "B".
      source: "measured", "attributed" or "modelled".
      names: what each box is called.
      parents: the place of the box around it, always an earlier one; -1 at the top.
      values: what each box took, all boxes inside it included.
      stage, nodes: the node that each box stands for.
    """

    title: str
    unit: str
    source: str
    names: tuple[str, ...]
    parents: tuple[int, ...]
    values: tuple[float, ...]
    stage: str = ""
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened when, in lanes: threads, streams, the host.

    Attributes:
      title: what is shown.
      lanes: their names, from the top.
      lane: the lane of each span.
      starts, seconds: of each span, counted from the timeline's own start.
      names: what each span is called.
      stage, nodes: the node that each span is a run of.
    """

    title: str
    lanes: tuple[str, ...]
    lane: tuple[int, ...]
    starts: tuple[float, ...]
    seconds: tuple[float, ...]
    names: tuple[str, ...]
    stage: str = ""
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roof:
    """What a device can do at most: FLOP/s and B/s, and where the figures are from."""

    name: str
    flops_per_second: float
    bytes_per_second: float
    source: str


@dataclass(frozen=True, slots=True)
class Roofline:
    """Arithmetic intensity against speed, below what the device can do at most.

    Attributes:
      title: what is shown.
      roofs: measured and published peaks.
      intensities: FLOP per byte of each point.
      speeds: FLOP/s of each point.
      seconds: how long each point took in all, which says how much it matters.
      names: what each point is called.
      stage, nodes: the node that each point stands for.
    """

    title: str
    roofs: tuple[Roof, ...]
    intensities: tuple[float, ...]
    speeds: tuple[float, ...]
    seconds: tuple[float, ...]
    names: tuple[str, ...]
    stage: str = ""
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity along the steps of a program: live bytes over the schedule.

    Attributes:
      title: what is shown.
      unit: of the values: "B".
      source: "read", "modelled" or "measured".
      steps: what one step is: "instruction".
      values: one for each step.
      stage, nodes: the node that runs at each step.
    """

    title: str
    unit: str
    source: str
    steps: str
    values: tuple[float, ...]
    stage: str = ""
    nodes: tuple[str, ...] = ()


Chart = Flame | Timeline | Roofline | Curve
