"""What time is measured with, and how busy the machine is with other things."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from jaxlab.collection import collector_paused

Clock = Callable[[], float]
"""Seconds that go forward, from any origin. Whatever measures takes one: tests have their own."""

SYSTEM: Clock = time.perf_counter

Progress = Callable[[str, float], None]
"""Told what is under way, "compile", and the share of it that is done, from 0 to 1."""


def load_per_core() -> float | None:
    """The average number of threads that wanted to run in the last minute, per core of ours.

    None where the system does not say.
    """
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has none
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return load / (cores or 1)


@contextmanager
def without_garbage_collection() -> Generator[None]:
    """Collect garbage, and then not again before the block ends."""
    gc.collect()
    with collector_paused():
        yield
