"""The rooms of the house: imports point one way, and private JAX has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "jaxlab"

ROOMS = (
    "errors",
    "settings",
    "collection",
    "origin",
    "array_type",
    "graph",
    "overlay",
    "quantities",
    "charts",
    "finding",
    "report",
    "_jax",
    "readers",
    "capture",
    "targets",
    "analyses",
    "profiling",
    "effects",
    "views",
    "renderers",
    "payload",
    "viewer",
    "display",
    "reporting",
    "call_profile",
    "cell_profile",
    "profile_diff",
    "watched",
    "widget",
    "program",
    "api",
    "devices",
    "__init__",
    "magics",
    "pytest_plugin",
)
"""A room may import those before it, and itself."""

LAZY = (
    "IPython",
    "graphviz",
    "ipywidgets",
    "jax.experimental",
    "jaxlab.call_profile",
    "jaxlab.cell_profile",
    "jaxlab.effects.hazards",
    "jaxlab.profile_diff",
    "jaxlab.profiling.cell.run",
    "jaxlab.watched",
    "jaxlab.widget",
    "rich.markdown",
)
"""What a function's body may import: heavy or optional parts, kept out of `import jaxlab`."""

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    """The room of a dotted module name, `jaxlab.readers.hlo` -> `readers`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name_of(file: Path) -> str:
    """The dotted module name of a file of the package."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each module that is imported anywhere below, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            module = node.module or ""
            for alias in node.names:
                below = PACKAGE.parent / Path(*module.split("."), alias.name)
                is_module = below.is_dir() or below.with_suffix(".py").exists()
                yield (f"{module}.{alias.name}" if is_module else module, node.lineno)


def is_for_types(node: ast.AST) -> bool:
    """Whether this is an `if TYPE_CHECKING:`, which imports nothing when it runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports_at_start(tree: ast.Module) -> set[tuple[str, int]]:
    """The imports that run when the module is imported."""
    tree.body = [node for node in tree.body if not is_for_types(node)]
    return set(imports_of(tree)) - set(imports_in_functions(tree))


def imports_in_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The imports that run when a function is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports_of(node)


def test_every_room_is_in_the_list() -> None:
    found = {room_of(name_of(file)) for file in FILES}
    assert found <= set(ROOMS)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_point_one_way(file: Path) -> None:
    home = ROOMS.index(room_of(name_of(file)))
    for module, line in imports_at_start(ast.parse(file.read_text())):
        if module.split(".")[0] == "jaxlab":
            there = ROOMS.index(room_of(module))
            assert there <= home, f"{file.name}:{line} imports {module}, which is below it"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_private_jax_has_one_door(file: Path) -> None:
    if file.parent == PACKAGE / "_jax":
        return
    tree = ast.parse(file.read_text())
    private = [
        f"{file.name}:{line} imports {module}"
        for module, line in imports_of(tree)
        if module.split(".")[0] in ("jax", "jaxlib") and "._" in module
    ]
    versions = [
        f"{file.name}:{node.lineno} reads {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("_src", "__version_info__")
    ]
    assert not private + versions


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_functions_import_only_what_is_heavy(file: Path) -> None:
    allowed = (*LAZY, "jaxlab.magics") if name_of(file) == "jaxlab" else LAZY
    wrong = [
        f"{file.name}:{line} imports {module}"
        for module, line in imports_in_functions(ast.parse(file.read_text()))
        if not module.startswith(allowed)
    ]
    assert not wrong


def test_the_model_imports_no_jax() -> None:
    for name in ("errors", "origin", "graph", "overlay"):
        for module, line in imports_of(ast.parse((PACKAGE / f"{name}.py").read_text())):
            assert module.split(".")[0] not in ("jax", "jaxlib", "numpy"), f"{name}.py:{line}"


def test_importing_jaxlab_starts_no_backend_and_no_frontend() -> None:
    code = (
        "import jaxlab, sys\n"
        "from jax._src import xla_bridge\n"
        "assert not xla_bridge.backends_are_initialized(), 'a backend was started'\n"
        "loaded = {'IPython', 'ipykernel', 'ipywidgets'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
