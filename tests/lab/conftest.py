"""A Jupyter server of the tests' own, and notebooks opened in it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page

SECONDS_TO_START = 60


@dataclass(frozen=True)
class Server:
    """One server: `/lab` is JupyterLab, `/notebooks` is Notebook 7."""

    address: str
    folder: Path
    settings: Path

    def write(self, name: str, notebook: Any) -> None:
        """Put a notebook where the server finds it."""
        nbformat.write(notebook, self.folder / name)

    def read(self, name: str) -> Any:
        """The notebook as it is saved."""
        return nbformat.read(self.folder / name, as_version=4)

    def set_windowing(self, mode: str) -> None:
        """How notebooks that are opened from now on keep outputs out of sight."""
        file = self.settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"windowingMode": mode}))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that knows nothing of the user's own settings."""
    if not (Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "jaxlab").exists():
        pytest.fail("jaxlab's extension is not installed here: `make test` does it.")
    base = tmp_path_factory.mktemp("jupyter")
    folders = {name: base / name for name in ("config", "data", "runtime", "settings", "notebooks")}
    for folder in folders.values():
        folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folders["config"]),
        "JUPYTER_DATA_DIR": str(folders["data"]),
        "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
        "JUPYTERLAB_SETTINGS_DIR": str(folders["settings"]),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={folders['notebooks']}"),
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    with (base / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process, base / "server.log")
        yield Server(address, folders["notebooks"], folders["settings"])
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with direct.open(f"{address}/api/status", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture(autouse=True)
def be_patient(page: Page) -> None:
    """JupyterLab on two slow cores takes its time."""
    page.set_default_timeout(30_000)
