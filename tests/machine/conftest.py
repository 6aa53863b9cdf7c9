from __future__ import annotations

import pytest

from wattlab.machine import graphics


@pytest.fixture(autouse=True)
def _no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own driver out of made-up machines."""
    monkeypatch.setattr(graphics, "NVML_LIBRARY", "no-such-library.so")
