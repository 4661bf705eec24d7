"""Servers and kernels in environments of their own, as on a hub: either may lack what the other
has, or have it in another version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from environments import make_environment
from lab import Lab, from_elsewhere, notebook_of
from own_server import Server, serve
from playwright.sync_api import expect

from jaxlab.display import MIME

pytestmark = pytest.mark.browser

SETUP = "%load_ext jaxlab\nimport jax, jax.numpy as jnp"
STEP = "%%jaxtrace\nloss = jax.jit(lambda x: jnp.tanh(x @ x).sum())(jnp.ones((8, 8)))"
NEWER = f"""import jaxlab
bundle = dict(jaxlab.last._repr_mimebundle_())
bundle["{MIME}"]["version"] += 1
display(bundle, raw=True)"""
NOTEBOOK_KEYS = ("x", "b", "d", "d", "z")
EXTENSIONS = """JSON.parse(document.getElementById("jupyter-config-data").textContent)
    .federated_extensions.map(extension => extension.name)"""


def test_the_extension_is_enabled_and_ok() -> None:
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    (line,) = [line for line in (run.stdout + run.stderr).splitlines() if " jaxlab v" in line]
    assert "enabled" in line
    assert "OK" in line


def test_a_server_without_jaxlab_shows_the_page(lab: Lab, tmp_path: Path) -> None:
    """The kernel's environment has jaxlab: its report brings the viewer along."""
    page = lab.page
    python = make_environment(tmp_path / "environment", with_jaxlab=False)
    (tmp_path / "server").mkdir()
    with serve(tmp_path / "server", python) as bare:
        bare.add_kernel("jaxlab", make_environment(tmp_path / "kernel", with_jaxlab=True))
        bare.write("live.ipynb", notebook_of(SETUP, STEP, kernel="jaxlab"))
        lab.open(bare, "live.ipynb")
        assert "jaxlab" not in page.evaluate(EXTENSIONS)
        lab.run_all()
        lab.save()
        output = lab.cell(STEP).locator(".jp-OutputArea-output").last
        expect(output.locator("img[alt^='Graph of']")).to_have_count(1)
        frame = output.frame_locator("iframe")
        graph = frame.locator("[data-boxes]")
        expect(graph).to_have_attribute("data-ready", "true")

        before = lab.sources()
        graph.click()
        for key in (*NOTEBOOK_KEYS, "g", "x"):
            page.keyboard.press(key)
        assert lab.sources() == before
        page.keyboard.press("/")
        page.keyboard.type("tanh")
        page.keyboard.press("Enter")
        expect(frame.locator(".jl-details-title")).to_have_text("tanh")
        page.evaluate(
            "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
        )
        expect(frame.locator(".panel")).to_have_attribute("data-theme", "dark")

        # As somebody else's it may run no script: the picture stays, and what it shows in words.
        bare.write("stored.ipynb", from_elsewhere(bare.read("live.ipynb")))
        lab.open_without_kernel(bare, "stored.ipynb")
        output = lab.cell(STEP).locator(".jp-OutputArea-output").last
        expect(output.locator("img[alt^='Graph of']")).to_be_visible()
        expect(output.locator("strong").first).to_contain_text("cell [2]")
        expect(output.locator("iframe")).to_have_count(0)


def test_a_kernel_without_the_extension_is_seen_by_the_servers(
    server: Server, lab: Lab, tmp_path: Path
) -> None:
    """And what a newer jaxlab made in it is shown by the viewer that it brings along."""
    server.add_kernel("elsewhere", make_environment(tmp_path / "kernel", with_jaxlab=True))
    where = "import sys; sys.prefix"
    server.write("elsewhere.ipynb", notebook_of(SETUP, STEP, NEWER, where, kernel="elsewhere"))
    lab.open(server, "elsewhere.ipynb")
    assert "jaxlab" in lab.page.evaluate(EXTENSIONS)
    lab.run_all()
    expect(lab.cell(where)).to_contain_text(str(tmp_path / "kernel"))
    assert lab.report(STEP).graph
    newer = lab.report(NEWER).output
    expect(newer.locator(".message")).to_contain_text("A newer jaxlab made this report")
    frame = newer.frame_locator("iframe").frame_locator("iframe")  # the page, and the viewer in it
    expect(frame.locator("[data-boxes]")).to_have_attribute("data-ready", "true")

    lab.save()
    server.write("stored.ipynb", from_elsewhere(server.read("elsewhere.ipynb")))
    lab.open_without_kernel(server, "stored.ipynb")
    assert lab.report(STEP).graph
    newer = lab.report(NEWER).output
    expect(newer.locator(".message").get_by_role("button")).to_contain_text("pip install")
    expect(newer.locator("iframe")).to_have_count(0)
