"""Run a coroutine where no event loop can be running: playwright keeps its own in ours."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run_alone(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """What a coroutine returns, run by a loop of its own in a thread of its own."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
