"""What the README says is what happens."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import jax
import pytest

from jaxlab.magics.options import USAGE

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The README's fenced blocks in a language; "" for plain text."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def without_times(text: str) -> str:
    return re.sub(r" · trace .*", "", text).strip()


@pytest.mark.skipif(jax.__version_info__ < (0, 12), reason="the README shows JAX 0.12")
def test_the_example_prints_what_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("dot") is None:
        pytest.skip("the example draws a picture, which needs Graphviz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    code = next(block for block in blocks("python") if "def loss" in block)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    shown = next(block for block in blocks("") if "dot_general" in block)
    assert without_times(capsys.readouterr().out) == without_times(shown)
    assert (tmp_path / "step.svg").read_text().lstrip().startswith("<")


def test_each_option_is_explained() -> None:
    options = set(re.findall(r"--[a-z]+", USAGE))
    assert options
    assert options <= set(re.findall(r"--[a-z]+", README))


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert (Path(__file__).parent.parent / target).exists(), target
