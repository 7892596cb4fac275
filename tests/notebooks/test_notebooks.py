"""The notebooks run from top to bottom in a real kernel, import the public face only, and keep no outputs."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

import planner

nbformat = pytest.importorskip("nbformat", reason="notebooks come with the extra [notebook]")
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
PUBLIC_PACKAGES = {"kernels", "kernels.balance", "kernels.queueing", "planner", "planner.verify.simulation"}
LIBRARIES = {"matplotlib", "numpy", "pandas", "pathlib"}
FOR_COMMANDS = {"json", "os", "shlex", "subprocess", "sys", "tempfile"}  # to run commands and read what they print
BESIDE = {"debate"}  # packages that stand beside the notebooks; tests of their own hold them to the same


def test_the_five_notebooks_are_there() -> None:
    assert NAMES == ["01_throughput", "02_peak", "03_rent_or_buy", "04_risk", "05_own_service"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_outputs_are_stripped(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_only_the_public_face_is_imported(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    tree = ast.parse("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(is_public(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert is_public(str(node.module)), node.module
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "planner"
        ):
            assert node.attr in planner.__all__


def is_public(module: str) -> bool:
    return module in PUBLIC_PACKAGES or module.partition(".")[0] in LIBRARIES | FOR_COMMANDS | BESIDE


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_it_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="notebooks are executed with nbclient")
    pytest.importorskip("ipykernel", reason="notebooks come with the extra [notebook]")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
    notebook = nbformat.read(path, 4)
    place = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3", resources=place).execute()
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 4
