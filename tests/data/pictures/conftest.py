"""A cache of the test's own, and a small folder of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.data.made_up_pictures import fill

from wattlab.data import download

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where decoded pictures are kept in this test."""
    place = tmp_path / "cache"
    monkeypatch.setattr(download, "cache_folder", lambda: place)
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Imagenette's layout: two classes of eight pictures for training and three to test on, 6 × 5 pixels."""
    fill(tmp_path / "things" / "train", ("n01440764", "pig"), 8)
    fill(tmp_path / "things" / "val", ("n01440764", "pig"), 3, first=50)
    return tmp_path / "things"
