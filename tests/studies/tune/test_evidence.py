"""A recipe with evidence is a recipe, and says what was found and what was not."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import UserError
from wattlab.recipe import Recipe
from wattlab.studies.trainings.censored import censored_median, censored_ratio
from wattlab.studies.tune.evidence import WINNER, pick_toml, winner_toml
from wattlab.studies.tune.notes import tune_notes
from wattlab.studies.tune.sentences import adam_sentence, opened_sentence, verdict_sentences
from wattlab.studies.tune.wording import ranking_sentence, span_text
from wattlab.training import train

from .answers import (
    ADAM,
    BEST,
    BEST_TRIALS,
    CLOSE,
    KINDS,
    OPENED,
    answer,
    clear_answer,
    finalist,
    nothing_reached,
    one_candidate,
    several_goals,
    trial,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.tune.answer import Tune


SLOWER = (2.4, 2.3, 2.5, 2.4, 2.45)
QUICK = (0.7, 0.68, 0.72, 0.71, 0.7)
OPENED_ONCE = "Test part (360 samples), opened once: accuracy"


def comments(text: str) -> str:
    """Return the evidence as one line."""
    head = text[: text.index("\n\n")]
    assert all(line.startswith("#") for line in head.splitlines())
    return " ".join(line.lstrip("# ") for line in head.splitlines())


def evidence(found: Tune) -> str:
    text = winner_toml(found)
    assert text is not None
    assert all(len(line) <= 110 for line in text[: text.index("\n\n")].splitlines())
    return text


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_an_answer_reads_back(make: Callable[[], Tune]) -> None:
    found = make()
    assert type(found).model_validate_json(found.to_json()) == found


def test_the_winner_is_a_recipe_that_reads_back_and_trains(tmp_path: Path) -> None:
    found = answer()
    path = tmp_path / WINNER
    path.write_text(evidence(found), encoding="utf-8")
    recipe = Recipe.named(str(path))
    assert recipe == Recipe.from_toml(str(found.recipe))
    assert recipe.evaluation.test
    assert recipe.stop.target == 0.95
    assert recipe.optimizer.learning_rate == found.finalists[0].values["learning_rate"]
    run = train(recipe.with_changes({"training.epochs": 2}), runs=tmp_path)
    assert 0 < run.record.test_score <= 1


def test_every_field_is_explained() -> None:
    text = evidence(answer())
    assert text.endswith(Recipe.from_toml(text).to_toml())
    assert "batch_size = 64  # Samples per update" in text


def test_the_evidence_says_where_when_and_how_it_was_found() -> None:
    said = comments(evidence(answer()))
    first, second = BEST_TRIALS
    for part in (
        "2026-11-27 18:55 UTC, study tune-digits-20261127-185500",
        "AMD EPYC · 2 cores",
        "wattlab 0.1.0, python CPython 3.11.7",
        "least time to accuracy 0.95",
        "not by energy as was asked",
        "244 to decide on, 360 to test",
        f"trial {first} (",
        "5 of 5 seeds reached 0.95 (90% interval of the share 65%-100%)",
        "time to the target: median 1.41 s (90% interval 1.38-1.45 s)",
        "energy to the target: median 16.9 J (90% interval 16.6-17.4 J), modelled",
        f"No difference: trial {second} cannot be told from it. Worse, and not only by chance: base recipe.",
        "ratio 1.01 (90% interval 0.986-1.05); no difference",
        "repeated with 1, 2, 3, 4 and 5; the search trained with 0, the recipe's own",
        f"in one training: trial {first} is about 4.2 times cheaper in time",
        "opened once: accuracy 0.9556, at or above the target",
        "26 trials: 11 reached the target",
        "TPE (multivariate, group), seed 0",
        "learning_rate 0.01 … 1 (log)",
        "another machine, engine version or load has other costs",
        "energy was modelled here, not measured",
    ):
        assert part in said


def test_a_name_cannot_break_out_of_its_comment() -> None:
    bad = finalist(2, BEST, label='evil"\nseed = 7\r\x0b# ')
    found = answer(finalists=(bad,), recipe=bad.recipe)
    text = evidence(found)
    assert Recipe.from_toml(text).seed == 0
    tomllib.loads(text)


def test_no_winner_no_recipe() -> None:
    assert winner_toml(nothing_reached()) is None
    assert winner_toml(several_goals()) is None


def test_a_point_of_the_front_is_picked_by_its_trials_number() -> None:
    found = several_goals()
    repeated = found.finalists[1]
    text = pick_toml(found, repeated.trial)
    said = comments(text)
    assert Recipe.from_toml(text).evaluation.test
    assert "3 of 3 trainings came to their end" in said
    assert "on the front; it was chosen by hand" in said
    assert "the test part was not opened for it" in said


def test_a_trial_that_was_not_repeated_says_so() -> None:
    found = several_goals()
    alone = next(one for one in found.front if one not in {each.trial for each in found.finalists})
    text = pick_toml(found, alone)
    assert "it was not repeated over seeds, and chosen by hand" in comments(text)
    assert "of one training" in comments(text)
    assert Recipe.from_toml(text).training.batch_size == found.trials[alone].values["batch_size"]


@pytest.mark.parametrize("number", [7, 999])
def test_a_trial_without_a_recipe_cannot_be_picked(number: int) -> None:
    with pytest.raises(UserError, match=rf"no recipe of a trial {number}; on the front are: \d+"):
        pick_toml(several_goals(), number)


def test_a_clear_winner_and_a_baseline_that_missed() -> None:
    found = clear_answer()
    assert "It is better than every other candidate, and not only by chance." in verdict_sentences(found)
    assert adam_sentence(found).endswith(
        "did not reach 0.95 in one training of 60 epochs (18.3 s; its best is 0.9467): "
        f"trial {BEST_TRIALS[0]} is at least 13.0 times cheaper in time."
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ratio": 0.2}, "is dearer in time, about 5.0 times as much."),
        ({"ratio": 1.06}, f", which cannot tell whether trial {BEST_TRIALS[0]} is cheaper in time."),
        ({"ratio": 0.5}, f", which cannot tell whether trial {BEST_TRIALS[0]} is cheaper in time."),
        (
            {"reached": False, "cost": {"time": None}, "ratio": 1.2},
            "takes: it cannot be said which is cheaper.",
        ),
        ({"reached": False, "cost": {"time": None}, "ratio": None}, "its best is 0.9514)."),
        (
            {"reached": False, "cost": {}, "epochs": 0, "reason": "out of memory."},
            "has no result: out of memory.",
        ),
    ],
)
def test_a_baseline_is_never_made_better_or_worse_than_it_is(facts: dict[str, object], said: str) -> None:
    assert adam_sentence(answer(baseline=ADAM.model_copy(update=facts))).endswith(said)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (
            SLOWER,
            r"5 of 5 seeds reached 0\.95; time median 2\.40 s .* is 1\.70 times cheaper in time \(90% interval 1\.",
        ),
        (CLOSE, r"No difference to trial \d+ in time \(ratio 1\.01, 90% interval 0\.98"),
        (QUICK, r"is dearer in time, 2\.01 times as much \(90% interval \d\.\d+-2\.\d+\)\.$"),
        ((None,) * 5, r"0 of 5 seeds reached 0\.95\. Trial \d+ is infinitely many times cheaper in time"),
    ],
)
def test_a_baseline_that_was_repeated_is_compared_by_its_seeds(
    times: tuple[float | None, ...], said: str
) -> None:
    repeated = ADAM.model_copy(
        update={
            "n": 5,
            "n_reached": sum(one is not None for one in times),
            "spans": {"time": censored_median(times, "s")} if any(times) else {},
            "compared": censored_ratio(times, BEST),
        }
    )
    found = answer(baseline=repeated)
    assert re.search(said, adam_sentence(found))
    assert "one training" not in adam_sentence(found)
    assert adam_sentence(found)[:60] in comments(evidence(found))


def test_without_a_target_the_baseline_has_a_score_only() -> None:
    assert adam_sentence(several_goals()).endswith("accuracy 0.9514 after 6.1 s, in one training.")
    assert adam_sentence(one_candidate()) == ""


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"opened": None}, "The test part is still closed."),
        (
            {"opened": OPENED.model_copy(update={"test_score": None, "failure": "it diverged."})},
            "The test part was not opened: it diverged.",
        ),
        (
            {"opened": OPENED.model_copy(update={"test_score": 0.94, "reached": False})},
            f"{OPENED_ONCE} 0.9400, below the target 0.95, which was reached on the validation part.",
        ),
        (
            {"opened": OPENED.model_copy(update={"reached": None}), "target": None},
            f"{OPENED_ONCE} 0.9556.",
        ),
    ],
)
def test_what_the_test_part_said(facts: dict[str, object], said: str) -> None:
    assert opened_sentence(answer(**facts)) == said


def test_why_there_is_no_winner() -> None:
    best = answer(finalists=(), winner=None, recipe=None, opened=None)
    assert "was not repeated over seeds, so no winner is named" in verdict_sentences(best)[0]
    assert verdict_sentences(nothing_reached()) == ("No recipe is written, as no trial reached 0.95.",)
    missed = (finalist(2, [None, None, 1.0], "missed"),)
    assert verdict_sentences(answer(finalists=missed, winner=None)) == ("No recipe is written.",)
    assert "so you choose." in verdict_sentences(several_goals())[0]


def test_measured_energy_is_said_to_be_measured() -> None:
    said = ranking_sentence(answer(goals=("energy",), asked_goals=("energy",)))
    assert said.startswith("Ranked by energy, which a sensor measured.")
    both = ranking_sentence(answer(goals=("time", "memory"), asked_goals=("time", "memory")))
    assert both.startswith("The front is by time and peak memory: none comes first.")


def test_a_median_without_an_end_has_none() -> None:
    spans: dict[str, list[float | None]] = {
        "one training": [1.0],
        "no median, as 2 of 3 seeds missed": [1.0, None, None],
        "interval from 1.00 s, without an end": [1.0, 2.0, None],
        "median 2.00 s (75% interval 1.00-3.00 s)": [1.0, 2.0, 3.0],
    }
    for said, times in spans.items():
        assert said in span_text(finalist(2, times).spans["time"])


def test_a_start_that_takes_most_of_the_time_is_told() -> None:
    slow = trial(BEST_TRIALS[0], cost={"time": 1.0}, elapsed_s=(0.9, 1.0), scores=(0.5, 0.95))
    (said,) = [note for note in tune_notes(answer(trials=(slow,))) if "before its first step" in note]
    assert said.startswith("80% of the best trial's time")
    quick = slow.model_copy(update={"elapsed_s": (0.5, 1.0)})
    assert not any("before its first step" in note for note in tune_notes(answer(trials=(quick,))))
