"""Which of a trace's events are runs of a program's instructions, on CPU, GPU and TPU.

- CPU: on the threads of the host's plane; the stats `hlo_op`, `program_id` and `run_id` say all.
- GPU: on the streams of `/device:GPU:n`, a kernel or a copy each; `hlo_op` and `program_id` come
  from XLA's annotations. There is no id of the run: our own annotation on the host tells it.
  Kernels of a command buffer carry the name of the instruction that launched it.
- TPU: on the line "XLA Ops" of `/device:TPU:n`, named by the instruction's text; the event of the
  line "XLA Modules" that they lie in has the program's id and the run's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from jaxlab.profiling.trace import Event

STEP = "jaxlab_step"
"""The name of the host's annotation round each run that is traced."""

_OPS = ("XLA Ops", "Async XLA Ops")
_MODULES = "XLA Modules"
_INSTRUCTION = re.compile(r"%?([\w.\-]+)")
_ID_IN_NAME = re.compile(r"\((\d+)\)$")


class InstructionEvent(NamedTuple):
    """An event of one instruction.

    Attributes:
      program: the id of its module; None where nothing tells.
      run: tells the runs of a program apart, and the devices of a run.
      name: the instruction's.
      event: when, where and how long.
    """

    program: object
    run: object
    name: str
    event: Event


def instruction_events(events: Iterable[Event]) -> Iterator[InstructionEvent]:
    """The events of a trace that are runs of instructions, of whatever program."""
    events = list(events)
    modules = _Enclosing((each for each in events if each.line == _MODULES), lambda e: e.plane)
    steps = _Enclosing((each for each in events if each.name == STEP), lambda _: "")
    for event in events:
        if "hlo_op" in event.stats:
            name, owner = str(event.stats["hlo_op"]), event
        elif event.line in _OPS:
            found = _INSTRUCTION.match(event.name)
            name, owner = found[1] if found else event.name, modules.around(event) or event
        else:
            continue
        run = owner.stats.get("run_id")
        if run is None:
            step = steps.around(event)
            run = None if step is None else step.start
        device = event.stats.get("device_ordinal", event.plane)
        yield InstructionEvent(_program_id(owner), (run, device), name, event)


def _program_id(event: Event) -> object:
    """A stat, or what stands at the end of a module's name, `jit_f(123)`; None for neither."""
    if "program_id" in event.stats:
        return event.stats["program_id"]
    found = _ID_IN_NAME.search(event.name)
    return int(found[1]) if found else None


class _Enclosing:
    """Finds, among events that do not overlap, the one that another event began in."""

    def __init__(self, events: Iterable[Event], group: Callable[[Event], str]) -> None:
        self._group = group
        self._events: dict[str, list[Event]] = defaultdict(list)
        for event in sorted(events, key=lambda event: event.start):
            self._events[group(event)].append(event)
        self._starts = {
            name: [event.start for event in found] for name, found in self._events.items()
        }

    def around(self, event: Event) -> Event | None:
        name = self._group(event)
        at = bisect_right(self._starts.get(name, []), event.start) - 1
        found = self._events[name][at] if at >= 0 else None
        return found if found is not None and event.start <= found.end else None
