"""One small finished run, trained once a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.records.run import Run


@pytest.fixture
def run(tiny_recipe: Recipe, tmp_path: Path) -> Run:
    return train(tiny_recipe, runs=tmp_path / "runs", name="first")
