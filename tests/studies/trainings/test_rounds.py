"""Rounds of trainings: order, resume, what is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.studies.plan import round_order
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds
from wattlab.studies.trainings.trained import Cause, Trained

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

    from .processes import Shelf


class Trainer:
    """Stands for `train_once`."""

    def __init__(self) -> None:
        self.done: list[tuple[int, int]] = []
        self.options: list[dict[str, Any]] = []
        self.fates: dict[tuple[int, int], Cause] = {}
        self.interrupt_after: int | None = None

    def __call__(
        self, recipe: Recipe, folder: Shelf, name: str, *, candidate: int, **options: Any
    ) -> Trained:
        if len(self.done) == self.interrupt_after:
            raise KeyboardInterrupt
        assert name == f"candidate-{candidate:03d}-seed-{recipe.seed}"
        self.done.append((candidate, recipe.seed))
        self.options.append(options)
        cause = self.fates.get((candidate, recipe.seed))
        return Trained(
            candidate=candidate, seed=recipe.seed, run=name, cause=cause, failure=cause and f"it {cause}"
        )


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture
def candidates(tiny_recipe: Recipe) -> list[Candidate]:
    other = tiny_recipe.with_changes({"seed": 100})
    return [
        Candidate.of("a", tiny_recipe),
        Candidate.of("b", other, "runs/before"),
        Candidate.of("c", tiny_recipe),
    ]


def rounds(
    shelf: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any, seeds: int = 3
) -> TrainingRounds:
    return TrainingRounds(
        shelf, candidates, seeds, 5, watcher, timeout_s=9.0, train=trainer, load=lambda _: 0.125
    )


def test_each_round_trains_every_candidate_once_in_its_own_order(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any
) -> None:
    one = rounds(folder, candidates, trainer, watcher)
    assert (one.n_trials, one.n_done, one.complete) == (9, 0, False)
    one.run()
    expected = [
        (place, number + (100 if place == 1 else 0))
        for number in range(3)
        for place in round_order(5, number, 3)
    ]
    assert trainer.done == expected
    assert (one.n_done, one.complete) == (9, True)
    assert [trained.seed for trained in one.of(1)] == [100, 101, 102]
    assert {options["timeout_s"] for options in trainer.options} == {9.0}
    assert {options["foreign_load"] for options in trainer.options} == {0.125}
    starts = {
        place: options["start_from"]
        for (place, _), options in zip(trainer.done, trainer.options, strict=True)
    }
    assert starts == {0: None, 1: "runs/before", 2: None}
    assert ("finished", "b", 3, 3) in watcher.told


def test_what_was_interrupted_goes_on_where_it_ended(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any
) -> None:
    trainer.interrupt_after = 4
    with pytest.raises(KeyboardInterrupt):
        rounds(folder, candidates, trainer, watcher).run()
    trainer.interrupt_after = None
    again = rounds(folder, candidates, trainer, watcher)
    assert again.n_done == 4
    again.run()
    assert len(trainer.done) == len(set(trainer.done)) == 9
    whole = Trainer()
    fresh = rounds(folder, candidates, whole, watcher)
    fresh.run()
    assert whole.done == []
    assert fresh.trained == again.trained


@pytest.mark.parametrize(
    ("cause", "tries"),
    [
        ("refused", 1),
        ("crashed", 1),
        ("out of memory", 1),
        ("timed out", 3),
        ("diverged", 3),
        ("ended early", 3),
    ],
)
def test_a_candidate_that_would_fail_again_is_given_up(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any, cause: Cause, tries: int
) -> None:
    trainer.fates = {(0, seed): cause for seed in range(3)}
    one = rounds(folder, candidates, trainer, watcher)
    one.run()
    assert len(one.of(0)) == tries
    assert [len(one.of(place)) for place in (1, 2)] == [3, 3]
    assert one.complete
    assert ("failed", "a", 1, 3) in watcher.told


def test_one_crash_after_a_success_does_not_give_a_candidate_up(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any
) -> None:
    trainer.fates = {(0, 1): "crashed"}
    one = rounds(folder, candidates, trainer, watcher)
    one.run()
    assert [trained.cause for trained in one.of(0)] == [None, "crashed", None]


def test_a_candidate_that_cannot_run_is_not_tried(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any
) -> None:
    candidates[1] = candidates[1].model_copy(update={"refusal": "no such device"})
    one = rounds(folder, candidates, trainer, watcher)
    assert one.n_trials == 6
    one.run()
    assert {place for place, _ in trainer.done} == {0, 2}
    assert one.complete


def test_a_budget_ends_it_between_two_trainings(
    folder: Shelf, candidates: list[Candidate], trainer: Trainer, watcher: Any
) -> None:
    one = rounds(folder, candidates, trainer, watcher)
    one.run(lambda: len(trainer.done) < 2)
    assert len(trainer.done) == 2
    assert not one.complete
