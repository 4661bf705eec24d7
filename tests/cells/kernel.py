"""A real Jupyter kernel: runs cells, and gives back what a notebook would show."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

TESTS = Path(__file__).resolve().parent.parent
LONGEST_CELL_SECONDS = 90.0
LOST_INTERRUPT_SECONDS = 10.0
PLAIN_LINE = "# plain\n"
"""The first line of a plain cell, where a traced one has its magic."""


@dataclass(frozen=True)
class Output:
    """One output of a cell: "stdout", "stderr", "execute_result", "display_data", "error", ..."""

    kind: str
    text: str


@dataclass(frozen=True)
class CellRun:
    """What one run of a cell gave.

    Attributes:
      status: "ok" or "error".
      error: the exception's name and text, "" for none.
      execution_count: the number in `In [n]`.
      outputs: in order; stderr last, as its order beside stdout is not kept by the kernel.
      reports: the text/plain of jaxlab's own displays, which `outputs` leaves out.
      interrupted: True if the test interrupted it: where it was by then is chance.
    """

    status: str
    error: str
    execution_count: int
    outputs: tuple[Output, ...]
    reports: tuple[str, ...] = ()
    interrupted: bool = False

    def text(self, *kinds: str) -> str:
        """The text of all outputs, or of those of some kinds."""
        return "\n".join(out.text for out in self.outputs if not kinds or out.kind in kinds)


@dataclass(frozen=True)
class CaseRun:
    """What a case gave: the namespaces before, behind the cell and behind the cell after it."""

    setup: CellRun
    before: Mapping[str, Any]
    cell: CellRun
    behind: Mapping[str, Any]
    after: CellRun
    end: Mapping[str, Any]
    healthy: bool


class _ThisPython(KernelSpecManager):
    """Finds only a kernel of the interpreter that runs the tests, whatever is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        # Cases restart their numbering, which the history's database would complain about.
        command.append("--HistoryManager.enabled=False")
        return KernelSpec(argv=command, display_name=kernel_name, language="python")


class Kernel:
    """A kernel with JAX on four CPU devices, in a folder of its own."""

    def __init__(self, folder: Path, *, begin: str) -> None:
        """Start it, and run what comes before all cells, if anything does."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._begin = begin
        self._manager = KernelManager(kernel_spec_manager=_ThisPython())
        paths = [str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")]
        self._manager.start_kernel(
            cwd=str(folder),
            env={
                **os.environ,
                "JAX_PLATFORMS": "cpu",
                "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "IPYTHONDIR": str(folder / "ipython"),
                "PYTHONHASHSEED": "0",
            },
        )
        client = self._manager.blocking_client()
        assert isinstance(client, BlockingKernelClient)
        self._client = client
        client.start_channels()
        client.wait_for_ready(timeout=LONGEST_CELL_SECONDS)
        self._silently("from cells import snapshot as _snapshot")
        if begin:
            self._silently(begin)

    def close(self) -> None:
        """End the kernel and its channels."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def run_case(self, setup: str, cell: str, after: str, interrupt: str = "") -> CaseRun:
        """Run three cells from a clean start."""
        self._silently("__import__('cells.snapshot').snapshot.reset()")
        set_up = self.run(setup)
        before = self.names()
        run = self.run(cell, interrupt)
        behind = self.names()
        following = self.run(after)
        end = self.names()
        sound = self.run("float(__import__('jax').numpy.ones(2).sum())")
        healthy = sound.text("execute_result").startswith("2.0")
        return CaseRun(set_up, before, run, behind, following, end, healthy)

    def names(self) -> Mapping[str, Any]:
        """The user's names and their values, as `snapshot.take` tells them."""
        message_id = self._client.execute(
            "",
            silent=True,
            user_expressions={"names": "__import__('cells.snapshot').snapshot.take()"},
        )
        content, _ = self._finish(message_id, "")
        reply = content["user_expressions"]["names"]
        if reply["status"] != "ok":
            raise AssertionError(f"no snapshot: {reply}")
        return json.loads(self._mask(ast.literal_eval(reply["data"]["text/plain"])))

    def run(self, code: str, interrupt: str = "") -> CellRun:
        """Run a cell; interrupt the kernel once its stdout holds `interrupt`."""
        message_id = self._client.execute(code, allow_stdin=False)
        content, messages = self._finish(message_id, interrupt)
        # Under load a stream's text can come after the cell's idle status; an empty request's
        # end flushes the streams once more.
        messages += self._finish(self._client.execute("", silent=True), "")[1]
        outputs, reports = _collect(messages)
        name = content.get("ename", "")
        return CellRun(
            status=content["status"],
            error=self._mask(f"{name}: {content.get('evalue', '')}") if name else "",
            execution_count=content.get("execution_count", 0),
            outputs=tuple(Output(out.kind, self._mask(out.text)) for out in outputs),
            interrupted=bool(interrupt),
            reports=reports,
        )

    def _silently(self, code: str) -> None:
        content, messages = self._finish(self._client.execute(code, silent=True), "")
        if content["status"] != "ok":
            raise AssertionError(f"{code!r} failed: {content.get('evalue')} {messages}")

    def _finish(self, message_id: str, interrupt: str) -> tuple[Any, list[Any]]:
        """Wait for a request's reply and its idle status; collect what was published."""
        messages: list[Any] = []
        printed = ""
        again = float("inf")
        deadline = time.monotonic() + LONGEST_CELL_SECONDS
        while time.monotonic() < deadline:
            if time.monotonic() > again:  # Python drops what is raised in a gc callback
                self._manager.interrupt_kernel()
                again = time.monotonic() + LOST_INTERRUPT_SECONDS
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except Empty:
                if not self._manager.is_alive():
                    raise AssertionError("the kernel died") from None
                continue
            content = message["content"]
            parent = message["parent_header"].get("msg_id")
            if message["msg_type"] == "status":
                if content["execution_state"] == "idle" and parent == message_id:
                    return self._reply(message_id), messages
                continue
            messages.append(message)
            printed += content["text"] if message["msg_type"] == "stream" else ""
            if interrupt and interrupt in printed and again == float("inf"):
                self._manager.interrupt_kernel()
                again = time.monotonic() + LOST_INTERRUPT_SECONDS
        raise AssertionError(f"not done after {LONGEST_CELL_SECONDS:.0f} s; so far: {messages}")

    def _reply(self, message_id: str) -> Any:
        while True:
            reply = self._client.get_shell_msg(timeout=LONGEST_CELL_SECONDS)
            if reply["parent_header"].get("msg_id") == message_id:
                return reply["content"]

    def _mask(self, text: str) -> str:
        """Take out what differs between any two runs: addresses, folders, process ids, times."""
        text = text.replace(str(self.folder), "FOLDER")
        for pattern, replacement in _MASKS:
            text = pattern.sub(replacement, text)
        return text


