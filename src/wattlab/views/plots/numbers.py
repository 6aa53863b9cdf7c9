"""The data of a plot as JSON."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from math import isfinite
from pathlib import PurePath
from typing import Any

import numpy as np
from pydantic import BaseModel

__all__ = ["to_json"]


def to_json(data: object) -> str:
    """Return data as JSON: named tuples and dataclasses as objects, arrays as lists, NaN and infinity as null.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Found(NamedTuple):
    ...     name: str
    ...     values: np.ndarray
    >>> to_json(Found("a", np.array([1.5, np.nan])))
    '{"name": "a", "values": [1.5, null]}'
    """
    return json.dumps(_plain(data), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (str, bool, int, type(None))) and not isinstance(value, Enum):
        return value
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if isfinite(value) else None
    return _plain_parts(value)


def _plain_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_plain(one) for one in value]
    if isinstance(value, (PurePath, Enum)):
        return str(value)
    msg = f"a {type(value).__name__} has no place in JSON"
    raise TypeError(msg)
