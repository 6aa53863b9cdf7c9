"""What every plot function returns: the figure, and its data as a frozen named tuple."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args

import pytest

import wattlab

if TYPE_CHECKING:
    from collections.abc import Iterator

PLOTS = sorted(name for name in wattlab.__all__ if name.startswith("plot_"))


def data_types(function: Any) -> Iterator[type]:
    """Yield the types of the data that a plot function is annotated to return; mypy checks that it does."""
    module = inspect.getmodule(function)
    assert module is not None
    source = inspect.getsource(module)
    imported = {
        alias.asname or alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for part in inspect.signature(function).return_annotation.split("|"):
        name = part.strip().removeprefix("Plot[").removesuffix("]")
        bound = re.search(rf'{name} = TypeVar\("{name}", bound=(\w+)\)', source)
        name = bound[1] if bound else name
        found = getattr(import_module(imported.get(name, module.__name__)), name)
        yield from get_args(found) or (found,)


@pytest.mark.parametrize("name", PLOTS)
def test_the_data_of_a_plot_is_a_named_tuple(name: str) -> None:
    function = getattr(wattlab, name)
    types = list(data_types(function))
    assert types
    for one in types:
        assert issubclass(one, tuple), one
        assert one._fields  # type: ignore[attr-defined]
        assert one.__doc__
    assert "theme" in inspect.signature(function).parameters


def test_there_is_a_plot_for_each_module_that_has_one() -> None:
    assert len(PLOTS) > 20
