"""Which of a trace's events are runs of a program's instructions, on CPU, GPU and TPU.

- CPU: on the threads of `/host:CPU`; the stats `hlo_op`, `program_id` and `run_id` say all.
- GPU: on the streams of `/device:GPU:n`, a kernel or a copy each. XLA's annotations give
  `program_id` and `hlo_op`; where one ran inside another, `outer::inner`. There is no id of the
  run: our own annotation on the host tells it. What runs in a CUDA graph has the name of its
  command buffer instead, which is no instruction, or none. The same stats stand at the launches
  on `/host:CUPTI`, which are no work of the device.
- TPU: on the line "XLA Ops" of `/device:TPU:n`, named by the instruction's text, loops round
  what runs in them. What goes on beside them, as copies do, is on "Async XLA Ops", from start to
  done. The event of "XLA Modules" that they lie in has the program's id, which is not its
  module's, and the run's.
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

_CPU, _TPU = "/host:CPU", "/device:TPU:"
_STREAM = "Stream #"
_OPS, _ASYNC_OPS = "XLA Ops", "Async XLA Ops"
_MODULES = "XLA Modules"
_INSTRUCTION = re.compile(r"%?([\w.\-]+)")
_MODULE = re.compile(r"(.*)\((\d+)\)$")


class InstructionEvent(NamedTuple):
    """An event of one instruction.

    Attributes:
      program: the id of its module, on TPU another; None where nothing tells.
      module: its module's name; "" where nothing tells.
      run: tells the runs of a program apart; None where nothing does.
      device: tells the devices of a run apart.
      name: the instruction's; "" where nothing tells.
      event: when, where and how long.
      beside: whether it goes on beside the device's own work, as a copy of a TPU's does.
    """

    program: object
    module: str
    run: object
    device: object
    name: str
    event: Event
    beside: bool = False

    @property
    def of_tpu(self) -> bool:
        """Whether a TPU ran it: then `program` is not the id of its module."""
        return self.event.plane.startswith(_TPU)


def instruction_events(events: Iterable[Event]) -> Iterator[InstructionEvent]:
    """The events of a trace that are runs of instructions, of whatever program."""
    events = list(events)
    modules = _Enclosing((each for each in events if each.line == _MODULES), lambda e: e.plane)
    steps = _Enclosing((each for each in events if each.name == STEP), lambda _: "")
    for event in events:
        stats, owner = event.stats, event
        if event.plane.startswith(_TPU):
            if event.line not in (_OPS, _ASYNC_OPS):
                continue
            found = _INSTRUCTION.match(event.name)
            name, owner = found[1] if found else event.name, modules.around(event) or event
        elif event.on_device:
            if not event.line.startswith(_STREAM) or "program_id" not in stats:
                continue
            name = str(stats.get("hlo_op", "")).rpartition("::")[2]
        elif event.plane == _CPU and "hlo_op" in stats:
            name = str(stats["hlo_op"])
        else:
            continue
        run = owner.stats.get("run_id")
        if run is None:
            step = steps.around(event)
            run = None if step is None else step.start
        program, module = _program_of(owner)
        device = stats.get("device_ordinal", event.plane)
        yield InstructionEvent(
            program, module, run, device, name, event, beside=event.line == _ASYNC_OPS
        )


def of_program(
    events: Iterable[InstructionEvent], program: object, module: str
) -> list[InstructionEvent]:
    """The events of one program, by its module's id; on TPU by its name, if only one has it.

    Args:
      events: of whatever programs.
      program, module: the id and the name of the module.
    """
    events = list(events)
    found = [each for each in events if each.program == program]
    if found or program is None:
        return found
    named = [each for each in events if each.module == module and each.of_tpu]
    return named if len({each.program for each in named}) == 1 else []


def _program_of(event: Event) -> tuple[object, str]:
    """Stats, or what stands in a module's name, `jit_f(123)`; None and "" for neither."""
    found = _MODULE.match(event.name)
    program, module = (int(found[2]), found[1]) if found else (None, "")
    return event.stats.get("program_id", program), str(event.stats.get("hlo_module", module))


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
