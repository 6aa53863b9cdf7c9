"""A finished run: its record, history, recipe and model, read from its folder when asked for."""

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from wattlab.errors import RunError
from wattlab.recipe import Recipe
from wattlab.recipe.text import read
from wattlab.records.card import card_html, card_text, format_score
from wattlab.records.history import EPOCH_COLUMNS, History
from wattlab.records.kept_weights import KeptWeights
from wattlab.records.record import RunRecord

if TYPE_CHECKING:
    from wattlab.records.model import Model

__all__ = ["Run"]


class Run:
    """One training, kept in a folder.

    Parameters
    ----------
    path : Path or str
        The run's folder, with ``recipe.toml``, ``record.json``, ``history.npz`` and ``weights.safetensors``.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> run.record.test_accuracy > 0.9
    True
    >>> run.model.predict([[0.0, 1.0], [1.0, -0.5]])
    array([0, 1])
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @property
    def id(self) -> str:
        """Name of the run: that of its folder."""
        return self.path.name

    @cached_property
    def record(self) -> RunRecord:
        """What came out and what it cost; `wattlab.errors.RunError` if it is damaged."""
        path = self.path / "record.json"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{str(path)!r} cannot be read ({error}); the run is damaged: delete its folder"
            raise RunError(msg) from error
        return RunRecord.from_json(text, str(path))

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe as it was trained, all changes included."""
        return read(Recipe, self.path / "recipe.toml")

    @cached_property
    def history(self) -> History:
        """The course of the training; `wattlab.errors.RunError` if it is damaged."""
        path = self.path / "history.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                history = History(dict(arrays))
        except (OSError, ValueError, EOFError, TypeError, BadZipFile, zlib.error) as error:
            msg = f"{str(path)!r} cannot be read ({error}); the run is damaged: delete its folder"
            raise RunError(msg) from error
        lacking = sorted(EPOCH_COLUMNS.keys() - history.arrays.keys())
        if lacking:
            msg = f"{str(path)!r} has no {', '.join(lacking)}; the run is damaged: delete its folder"
            raise RunError(msg)
        return history

    @cached_property
    def model(self) -> Model:
        """The trained network with its preparation, ready to predict."""
        from wattlab.records.model import Model

        facts = self.record.dataset
        return Model.load(self.path / "weights.safetensors", self.recipe, facts.classes, facts.image_shape)

    @cached_property
    def weights_by_epoch(self) -> KeptWeights:
        """The weights by finished epochs, each read when asked for; the last alone where no others were kept."""
        return KeptWeights(self.path, (self.record.epochs, self.model.weights()))

    def model_at(self, epoch: int) -> Model:
        """Return the network as it was after so many epochs; 0: with its initial weights.

        Raises
        ------
        wattlab.errors.RunError
            If the run has not kept those weights: `wattlab.train` does with ``keep_weights=1``.
        """
        from wattlab.records.model import Model

        kept, facts = self.weights_by_epoch, self.record.dataset
        if epoch not in kept:
            msg = (
                f"run {self.id!r} has kept no weights of epoch {epoch}, only of {', '.join(map(str, kept))}; "
                "train with --keep-weights 1 to keep those of each"
            )
            raise RunError(msg)
        return Model(self.recipe, self.model.transform, kept[epoch], facts.classes, facts.image_shape)

    def __repr__(self) -> str:
        record = self.record
        return f"Run({self.id!r}: {record.score_name} {format_score(record.test_score)} after {record.epochs} epochs)"

    def __str__(self) -> str:
        return card_text(self.record)

    def _repr_html_(self) -> str:
        return card_html(self.record)
