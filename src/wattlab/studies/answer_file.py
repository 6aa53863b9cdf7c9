"""The file in which a study keeps its answer: how it is read, whatever the question was."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from wattlab.errors import RunError
from wattlab.recipe.problems import first_finding

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_answer"]

Answer = TypeVar("Answer", bound=BaseModel)


def read_answer(path: Path, model: type[Answer], noun: str, verb: str) -> Answer:
    """Return what a study found.

    Parameters
    ----------
    path : Path
        The file, in the study's folder.
    model : type
        What it holds.
    noun : str
        What such a study is called, such as "sweep".
    verb : str
        The command that finishes one that was killed, such as "wattlab sweep".

    Raises
    ------
    wattlab.errors.RunError
        If it is not there, damaged, or of a schema version that this wattlab does not know.
    """
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = (
            f"{str(path)!r} cannot be read ({error.strerror or error}); a {noun} that was killed is finished by: "
            f"{verb} --resume {path.parent}"
        )
        raise RunError(msg) from error
    except ValidationError as error:
        msg = f"{str(path)!r} is no {noun} that this wattlab can read, {first_finding(error)}"
        raise RunError(msg) from error
