"""What a demonstration found, as data, with when and where."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from functools import singledispatch
from math import isfinite
from typing import Any

import numpy as np
from pydantic import BaseModel

__all__ = ["Demonstrated", "Outcome", "plain"]


class Demonstrated(ABC):
    """What was found: a frozen dataclass of numbers and arrays."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """Say in one sentence, with the numbers found, what it shows."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """Say what a reader must know, what is missing included."""


@dataclass(frozen=True, repr=False)
class Outcome:
    """One demonstration on one machine.

    Attributes
    ----------
    name : str
        What was run.
    title : str
        What it is about.
    result : Demonstrated
        What was found.
    machine : str
        The machine in one line.
    created_utc : str
        When, in ISO 8601.
    wattlab_version : str
    """

    name: str
    title: str
    result: Demonstrated
    machine: str
    created_utc: str
    wattlab_version: str

    def __repr__(self) -> str:
        return f"Outcome({self.name!r}: {self.result.sentence} Draw it: wattlab.draw(outcome))"

    def to_json(self) -> str:
        """Return everything as JSON; what is no finite number is null."""
        told = {**plain(self), "sentence": self.result.sentence, "notes": list(self.result.notes)}
        return json.dumps(told, indent=1, ensure_ascii=False)


@singledispatch
def plain(value: Any) -> Any:
    """Return dataclasses, arrays and fractions as what JSON has; what is no finite number is None.

    Parameters
    ----------
    value : object
        Of a class that JSON or this function knows, or a collection of such.

    Examples
    --------
    >>> plain({"a": np.array([1.0, np.nan]), "b": Fraction(1, 3)})
    {'a': [1.0, None], 'b': '1/3'}
    """
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value


@plain.register
def _(value: float) -> float | None:
    return value if isfinite(value) else None


@plain.register
def _(value: Fraction) -> str:
    return str(value)


@plain.register(list)
@plain.register(tuple)
def _(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    return [plain(one) for one in value]


@plain.register(dict)
def _(value: dict[str, Any]) -> dict[str, Any]:
    return {str(key): plain(one) for key, one in value.items()}


@plain.register(np.ndarray)
def _(value: np.ndarray[Any, Any]) -> Any:
    return plain(value.tolist())


@plain.register
def _(value: BaseModel) -> Any:
    return plain(value.model_dump())
