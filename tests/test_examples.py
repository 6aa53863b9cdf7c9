"""Every notebook of ``examples/`` runs from the top, in a process of its own, and is kept without outputs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from nbformat import NotebookNode

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def test_the_course_lists_its_notebooks_in_order() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\(([^)]+\.ipynb)\)", page) == [path.name for path in NOTEBOOKS]


@every_notebook
def test_it_is_clean(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        assert not cell.get("outputs"), "outputs belong to the machine that made them: clear them"
        assert cell.get("execution_count") is None


@pytest.mark.slow
@every_notebook
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _skip_without_data(path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read(path)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    drawn = [
        one
        for cell in notebook.cells
        for one in cell.get("outputs", ())
        if "image/png" in one.get("data", {})
    ]
    assert drawn, "a notebook of this course shows something"


def _skip_without_data(path: Path) -> None:
    folder = Path(os.environ.get("WATTLAB_DATA", "")) / "mnist"
    if '"mnist' in read_sources(path) and not folder.is_dir():
        pytest.skip("needs the MNIST files; set WATTLAB_DATA to the folder that holds mnist/")


def read_sources(path: Path) -> str:
    return "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
