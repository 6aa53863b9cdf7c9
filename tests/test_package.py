"""The package as a whole: what importing it costs, and which names it shows."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import subprocess
import sys

import pytest

import wattlab

HEAVY = {
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "pydantic",
    "rich",
    "scipy",
    "sklearn",
    "torch",
    "typer",
}


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after ``statement``."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_wattlab_loads_no_heavy_package() -> None:
    # What the interpreter loads by itself (a .pth file, a coverage tool) is not wattlab's doing.
    brought_by_wattlab = loaded_by("import wattlab") - loaded_by("pass")
    assert "wattlab" in brought_by_wattlab
    assert brought_by_wattlab.isdisjoint(HEAVY)


def test_listing_the_public_names_loads_no_heavy_package() -> None:
    brought_by_wattlab = loaded_by("import wattlab; dir(wattlab); wattlab.__all__") - loaded_by("pass")
    assert brought_by_wattlab.isdisjoint(HEAVY)


@pytest.mark.parametrize("name", wattlab.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(wattlab, name) is not None
    assert name in dir(wattlab)


def test_what_a_comparison_takes_and_raises_is_public() -> None:
    observer = inspect.signature(wattlab.compare).parameters["observer"].annotation
    assert observer == f"{wattlab.StudyObserver.__name__} | None"
    assert issubclass(wattlab.StudyInterrupted, KeyboardInterrupt)


def test_public_names_are_listed_once() -> None:
    assert len(set(wattlab.__all__)) == len(wattlab.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    missing = "no_such_name"
    with pytest.raises(AttributeError, match=missing):
        getattr(wattlab, missing)


def test_version_is_that_of_the_installed_package() -> None:
    assert wattlab.__version__ == importlib.metadata.version("wattlab")
