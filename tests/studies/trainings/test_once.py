"""One training in a process of its own: what is told of it, however it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.records.files import write_atomically
from wattlab.records.run import Run
from wattlab.studies.trainings.once import EpochSeen, train_once
from wattlab.studies.trainings.to_target import to_target, worst_provenance
from wattlab.studies.trainings.trained import Trained

from .processes import EPOCHS, install

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

    from .processes import Shelf


@pytest.fixture
def easy(tiny_recipe: Recipe) -> Recipe:
    """Return the tiny recipe on data that it learns at once, with a target, seed 7."""
    changes = {"data.options": {"samples": 120, "classes": 3, "spread": 0.5}, "stop.target": 0.6, "seed": 7}
    return tiny_recipe.with_changes(changes)


def test_a_real_process_tells_all_that_its_run_does(easy: Recipe, folder: Shelf) -> None:
    seen: list[EpochSeen] = []
    found = train_once(easy, folder, "one", candidate=3, on_epoch=seen.append, foreign_load=0.25)
    record, history = Run(folder.runs / "one").record, Run(folder.runs / "one").history
    assert (found.candidate, found.seed, found.run, found.failure, found.foreign_load) == (
        3,
        7,
        "one",
        None,
        0.25,
    )
    assert (found.target, found.reached, found.part, found.score_name) == (0.6, True, "test", "accuracy")
    assert found.target_epoch == record.target_epoch == found.epochs
    assert found.time_to_target is not None
    assert found.time_to_target.value == record.time_to_target_s == found.elapsed_s[-1]
    assert found.energy_to_target == record.energy_to_target
    assert found.wall is not None
    assert found.wall.value is not None
    # What comes after the target, such as writing the run, is in the whole only.
    assert 0 < found.time_to_target.value <= found.wall.value
    assert found.scores == tuple(history["test_score"])
    assert found.best == max(found.scores)  # type: ignore[type-var,unused-ignore]
    assert found.score == found.test_score == record.test_score
    assert [one.epoch for one in seen] == list(range(1, found.epochs + 1))
    assert [one.score for one in seen] == list(found.scores)
    assert [one.elapsed_s for one in seen] == list(found.elapsed_s)
    assert Trained.model_validate_json(found.model_dump_json()) == found
    assert not list(folder.path.glob("recipes/*.epochs"))


def test_what_the_user_can_mend_is_a_refusal(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"one": "import sys; sys.stderr.write('error: no such data'); sys.exit(2)"})
    found = train_once(easy, folder, "one")
    assert (found.cause, found.failure, found.reached, found.has_result) == (
        "refused",
        "no such data",
        False,
        False,
    )
    assert found.wall is not None


def test_a_divergence_is_a_failure_whose_run_is_kept(
    tiny_recipe: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    wild = tiny_recipe.with_changes({"optimizer.learning_rate": 1e300, "stop.target": 0.9999})
    with np.errstate(all="ignore"):
        found = train_once(wild, folder, "one")
    assert found.cause == "diverged"
    assert found.failure is not None
    assert "training diverged" in found.failure
    assert (found.reached, found.time_to_target) == (False, None)
    assert (folder.runs / "one").is_dir()


@pytest.mark.parametrize(
    ("fate", "cause", "said"),
    [
        ("segfault", "crashed", "segmentation fault"),
        ("memory", "out of memory", "memory"),
        ("nothing", "crashed", "without leaving a run"),
    ],
)
def test_a_process_that_left_no_run(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch, fate: str, cause: str, said: str
) -> None:
    install(monkeypatch, {"one": fate})
    found = train_once(easy, folder, "one")
    assert found.cause == cause
    assert said in (found.failure or "")
    assert (found.epochs, found.best, found.reached, found.time_to_target) == (0, None, False, None)


def test_a_process_that_hangs_is_ended_and_its_epochs_are_known(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"one": EPOCHS + "time.sleep(60)"})
    found = train_once(easy, folder, "one", timeout_s=1.0)
    assert found.cause == "timed out"
    # The fourth line was not complete.
    assert (found.epochs, found.scores, found.elapsed_s) == (3, (0.1, 0.2, 0.3), (1.0, 2.0, 3.0))
    assert (found.best, found.score, found.energy_J) == (0.3, 0.3, (None,) * 3)
    assert found.wall is not None
    assert found.wall.value is not None
    assert found.wall.value >= 1.0


def test_a_study_can_end_a_training_that_will_not_do(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"one": EPOCHS + "time.sleep(60)"})
    asked: list[int] = []

    def judge(one: EpochSeen) -> str | None:
        asked.append(one.epoch)
        return "too bad" if one.epoch == 2 else None

    found = train_once(easy, folder, "one", on_epoch=judge)
    assert (found.cause, found.failure) == ("ended early", "too bad")
    # What it finished meanwhile is known, and nobody is asked again.
    assert (found.epochs, asked) == (3, [1, 2])


def test_what_an_interrupted_training_left_is_removed_first(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    first = train_once(easy, folder, "one")
    write_atomically(
        folder.path / "recipes/one.epochs", b'{"epoch": 99, "elapsed_s": 0, "energy_J": 0, "score": 1}\n'
    )
    again = train_once(easy, folder, "one")
    assert again.scores == first.scores
    assert again.epochs == first.epochs


def test_a_training_begins_with_the_weights_of_another(
    tiny_recipe: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    train_once(tiny_recipe, folder, "first")
    still = tiny_recipe.with_changes({"optimizer.learning_rate": 1e-30, "seed": 5})
    second = train_once(still, folder, "second", start_from=str(folder.runs / "first"))
    assert second.test_score == Run(folder.runs / "first").record.test_score


def test_a_target_counts_all_trainings_and_trusts_the_worst_energy(
    easy: Recipe, folder: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"c": "segfault"})
    three = [train_once(easy, folder, name) for name in "abc"]
    found = to_target(three)
    assert found is not None
    assert (found.rate.n_reached, found.rate.n, found.time.n_reached) == (2, 3, 2)
    assert found.time.high is None
    assert found.epochs.median == three[0].target_epoch
    assert found.energy_provenance == worst_provenance([three[0].energy_to_target]) != "missing"
    assert to_target([]) is None
    assert worst_provenance([]) == "missing"
    lost = three[0].model_copy(update={"energy_to_target": None})
    told = to_target([lost, three[1]])
    assert told is not None
    assert (told.energy, told.energy_provenance) == (None, "missing")
