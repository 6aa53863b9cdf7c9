"""What the tests of whole trainings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .processes import Shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Shelf:
    """Return the folder of a study, ready for trainings."""
    path = tmp_path / "study"
    path.mkdir()
    shelf = Shelf(path)
    shelf.prepare_trainings()
    return shelf
