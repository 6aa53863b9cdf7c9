"""A study: many trials that answer one question; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from wattlab.errors import RunError
from wattlab.recipe.problems import first_finding
from wattlab.records.run import Run
from wattlab.studies.row import Answer, Row, Trial
from wattlab.studies.tables import study_html_table

__all__ = ["ANSWER", "Study", "check_machine"]

ANSWER = "study.json"
"""File that holds it, in the study's folder."""


class Study(Answer):
    """The answer to one question, with all it rests on."""

    question: Literal["compare"]
    rounds: int
    """Rounds that were planned."""
    complete: bool
    """Whether every trial was run."""
    rows: tuple[Row, ...]
    """The first is the baseline."""
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, label: str) -> Row:
        """Return the row of that label."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)

    def _repr_html_(self) -> str:
        return study_html_table(self.rows)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, source: str) -> Study:
        """Read a study back; `source` names it in errors.

        Raises
        ------
        wattlab.errors.RunError
            If it is damaged, or of a schema version that this wattlab does not know.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            msg = f"{source} is no study that this wattlab can read, {first_finding(error)}"
            raise RunError(msg) from error

    @classmethod
    def load(cls, folder: Path | str) -> Study:
        """Read a study from its folder, and make sure that one machine measured all of it.

        Parameters
        ----------
        folder : path
            With ``study.json`` and ``runs``.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there or damaged, or if a run in it comes from another machine than the study.
        """
        path = Path(folder) / ANSWER
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{str(path)!r} cannot be read ({error}); a study that was killed is finished by: "
            msg += f"wattlab compare --resume {folder}"
            raise RunError(msg) from error
        study = cls.from_json(text, str(path))
        for trial in study.trials:
            if trial.run_id is not None:
                check_machine(Run(Path(folder) / "runs" / trial.run_id), str(study.machine.get("id")))
        return study


def check_machine(run: Run, machine_id: str) -> None:
    """Raise `wattlab.errors.RunError` unless a run was measured on the machine of that id."""
    found = run.record.machine
    if found.get("id") != machine_id:
        msg = (
            f"run {run.id!r} was measured on another machine ({found.get('line') or found.get('id')}) than the "
            f"study (id {machine_id}): results of different machines do not compare; measure all on one"
        )
        raise RunError(msg)
