"""Ctrl-C, SIGTERM and kill -9 on the real command: what is finished stays, what is not never looks so."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import wattlab
from wattlab.recipe import Recipe
from wattlab.records.store import RunStore
from wattlab.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.records.run import Run

    from .conftest import Command, Start  # type: ignore[import-not-found,unused-ignore]

EPOCHS = 12
FILES = ["history.npz", "recipe.toml", "record.json", "weights.safetensors"]
TIMES = {"shuffle_s", "batches_s", "evaluation_s", "elapsed_s", "energy_J"}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def same(run: Run, other: Run) -> None:
    for name, array in run.model.weights().items():
        assert array.tobytes() == other.model.weights()[name].tobytes()
    for name in run.history.arrays.keys() - TIMES:
        np.testing.assert_array_equal(run.history[name], other.history[name])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_signal_saves_and_resume_goes_on(
    start: Start, outside: Command, tmp_path: Path, number: signal.Signals
) -> None:
    epochs = 3000  # far more than are trained before the signal
    process = start("train", "digits", "--name", "cut", "--set", f"training.epochs={epochs}")
    assert process.stderr is not None
    lines = [process.stderr.readline() for _ in range(2)]
    assert re.match(rf"epoch \d+/{epochs}  loss", lines[1]), lines
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    match = re.search(
        r"interrupted after (\d+) epochs?, which (?:is|are) saved; go on with: wattlab resume cut$",
        err,
        re.MULTILINE,
    )
    assert match is not None, err
    done = int(match[1])
    assert 1 <= done < epochs
    assert "Traceback" not in err
    partial = tmp_path / "wattlab-runs" / "cut.partial"
    recipe = partial / "recipe.toml"
    assert "interrupted; go on with: wattlab resume cut" in outside("runs").err
    # Two more epochs are enough for this test.
    shorter = Recipe.named(str(recipe)).with_changes({"training.epochs": done + 2})
    recipe.write_text(shorter.to_toml())
    said = outside("resume", "cut", "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    run = RunStore().find("cut")
    assert (run.record.epochs, run.record.sessions) == (done + 2, 2)
    assert sorted(snapshot(run.path)) == FILES


def inspect(folder: Path, whole: Run, older: dict[str, bytes]) -> str:
    """Check what a killed training left, mend it as a user would, and say what it was."""
    finished, unfinished, damaged = RunStore(folder).list()
    assert damaged == []
    assert snapshot(folder / "older") == older
    assert not any(one.in_use for one in unfinished)
    found = {run.id for run in finished}
    assert "older" in found
    if "new" in found:
        run = RunStore(folder).find("new")
        assert run.record.epochs == EPOCHS
        same(run, whole)
        assert unfinished == []
        return "finished"
    if not unfinished:
        return "nothing"
    assert [one.id for one in unfinished] == ["new"]
    if not unfinished[0].resumable:
        return "begun"
    same(wattlab.resume("new", runs=folder), whole)
    assert set(snapshot(folder / "new")) == set(FILES)
    return "resumable"


@pytest.fixture
def digits() -> Recipe:
    changes = {"training.epochs": EPOCHS, "checkpoint.every": 2, "training.batch_size": 256}
    return Recipe.named("digits").with_changes(changes)


def test_kill_9_at_random_moments_never_leaves_a_false_run(
    start: Start, digits: Recipe, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    (tmp_path / "digits.toml").write_text(digits.to_toml())
    train(digits, runs=folder, name="older")
    older = snapshot(folder / "older")
    whole = train(digits, runs=tmp_path / "other", name="whole")
    arguments = ("train", "digits.toml", "--runs", str(folder), "--name", "new", "-q")
    began_s = time.perf_counter()
    process = start(*arguments)
    assert process.communicate(timeout=60) == ("", "")
    duration_s = time.perf_counter() - began_s
    assert inspect(folder, whole, older) == "finished"
    draws = random.Random(2)
    for _ in range(8):
        for path in folder.glob("new*"):
            for file in path.iterdir():
                file.unlink()
            path.rmdir()
        process = start(*arguments)
        time.sleep(draws.uniform(0.3, 1.0) * duration_s)
        process.kill()
        process.communicate(timeout=60)
        inspect(folder, whole, older)


_KILL_AT = """
import os, pathlib, sys
import wattlab
from wattlab.recipe import Recipe
from wattlab.training import train

recipe = Recipe.named(sys.argv[1])
wattlab.load(recipe.data)

def in_child(number, folder):
    count = 0
    def dying(call):
        def wrapped(*args, **options):
            nonlocal count
            # The meter looks at /proc when its time has come: no disk is touched.
            count += not str(args[0]).startswith("/proc/")
            if count == number:
                os.kill(os.getpid(), 9)
            return call(*args, **options)
        return wrapped
    for owner, name in [(os, "fsync"), (os, "mkdir"), (os, "replace"), (os, "rename"), (os, "unlink"), (os, "open")]:
        setattr(owner, name, dying(getattr(owner, name)))
    train(recipe, runs=folder, name="new")
    os._exit(0)

number = 0
while True:
    number += 1
    child = os.fork()
    if child == 0:
        in_child(number, pathlib.Path(sys.argv[2]) / str(number))
    if os.waitpid(child, 0)[1] == 0:
        break
print(number)
"""


def test_kill_9_at_every_touch_of_the_disk_never_leaves_a_false_run(digits: Recipe, tmp_path: Path) -> None:
    recipe = digits.with_changes({"checkpoint.every": 5})
    (tmp_path / "digits.toml").write_text(recipe.to_toml())
    whole = train(recipe, runs=tmp_path / "other", name="whole")
    folder = tmp_path / "runs"
    output = subprocess.run(
        [sys.executable, "-c", _KILL_AT, "digits.toml", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout
    last = int(output.strip())
    left = []
    for number in range(1, last + 1):
        place = folder / str(number)
        older = place / "older"
        if not place.exists():
            left.append("nothing")
            continue
        older.mkdir()
        for name, content in snapshot(whole.path).items():
            (older / name).write_bytes(content)
        left.append(inspect(place, whole, snapshot(older)))
    assert left[-1] == "finished"
    assert list(dict.fromkeys(left)) == ["nothing", "begun", "resumable", "finished"]
    assert left == sorted(left, key=["nothing", "begun", "resumable", "finished"].index)
