"""Callbacks whose library is not installed name the extra that fits what is."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

import wattlab.keras
from wattlab.callbacks import loading
from wattlab.errors import MissingExtraError

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


@pytest.mark.parametrize(
    ("installed", "extra"),
    [
        ({"torch"}, "keras-torch"),
        ({"torch", "tensorflow"}, "keras-torch"),
        ({"tensorflow"}, "tensorflow"),
        (set(), "jax"),
    ],
)
def test_keras_comes_with_the_backend_that_is_there(
    installed: set[str], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> ModuleSpec | None:
        return importlib.util.find_spec("json") if name in installed else None

    monkeypatch.setattr(wattlab.keras, "find_spec", find)
    monkeypatch.setattr(loading, "find_spec", find)
    with pytest.raises(MissingExtraError, match=rf"pip install 'wattlab\[{extra}\]'"):
        _ = wattlab.keras.CostCallback