_MASKS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\x1b\[[0-9;]*m", ""),
        (r"0x[0-9a-fA-F]{6,}", "0xADDRESS"),
        (r"Task-\d+", "Task-N"),
        (r"<(\w+) \d{9,}>", r"<\1 ADDRESS>"),
        (r"/\S*ipykernel_\d+/\d+\.py", "CELL.py"),
        (r"\(\d+\.py, line", "(CELL.py, line"),
        (r"(?m)^ +1 (# plain)?\s*\n", ""),
        (r"\[\.\.\. skipping hidden \d+ frame\]", "[... skipping hidden frames]"),
        (r"(?m)^(CPU times|Wall time): .*$", r"\1: TIME"),
    )
)

_LOST_INTERRUPT = re.compile(
    r"(?ms)^Exception ignored [^\n]*_xla_gc_callback.*?^KeyboardInterrupt:? *\n"
)
"""What Python says of an interrupt that came while JAX's gc callback ran; it is sent again."""


def _collect(messages: list[Any]) -> tuple[list[Output], tuple[str, ...]]:
    outputs: list[Output] = []
    stderr = ""
    reports: list[str] = []
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stderr":
            stderr += content["text"]
        elif kind == "stream":
            if outputs and outputs[-1].kind == "stdout":
                content = {**content, "text": outputs.pop().text + content["text"]}
            outputs.append(Output("stdout", content["text"]))
        elif kind in ("display_data", "update_display_data") and _is_report(content):
            reports.append(content["data"].get("text/plain", ""))
        elif kind == "error":
            outputs.append(Output("error", "\n".join(content["traceback"])))
        elif kind != "execute_input":
            outputs.append(Output(kind, _data_of(content)))
    stderr = _LOST_INTERRUPT.sub("", stderr)
    if stderr:
        outputs.append(Output("stderr", stderr))
    return outputs, tuple(reports)


def _is_report(content: Any) -> bool:
    return bool(content.get("metadata", {}).get("jaxlab", {}).get("report"))


def _data_of(content: Any) -> str:
    data = content.get("data", {})
    lines = [f"{data[mime]}" if mime == "text/plain" else f"{mime}: {data[mime]}" for mime in data]
    return "\n".join(lines) if data else json.dumps(content, sort_keys=True)
