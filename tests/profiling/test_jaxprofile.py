"""`%jaxprofile` and `%%jaxprofile` in a shell: what they run, show, refuse and leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell

import jaxlab
from jaxlab.cell_profile import CellProfile
from jaxlab.errors import InputError
from jaxlab.magics.profile_options import USAGE, ProfileOptions, parse_profile
from jaxlab.profiling.against.compare import Comparison


@pytest.fixture
def shell() -> Iterator[Any]:
    shell = InteractiveShell()
    jaxlab.load_ipython_extension(shell)
    shell.run_cell(
        "import jax, jax.numpy as jnp\n"
        "step = jax.jit(lambda x: jnp.sin(x) @ x)\n"
        "x = jnp.ones((8, 8))\n"
        "seen = []"
    )
    yield shell
    jaxlab.unload_ipython_extension(shell)


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", ProfileOptions()),
        ("step(x)", ProfileOptions(call="step(x)")),
        ("step(x) --runs 5", ProfileOptions(call="step(x)", runs=5)),
        ("--against numpy", ProfileOptions(against="numpy")),
        (
            "f(x) --against g(x, 2) --rerun",
            ProfileOptions(call="f(x)", against="g(x, 2)", rerun=True),
        ),
        ("--quiet --save a.trace.json", ProfileOptions(quiet=True, save="a.trace.json")),
    ],
)
def test_options(line: str, options: ProfileOptions) -> None:
    assert parse_profile(line) == options


@pytest.mark.parametrize("line", ["--runs none f(x)", "--what f(x)", "--runs 0 f(x)"])
def test_bad_options(line: str) -> None:
    with pytest.raises(InputError):
        parse_profile(line)


def test_the_usage_names_every_option() -> None:
    for name in ProfileOptions.__dataclass_fields__:
        assert name == "call" or f"--{name}" in USAGE


def test_a_cell_runs_once_and_its_value_is_shown(shell: Any, capsys: Any) -> None:
    result = shell.run_cell("%%jaxprofile\nseen.append(1)\ns = '''a\n  b'''\ny = step(x)\n7")
    assert result.result == 7 and result.success
    assert shell.user_ns["seen"] == [1] and shell.user_ns["s"] == "a\n  b"
    profile = jaxlab.last_profile
    assert isinstance(profile, CellProfile) and profile.programs[0].calls == 1
    assert "Programs of yours that ran" in capsys.readouterr().out


def test_a_cell_that_fails_fails_as_without_and_is_shown(shell: Any, capsys: Any) -> None:
    result = shell.run_cell("%%jaxprofile\ny = step(x)\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    out = capsys.readouterr().out
    assert "jaxlab/" not in out.split("Programs of yours")[0]
    assert "Programs of yours that ran" in out


def test_a_cell_that_is_interrupted_is_shown(shell: Any, capsys: Any) -> None:
    result = shell.run_cell("%%jaxprofile\ny = step(x)\nraise KeyboardInterrupt")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert "did not end by itself" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%jaxprofile step(x)\nstep(x)", "write it on a line of its own: `%jaxprofile step(x)`"),
        ("%%jaxprofile --runs 3\nstep(x)", "`--runs` is for a call"),
        ("%%jaxprofile --compile\nstep(x)", "`--compile` is for a call"),
        ("%%jaxprofile --what\nstep(x)", "has no option `--what`"),
        ("%%jaxprofile --against step(x)\nstep(x)", "compared with NumPy only"),
        ("%%jaxprofile --against numpy\nseen.append(1)\nstep(x)", "calls `seen.append` for what"),
        ("%%jaxprofile --against numpy\nprint(1)", "uses `print`"),
        ("%%jaxprofile --against numpy\nx[0]\njax.debug.print('a')\nx", "for what it does"),
        ("%%jaxprofile --against numpy\njax.lax.sin(x)", "NumPy has no"),
        ("%%jaxprofile --against numpy\nseen[0] = 1\nx", "changes `seen[0]` in place"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    cell: str, said: str, shell: Any, capsys: Any
) -> None:
    shell.run_cell(cell)
    captured = capsys.readouterr()
    (line,) = [each for each in captured.err.splitlines() if each]
    assert line.startswith("UsageError: ") and said in line
    assert shell.user_ns["seen"] == []


def test_a_cell_against_numpy_leaves_the_namespace(shell: Any, capsys: Any) -> None:
    shell.run_cell("%%jaxprofile --against numpy --runs 6\ny = step(x)\nz = y + 1")
    assert isinstance(jaxlab.last_profile, Comparison)
    assert jaxlab.last_profile.times[0].count == 6
    assert not {"y", "z"} & shell.user_ns.keys()
    assert "against NumPy" in capsys.readouterr().out


def test_a_cell_that_donates_against_numpy_keeps_the_users_arrays(shell: Any, capsys: Any) -> None:
    shell.run_cell("eat = jax.jit(lambda x: x + 1, donate_argnums=0)")
    result = shell.run_cell("%%jaxprofile --against numpy --runs 6\neat(x)")
    assert not shell.user_ns["x"].is_deleted() and not result.success


def test_nothing_ran(shell: Any, capsys: Any) -> None:
    shell.run_cell("%%jaxprofile\nn = 1")
    assert "No operation of JAX ran" in capsys.readouterr().out


def test_a_file_for_perfetto(shell: Any, capsys: Any, tmp_path: Any) -> None:
    file = tmp_path / "x.trace.json"
    shell.run_cell(f"%%jaxprofile --quiet --save {file}\nstep(x)")
    assert '"traceEvents"' in file.read_text()
