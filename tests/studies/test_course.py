"""The course of every study: what is left when it fails, is interrupted, or ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wattlab.errors import UserError
from wattlab.studies.course import StudyInterrupted, begin, carry_out


class Interrupted(StudyInterrupted[str]):
    verb, noun = "try", "attempt"


class Witness:
    """Stands for folder, work and observer, and notes what it is asked, in order."""

    id = "try-1"
    n_done = 2

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.seen = error, list[str]()

    def prepare(self, plan: str) -> None:
        self.seen.append(f"prepared {plan}")

    def plan(self) -> Any:
        raise AssertionError

    def discard(self) -> None:
        self.seen.append("discarded")

    def close(self) -> None:
        self.seen.append("closed")

    def run(self) -> None:
        if self.error is not None:
            raise self.error

    def ended(self) -> None:
        self.seen.append("ended")

    def write(self) -> str:
        self.seen.append("written")
        return "answer"


def start(witness: Witness) -> str:
    def make_plan(study: str) -> Any:
        return f"plan of {study}"

    return begin(
        witness,
        make_plan,
        lambda folder, _: carry_out(witness, Path(folder.id), witness.write, witness, Interrupted),
    )


def test_the_plan_is_written_first_and_the_folder_let_go_at_the_end() -> None:
    witness = Witness()
    assert start(witness) == "answer"
    assert witness.seen == ["prepared plan of try-1", "ended", "written", "closed"]


def test_an_interrupt_writes_what_is_known() -> None:
    witness = Witness(KeyboardInterrupt())
    with pytest.raises(Interrupted, match="'try-1' was interrupted after 2 attempts") as interrupted:
        start(witness)
    assert (interrupted.value.folder, interrupted.value.answer) == (Path("try-1"), "answer")
    assert sorted(witness.seen[1:]) == ["closed", "ended", "written"]


def test_without_a_plan_there_is_no_folder() -> None:
    def refuse(study: str) -> Any:
        msg = f"no plan for {study}"
        raise UserError(msg)

    witness = Witness()
    with pytest.raises(UserError, match="no plan for try-1"):
        begin(witness, refuse, lambda *_: "answer")
    assert witness.seen == ["discarded"]


def test_another_error_lets_go_of_the_folder_too() -> None:
    witness = Witness(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        start(witness)
    assert witness.seen[1:] == ["ended", "closed"]
