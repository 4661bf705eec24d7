"""`%%jaxeffects` and `%jaxwatch` in a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import pytest

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell

import jaxlab

STEP = """\
import jax, jax.numpy as jnp
@jax.jit
def step(x):
    print("tracing")
    return x * 2
"""


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    jax.clear_caches()
    shell = InteractiveShell.instance(colors="nocolor")
    shell.run_line_magic("load_ext", "jaxlab")
    shell.run_cell(STEP, store_history=True)
    yield shell
    shell.run_line_magic("unload_ext", "jaxlab")
    InteractiveShell.clear_instance()


def said(shell: Any, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    """What a cell prints."""
    capsys.readouterr()
    shell.run_cell(cell, store_history=True)
    out = capsys.readouterr()
    return out.out + out.err


def test_a_cell_is_run_once_and_shown_with_what_it_hides(shell: Any, capsys: Any) -> None:
    out = said(shell, capsys, "%%jaxeffects\ny = step(jnp.ones(3))\ny.sum()")
    assert out.splitlines().count("tracing") == 1
    assert "Side effects" in out and "print-at-trace" in out and "jit step" in out
    assert shell.user_ns["y"].tolist() == [2, 2, 2]
    assert float(shell.user_ns["_"]) == 6
    assert [each.hazard for each in jaxlab.last.findings] == ["print-at-trace"]


def test_a_traced_cell_says_so_too(shell: Any, capsys: Any) -> None:
    out = said(shell, capsys, "%%jaxtrace\ny = step(jnp.ones(3))")
    assert "`print` in `step`" in out and "jax.debug.print" in out


def test_a_cell_without_any_is_told_so(shell: Any, capsys: Any) -> None:
    assert "nothing found" in said(shell, capsys, "%%jaxeffects\n2 + 2")


def test_watching_is_silent_while_all_is_well(shell: Any, capsys: Any) -> None:
    assert said(shell, capsys, "%jaxwatch on") == ""
    assert said(shell, capsys, "x = jnp.ones(3) + 1") == ""
    out = said(shell, capsys, "y = step(x)")
    assert out.splitlines()[0] == "tracing"
    (line,) = out.splitlines()[1:]
    assert line.startswith("jaxlab: surprise: `print` in `step`") and "(line 4)" in line
    assert said(shell, capsys, "y = step(x)") == ""
    report = said(shell, capsys, "%jaxwatch report")
    assert "By cell" in report and "print-at-trace" in report
    assert said(shell, capsys, "%jaxwatch off") == ""
    assert said(shell, capsys, "y = step(jnp.ones(4))") == "tracing\n"


def test_an_error_in_a_watched_cell_is_the_users_own(shell: Any, capsys: Any) -> None:
    said(shell, capsys, "%jaxwatch on")
    out = said(shell, capsys, "jax.jit(lambda x: 1 / 0)(2.0)")
    assert "ZeroDivisionError" in out and "jaxlab/" not in out


@pytest.mark.parametrize("watched", ["%jaxwatch on", "pass"])
@pytest.mark.parametrize("magic", ["", "%%jaxeffects\n", "%%jaxtrace\n"])
def test_a_leak_that_jax_finds_is_shown_with_its_line(
    shell: Any, capsys: Any, watched: str, magic: str
) -> None:
    said(shell, capsys, watched)
    cell = "kept = []\nwith jax.checking_leaks():\n    jax.jit(lambda x: kept.append(x) or x)(2.0)"
    out = said(shell, capsys, magic + cell)
    assert "Leaked trace" in out and "kept.append(x)" in out and "jaxlab/" not in out
    said(shell, capsys, "%jaxwatch off")


def test_unloading_ends_a_watch(shell: Any, capsys: Any) -> None:
    said(shell, capsys, "%jaxwatch on")
    shell.run_line_magic("unload_ext", "jaxlab")
    assert said(shell, capsys, "y = step(jnp.ones(5))") == "tracing\n"
    shell.run_line_magic("load_ext", "jaxlab")


def test_bad_input_gets_one_line(shell: Any, capsys: Any) -> None:
    assert "takes on, off, report; got `maybe`" in said(shell, capsys, "%jaxwatch maybe")
    assert "no side effect `nonsense`" in said(shell, capsys, "%jaxeffects nonsense")
    assert "takes options only" in said(shell, capsys, "%%jaxeffects f(x)\n1")


def test_the_hazards_are_listed_and_each_has_its_page(shell: Any, capsys: Any) -> None:
    listed = said(shell, capsys, "%jaxeffects")
    from jaxlab.effects.hazards import HAZARDS

    for hazard in HAZARDS:
        assert hazard.id in listed
        page = said(shell, capsys, f"%jaxeffects {hazard.id}")
        assert hazard.id in page and "Error" not in page.splitlines()[-1], hazard.id


WRONG = "@jax.jit\ndef relu(x):\n    if x > 0:\n        return x\n    return 0 * x\nrelu(1.0)"


@pytest.mark.parametrize("magic", ["%%jaxeffects", "%%jaxtrace", "%%jaxprofile"])
def test_an_error_is_explained_under_its_traceback(shell: Any, capsys: Any, magic: str) -> None:
    out = said(shell, capsys, f"{magic}\n{WRONG}")
    _, traceback, ours = out.partition("TracerBoolConversionError: Attempted boolean conversion")
    assert traceback
    assert "jaxlab: `x > 0` asks for a value while JAX traces: `x` is a tracer." in ours
    assert ":4  if x > 0:" in ours
    assert "return jnp.where(x > 0, x, 0 * x)" in ours


def test_a_watched_cell_explains_an_error_once(shell: Any, capsys: Any) -> None:
    shell.run_line_magic("jaxwatch", "on")
    out = said(shell, capsys, WRONG)
    assert out.count("asks for a value") == 1
    assert out.count("Traceback") == 1
    shell.run_line_magic("jaxwatch", "off")
    assert "asks for a value" not in said(shell, capsys, WRONG)


def test_an_error_that_is_not_jaxs_is_left_alone(shell: Any, capsys: Any) -> None:
    out = said(shell, capsys, "%%jaxeffects\n1 / 0")
    assert "ZeroDivisionError" in out and "jaxlab:" not in out


def test_an_error_that_a_block_has_explained_is_not_explained_again(
    shell: Any, capsys: Any
) -> None:
    block = WRONG.replace("relu(1.0)", "import jaxlab\nwith jaxlab.watch():\n    relu(1.0)")
    out = said(shell, capsys, f"%%jaxtrace\n{block}")
    assert out.count("→ Compute both and choose") == 1


def test_a_fault_of_ours_hides_no_traceback(
    shell: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(error: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("jaxlab.effects.hazards.explained", broken)
    out = said(shell, capsys, f"%%jaxtrace\n{WRONG}")
    assert "TracerBoolConversionError" in out
    assert "could not explain this error: ValueError: broken" in out


def test_the_ledger_of_a_notebook(shell: Any, capsys: Any, tmp_path: Any) -> None:
    shell.run_line_magic("jaxwatch", "on")
    shell.run_cell("y = step(jnp.ones(3)); z = step(jnp.ones(4))", store_history=True)
    shell.run_line_magic("jaxwatch", "off")
    out = said(shell, capsys, "%jaxwatch report --sort compile_seconds")
    assert "Ledger" in out and "changed shape f32[3] → f32[4]" in out
    said(shell, capsys, f"%jaxwatch report --save {tmp_path}/ledger.csv")
    assert "step,True,2" in (tmp_path / "ledger.csv").read_text()
    assert "no column `foo`" in said(shell, capsys, "%jaxwatch report --sort foo")
    assert "`--sort` is for `%jaxwatch report`" in said(shell, capsys, "%jaxwatch on --sort foo")


def test_values_are_looked_at_where_that_is_asked_for(shell: Any, capsys: Any) -> None:
    cell = "z = jax.jit(lambda x: jnp.log(x) * 2)(jnp.array([0.0, 1.0]))"
    assert "nan-origin" not in said(shell, capsys, f"%%jaxeffects\n{cell}")
    out = said(shell, capsys, f"%%jaxeffects --nan --bounds\n{cell}")
    assert "comes from `log` in line" in out and "nan-origin" in out
    (finding,) = jaxlab.last.findings
    nodes = [jaxlab.last.jaxpr.node(each) for each in finding.nodes]
    assert [node.op for node in nodes] == ["log"]
    assert float(shell.user_ns["z"][1]) == 0.0


def test_checks_run_no_callback_twice(shell: Any, capsys: Any) -> None:
    cell = "%%jaxeffects --nan --bounds --buffers\n"
    cell += "from jax.experimental import io_callback\nran = []\n"
    cell += "@jax.jit\ndef step(x):\n    jax.debug.callback(lambda v: ran.append(1), x)\n"
    cell += "    return jnp.log(x)[jnp.int32(x)]\n"
    cell += "@jax.jit\ndef noted(x):\n    io_callback(lambda v: ran.append(2) or v, x, x)\n"
    cell += "    return jnp.log(x)\n"
    cell += "jax.block_until_ready((step(jnp.zeros(1)), noted(0.0)))\njax.effects_barrier()"
    out = said(shell, capsys, cell.replace("[jnp.int32(x)]", ""))
    assert sorted(shell.user_ns["ran"]) == [1, 2]
    assert "`io_callback` must not run twice" in out
    assert "of `step` comes from `log`" in out


def test_an_unknown_check_is_one_line() -> None:
    with pytest.raises(jaxlab.errors.InputError, match="no check `nans`"):
        jaxlab.watch(checks=["nans"])


def test_a_call_is_compared_under_its_transforms(shell: Any, capsys: Any) -> None:
    out = said(shell, capsys, "%jaxeffects jax.jit(jax.vmap(step))(jnp.arange(4.0))")
    assert "Transforms side by side" in out and "What each step changed" in out
    assert "`print` in `step`" in out, "its trace is watched too"
    assert "runs nothing" in said(shell, capsys, "%jaxeffects --nan step(1.0)")
    assert "There is no side effect `foo`" in said(shell, capsys, "%jaxeffects foo")


def test_a_call_is_run_twice_where_that_is_asked_for(shell: Any, capsys: Any) -> None:
    shell.run_cell("scale = 2.0\nlate = jax.jit(lambda x: x * scale)\nlate(1.0)\nscale = 3.0")
    out = said(shell, capsys, "%jaxeffects --twice late(1.0)")
    assert "gives 2.0 compiled and 3.0 without `jit`" in out
    assert "gives the same" in said(shell, capsys, "%jaxeffects --twice step(1.0)")
    assert "--twice` is for a CALL" in said(shell, capsys, "%%jaxeffects --twice\nlate(1.0)")


def test_the_size_of_captured_constants_is_settable(shell: Any, capsys: Any) -> None:
    cell = "%%jaxeffects\ntable = jnp.ones((100, 100))\njax.jit(lambda i: table[i])(3)"
    assert "captured-constant" not in said(shell, capsys, cell)
    try:
        said(shell, capsys, "%jaxlab constants 40 kB")
        assert "captured-constant" in said(shell, capsys, cell)
        assert "constants: 40 kB" in said(shell, capsys, "%jaxlab")
        assert "got 'large'" in said(shell, capsys, "%jaxlab constants large")
    finally:
        said(shell, capsys, "%jaxlab constants 1MB")
    assert "captured-constant" not in said(shell, capsys, cell)
