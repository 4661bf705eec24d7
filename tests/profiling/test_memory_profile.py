"""The memory of a program as a whole: figures, notes, tables, overlays."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tagged import lines_marked

import jaxlab
from jaxlab.graph import check
from jaxlab.profiling.memory.device import DeviceMemory, device_memory
from jaxlab.profiling.memory.profile import MemoryProfile, memory_profile
from jaxlab.program import Program
from jaxlab.report import Table

TABLE = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
WEIGHTS = [jnp.ones((64, 64)), jnp.ones((64, 64))]
X = jnp.ones((256, 64))


def step(weights: list[jax.Array], x: jax.Array) -> tuple[list[jax.Array], jax.Array]:
    def loss(weights: list[jax.Array]) -> jax.Array:
        y = x
        for index, weight in enumerate(weights):
            with jax.named_scope(f"layer_{index}"):
                y = jnp.tanh(y @ weight)  # A
        return jnp.square(y @ TABLE).sum()  # B

    value, slopes = jax.value_and_grad(loss)(weights)
    return [weight - 0.1 * slope for weight, slope in zip(weights, slopes, strict=True)], value


def profile_of(program: Program, **given: Any) -> MemoryProfile:
    tagged, lineage = program.tagged, program.lineage()
    return memory_profile(tagged, program.hlo, program.jaxpr, lineage, program.traced, **given)


@pytest.fixture(scope="module")
def program() -> Program:
    return jaxlab.trace(step, WEIGHTS, X)


@pytest.fixture(scope="module")
def profile(program: Program) -> MemoryProfile:
    return profile_of(program)


def table(profile: MemoryProfile, title: str) -> Table:
    return next(each for each in profile.tab().tables if each.title.startswith(title))


def test_the_parts_of_the_peak_add_up(profile: MemoryProfile) -> None:
    live = profile.live
    assert live is not None
    kinds = ("argument", "output", "constant", "temporary")
    assert live.peak == sum(live.bytes(kind) for kind in kinds)
    assert live.bytes("argument") == profile.memory.arguments == X.nbytes + 2 * WEIGHTS[0].nbytes
    assert live.bytes("constant") == profile.constant_bytes >= TABLE.nbytes
    assert live.bytes("temporary") <= (profile.memory.temporaries or 0)
    for title in ("Alive at the peak, by source line", "Alive at the peak, by scope"):
        shown = table(profile, title)
        place = shown.columns.index("bytes")
        assert sum(row[place] for row in shown.rows if not isinstance(row[place], str)) == live.peak


def test_the_figures_have_their_units(profile: MemoryProfile) -> None:
    assert profile.figures()[1] == "arguments 98.3 kB"
    assert "aliased 0 B" in profile.figures()
    assert "constants 16.4 kB" in profile.figures()
    assert "generated code not known" in profile.figures()
    assert "donation could save 32.8 kB" in profile.figures()
    assert any(figure.startswith("saved for backward ") for figure in profile.figures())


def test_the_notes_say_what_to_do_and_what_is_not_known(profile: MemoryProfile) -> None:
    said = " ".join(profile.notes)
    assert (
        "Results could take over 32.8 kB of `weights`, if that is not used after the call: "
        "donate_argnames='weights'." in said
    )
    assert "does not count the memory of the generated code" in said
    assert "The peak is at step" in said


def test_lines_are_the_users(program: Program, profile: MemoryProfile) -> None:
    marked = lines_marked(step)
    saved = table(profile, "Saved for the backward pass, by source line")
    assert {frame.line for frame in saved.frames if frame} <= set(marked.values())
    assert f"test_memory_profile.py:{marked['A']}  y = jnp.tanh(y @ weight)  # A" in {
        row[0]
        for row in next(
            each
            for each in profile.tab(program.source).tables
            if each.title.startswith("Saved for the backward pass, by source line")
        ).rows
    }
    constants = table(profile, "Constants of 1 kB and more")
    assert [frame.line for frame in constants.frames if frame] == [marked["B"]]


def test_every_row_points_to_a_node_and_has_all_columns(profile: MemoryProfile) -> None:
    assert profile.jaxpr is not None
    graphs = {"hlo": profile.hlo, "jaxpr": profile.jaxpr}
    assert all(check(graph) == () for graph in graphs.values())
    for shown in profile.tab().tables:
        assert all(len(row) == len(shown.columns) for row in shown.rows)
        assert len(shown.units) == len(shown.columns)
        assert len(shown.nodes) in (0, len(shown.rows))
        assert len(shown.frames) in (0, len(shown.rows))
        assert all(graphs[shown.stage].get(node) for node in shown.nodes if node)
    (curve,) = profile.tab().charts
    assert all(profile.hlo.get(node) for node in curve.nodes)


def test_the_overlays_are_of_their_stages(profile: MemoryProfile) -> None:
    assert profile.jaxpr is not None
    overlays = dict(profile.overlays())
    assert set(overlays) == {"jaxpr", "hlo"}
    assert all(profile.jaxpr.get(node) for node in overlays["jaxpr"].values)
    assert all(profile.hlo.get(node) for node in overlays["hlo"].values)
    assert {overlay.unit for overlay in overlays.values()} == {"B"}
    assert {overlay.source for overlay in overlays.values()} == {"read"}


def test_an_executable_that_ran_is_read_too() -> None:
    compiled = jax.jit(step).lower(WEIGHTS, X).compile()
    program = jaxlab.read(compiled)
    found = memory_profile(compiled.runtime_executable(), program.hlo)
    assert found.live is not None
    assert found.residuals is None
    assert "What was donated is not known: the program was not traced here." in found.notes
    assert not any(each.title.startswith("Saved") for each in found.tab().tables)


def test_a_back_end_that_says_nothing_is_not_known(program: Program) -> None:
    found = memory_profile(SimpleNamespace(), program.hlo)
    assert found.live is None
    assert found.figures()[:2] == ("at the peak not known", "arguments not known")
    assert found.tab().charts == ()
    assert any("no buffer assignment" in note for note in found.notes)


class Device:
    """A device that reports its memory."""

    def __init__(self, figures: dict[str, int] | None) -> None:
        self.figures = figures

    def __str__(self) -> str:
        return "gpu:0"

    def memory_stats(self) -> dict[str, int] | None:
        return self.figures


def test_memory_in_use_is_read_where_it_is_reported(program: Program) -> None:
    figures = {"bytes_in_use": 2_000_000, "peak_bytes_in_use": 5_000_000, "bytes_limit": 10**9}
    (now,) = device_memory([Device(figures)])
    assert now == DeviceMemory("gpu:0", 2_000_000, 5_000_000, 10**9)
    found = profile_of(program, before=(DeviceMemory("gpu:0", 1_000_000),), after=(now,))
    assert found.notes[-1] == (
        "Memory in use on gpu:0: 1 MB before, 2 MB after, at most 5 MB ever, of 1 GB that JAX may "
        "use."
    )


def test_memory_in_use_is_said_not_to_be_reported(program: Program) -> None:
    assert device_memory([Device(None)]) == (DeviceMemory("gpu:0"),)
    nothing = device_memory([Device({})])
    found = profile_of(program, before=nothing, after=nothing)
    assert found.notes[-1] == "Memory in use on gpu:0: not reported by this back end."


def test_figures_of_several_devices_are_said_to_be_of_one(program: Program) -> None:
    facts = {**program.hlo.facts, "num_partitions": 4}
    graph = type(program.hlo)("hlo", "step", program.hlo.regions, "main", facts)
    found = memory_profile(program.tagged, graph)
    assert found.notes[0].startswith("The program runs on 4 devices. Figures are of one of them")
