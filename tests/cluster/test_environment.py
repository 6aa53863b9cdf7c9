from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wattlab.cluster.environment import LEFT_OUT, child_environment

if TYPE_CHECKING:
    import pytest


def test_nothing_that_would_decide_instead_of_the_recipe_is_left() -> None:
    left_over = dict.fromkeys(LEFT_OUT, "1") | {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "1"}
    found = child_environment(left_over)
    assert found == {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "1", "PYTHONUNBUFFERED": "1"}


def test_it_is_that_of_now_and_leaves_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("WATTLAB_TEST", "here")
    assert child_environment()["WATTLAB_TEST"] == "here"
    assert "KERAS_BACKEND" not in child_environment()
    assert os.environ["KERAS_BACKEND"] == "torch"
