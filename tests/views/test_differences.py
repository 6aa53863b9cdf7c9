from __future__ import annotations

from typing import Any

import pytest

from wattlab.views.differences import fields, recipe_differences


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": {"b": 1}}, {"a.b": "1"}),
        ({"l": [{"u": 3}, {"u": None}]}, {"l[0].u": "3", "l[1].u": "not set"}),
        ({"k": "é", "f": False, "x": [1, 2]}, {"k": "é", "f": "false", "x": "[1, 2]"}),
    ],
)
def test_fields_are_named_as_error_messages_name_them(value: Any, found: dict[str, str]) -> None:
    assert dict(fields(value)) == found


def test_only_what_differs_is_kept() -> None:
    one = {"name": "a", "description": "first", "same": 1, "other": {"kind": "x"}}
    two = {"name": "b", "description": "second", "same": 1, "other": {"kind": "y", "more": 4}}
    assert recipe_differences([one, two]) == {"other.kind": ("x", "y"), "other.more": ("–", "4")}
