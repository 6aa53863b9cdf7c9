"""What stands around the tables of a tuning study: how it was made, how to read it, what went wrong, how to go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.trainings.censored import ENOUGH
from wattlab.studies.tune import sentences, wording
from wattlab.studies.tune.evidence import WINNER
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.studies.tune.answer import Tune, TunedTrial

__all__ = ["Command", "circumstances", "commands", "findings", "machine", "reading", "remarks", "troubles"]

_MANY: Final = 3
_FIGURE: Final = re.compile(r"\d[\d.]*")


class Command(NamedTuple):
    """How to go on."""

    aim: str
    text: str


def circumstances(answer: Tune) -> str:
    """Return in one line what was asked, and how and when it was answered."""
    seeds = max((one.n for one in answer.finalists), default=0)
    n = len(answer.finalists)
    repeated = (
        [f"{n} candidate{'' if n == 1 else 's'} × {seeds} seed{'' if seeds == 1 else 's'}"] if n else []
    )
    finished = [] if answer.complete else ["not finished"]
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    trials = f"{len(answer.trials)} trial{'' if len(answer.trials) == 1 else 's'}"
    return " · ".join(
        (*finished, trials, *repeated, answer.dataset, when, f"wattlab {answer.wattlab_version}")
    )


def machine(answer: Tune) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def findings(answer: Tune) -> tuple[tuple[str, Remark], ...]:
    """Return what came out, by kind: the answer, or that there is none."""
    kind = "answer" if answer.finalists and (answer.written or len(answer.goals) > 1) else "no winner"
    found = [(kind, one) for one in sentences.verdict_sentences(answer)]
    found += [("answer", one) for one in [sentences.adam_sentence(answer)] if one]
    below = answer.opened is not None and answer.opened.reached is not True and answer.target is not None
    tested = sentences.opened_sentence(answer)
    found += [("note" if below else "answer", tested)] if tested else []
    return tuple((kind, Remark("", text)) for kind, text in found)


def troubles(answer: Tune) -> tuple[tuple[str, Remark], ...]:
    """Return why trials were not started or failed, once for all that say the same but for a figure."""
    said: dict[tuple[str, str], list[TunedTrial]] = {}
    for one in answer.trials:
        if one.state in {"too slow", "refused", "failed"}:
            said.setdefault((one.state, _FIGURE.sub("", one.reason)), []).append(one)
    repeated = [
        ("failed", Remark(wording.candidate(one), text))
        for one in answer.finalists
        for text in dict.fromkeys(one.failures)
    ]
    trials = ((which[0].state, Remark(_numbers(which), which[0].reason)) for which in said.values())
    return (*trials, *repeated)


def _numbers(which: Sequence[TunedTrial]) -> str:
    first, *others = (str(one.number) for one in which)
    if not others:
        return f"trial {first}"
    if len(which) <= _MANY:
        return f"trials {', '.join((first, *others))}"
    return f"trial {first} and {len(others)} more"


def remarks(answer: Tune) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["Not finished; what is known so far is shown."]
    return tuple(Remark("", text) for text in (*unfinished, *answer.notes))


def reading(answer: Tune) -> tuple[str, ...]:
    """Return how the study went, and how to read its tables, in whole sentences."""
    said = [
        wording.ranking_sentence(answer),
        wording.spent_sentence(answer),
        f"{wording.counts_text(answer)}.",
    ]
    if answer.fixed:
        said.append(
            f"The same for all: {', '.join(f'{name} {value}' for name, value in answer.fixed.items())}."
        )
    if answer.importance_note:
        said.append(answer.importance_note)
    if answer.finalists and answer.target is not None:
        said.append(
            "Time and energy are those to the target, medians over the seeds, start-up, data and compiling included; a "
            "seed that missed counts as infinite."
        )
    if any(one.ratio for one in answer.finalists):
        said.append(
            f"Ratio: to the recipe that is written, by the same seeds; above 1 is dearer.{_few(answer)}"
        )
    return tuple(said)


def _few(answer: Tune) -> str:
    fewest = min((one.n for one in answer.finalists), default=ENOUGH)
    if fewest >= ENOUGH:
        return ""
    return f" With fewer than {ENOUGH} seeds its interval is widened (Student), so that little can be told apart."


def commands(answer: Tune, folder: Path | None = None) -> tuple[Command, ...]:
    """Return how to go on, each with its command.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    folder : Path, optional
        The study's; left out: where studies lie by default.
    """
    place = folder if folder is not None else DEFAULT_FOLDER / answer.id
    found = []
    if answer.written is not None:
        found.append(Command("train the winner", f"wattlab train {place / WINNER}"))
    elif len(answer.goals) > 1 and answer.finalists:
        first = answer.finalists[0].trial
        found.append(Command("write one", f"wattlab tune --resume {place} --pick {first} --save chosen.toml"))
    if not answer.complete:
        found.append(Command("go on", f"wattlab tune --resume {place}"))
    return (*found, Command("all trials", answer.dashboard))
