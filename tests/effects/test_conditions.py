"""Hazards are found, and watching breaks nothing, wherever and however the code runs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jax
import pytest
from own_loop import run_alone

from effects.cells import Outcome, Program, programs, run
from effects.test_watch import installed

FIRST = {each.hazard: each for each in reversed(programs()) if each.fires and not each.why_not()}
"""Of each hazard, the first program that has it."""

OWN_DEVICES = {"recompile-placement"}
"""Their programs ask for several devices themselves."""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    before = installed()
    yield
    assert installed() == before


@pytest.mark.parametrize("program", FIRST.values(), ids=FIRST)
def test_in_a_thread(program: Program) -> None:
    """The cell, the compiler and the watch are all in a thread that is not the main one."""
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(run(program)))
    thread.start()
    thread.join()
    (outcome,) = found
    assert not outcome.notes
    assert not outcome.missing()


def test_two_threads_at_once_are_kept_apart() -> None:
    both = [FIRST["print-at-trace"], FIRST["host-clock"]]
    barrier = threading.Barrier(2)
    found: dict[str, set[str]] = {}

    def one(program: Program) -> None:
        barrier.wait()
        found[program.hazard] = {each.hazard for _, each in run(program).found}

    threads = [threading.Thread(target=one, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for program in both:
        assert program.hazard in found[program.hazard]


def test_in_async_code() -> None:
    async def one(program: Program) -> Outcome:
        await asyncio.sleep(0)
        return run(program)

    async def main() -> list[Outcome]:
        wanted = ("print-at-trace", "leaked-tracer", "key-reuse", "stale-read", "not-blocked")
        return await asyncio.gather(*(one(FIRST[each]) for each in wanted if each in FIRST))

    for outcome in run_alone(main()):
        assert not outcome.notes
        assert not outcome.missing()


CONDITIONS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "disable_jit": lambda: jax.disable_jit(),
    "enable_x64": lambda: jax.enable_x64(True),
    "checking_leaks": lambda: jax.checking_leaks(),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_in_other_modes_no_rule_fails(condition: str) -> None:
    """What is found may differ; jaxlab has no fault of its own, and errors are the user's."""
    for program in FIRST.values():
        try:
            with CONDITIONS[condition]():
                outcome = run(program)
        except Exception as error:
            here = f"{program.id}: {type(error).__name__}: {error}"
            with pytest.raises(type(error)), CONDITIONS[condition]():
                plainly(program)
            assert "jaxlab" not in here
            continue
        assert not outcome.notes, program.id


def plainly(program: Program) -> None:
    """The program's cells as Python runs them, without a watch."""
    jax.clear_caches()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in program.cells:
        exec(compile(cell, "<plain>", "exec"), namespace)


def test_with_four_devices() -> None:
    code = (
        "import jax, json\n"
        "from effects.test_conditions import FIRST, OWN_DEVICES, run\n"
        "assert jax.device_count() == 4\n"
        "said = {}\n"
        "for name, program in FIRST.items():\n"
        "    if name not in OWN_DEVICES:\n"
        "        outcome = run(program)\n"
        "        said[name] = [*outcome.notes, *outcome.missing()]\n"
        "print(json.dumps(said))\n"
    )
    tests = Path(__file__).parent.parent
    paths = os.pathsep.join([str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JAX_NUM_CPU_DEVICES": "4", "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    assert len(said) > 20
    assert not {name: wrong for name, wrong in said.items() if wrong}
