"""``wattlab compare``: what it prints, how it ends, and how it goes on."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.studies import compare as compare_module
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command, Start  # type: ignore[import-not-found,unused-ignore]


def study_of(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    return folder


@pytest.mark.slow
def test_ctrl_c_tells_how_to_go_on_and_the_rest_is_done(
    start: Start, outside: Command, tiny: str, tmp_path: Path
) -> None:
    process = start("compare", tiny, "--engines", "native,sklearn", "--rounds", "1", "--epochs", "2")
    assert process.stderr is not None
    said = [process.stderr.readline()]
    while said[-1] and not re.match(r"round 1/1 .* finished", said[-1]):
        said.append(process.stderr.readline())
    time.sleep(
        0.2
    )  # the next trial looks for a quiet machine; a signal amid opening a file would be a warning
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    folder = study_of(tmp_path)
    assert process.returncode == 130, (said, err)
    assert "interrupted after 1 trial, which is saved; go on with: " in err
    assert err.rstrip().endswith(f"wattlab compare --resume wattlab-studies/{folder.name}")
    assert "Traceback" not in "".join(said) + err
    assert out == ""
    assert sum(line.startswith("verified") for line in said) == 4
    interrupted = Study.load(folder)
    assert (interrupted.complete, len(interrupted.trials)) == (False, 1)

    again = outside("compare", "--resume", str(folder), "--json", "-q", "-o", "study.json")
    assert (again.code, again.err) == (0, "")
    study = Study.from_json(again.out, "standard output")
    assert study == Study.load(folder)
    assert study == Study.from_json((tmp_path / "study.json").read_text(), "study.json")
    assert study.complete
    assert interrupted.trials[0] in study.trials
    assert [row.verdict for row in study.rows] == ["baseline", "control", "unknown"]
    assert "scikit-learn" in study["sklearn"].engine
    assert all(row.verification is not None and row.verification.passed for row in study.rows)
    assert all(row.total is not None and row.total.median > 0.1 for row in study.rows)  # with the interpreter


@pytest.mark.slow
def test_if_nothing_can_run_every_reason_is_given(here: Command, tiny: str) -> None:
    said = here("compare", tiny, "--set", "data.dataset=no-such-data", "--vary", "seed=1,2", "-q")
    assert (said.code, said.out) == (2, "")
    assert "error: seed 1: native in float64, the reference, failed" in said.err
    assert "error: seed 2: " in said.err
    assert "no-such-data" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engines", "abacus"], "there is no engine 'abacus'"),
        (["--engines", "keras:abacus"], "keras can be keras:tensorflow"),
        (["--engines", "native,,torch"], "empty name"),
        (["--vary", "precision"], "write it as field=a,b,c"),
        (["--vary", "bath_size=1,2"], "did you mean 'batch_size'"),
        (["--vary", "units=1,2"], "several fields have that name"),
        (["--vary", "precision=float8,float7"], "float8"),
        (["--set", "training.epoch=2"], "training.epoch is not a field"),
        (["--rounds", "0"], "rounds is 0"),
        (["--order-seed", "-1"], "order_seed is -1"),
        (["--engines", "native,torch", "--set", "engine.name=sklearn"], "--set engine.name"),
        (["--threads", "0"], "threads is 0"),
        (["--epochs", "0"], "training.epochs is 0"),
        (["--timeout", "soon"], "--timeout: duration 'soon' is not understood"),
        (["-o", "study.pdf"], "'.pdf'"),
        (["-o", "/proc/study.html"], "takes no files"),
        (["--resume", "last"], "RECIPE cannot be said anew"),
    ],
)
def test_a_wrong_command_ends_with_2_before_anything_runs(
    arguments: list[str], message: str, here: Command, tiny: str, tmp_path: Path
) -> None:
    said = here("compare", tiny, *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert message in said.err
    assert not (tmp_path / "wattlab-studies").exists()


def test_resume_names_all_that_is_already_planned(here: Command) -> None:
    said = here("compare", "--resume", "x", "--rounds", "5", "--vary", "a=1", "--no-verify")
    assert said.code == 2
    assert "--vary, --rounds, --no-verify cannot be said anew" in said.err
    assert here("compare", "--resume", "x").err.startswith("error: there is no study 'x'")
    assert "nothing to compare" in here("compare").err


def test_every_option_reaches_the_library(
    here: Command, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def refuse(recipes: list[str], **options: Any) -> None:
        asked.update(options, recipes=recipes)
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_module, "compare", refuse)
    monkeypatch.setenv("WATTLAB_STUDIES", str(tmp_path / "there"))
    arguments = (
        "--engines native,torch --vary precision=float64,float32 --vary seed=1 --set training.batch_size=8"
    )
    arguments += " --epochs 3 --rounds 7 --threads 2 --no-verify --timeout 1m --order-seed 9"
    here("compare", tiny, "digits", *arguments.split())
    asked.pop("observer")
    assert asked == {
        "recipes": [tiny, "digits"],
        "engines": ("native", "torch"),
        "vary": {"precision": ["float64", "float32"], "seed": [1]},
        "changes": {"training.batch_size": 8},
        "epochs": 3,
        "rounds": 7,
        "threads": 2,
        "verify_steps": 0,
        "order_seed": 9,
        "timeout_s": 60.0,
        "studies": tmp_path / "there",
    }


def test_help_shows_the_defaults(here: Command) -> None:
    said = here("compare", "--help")
    assert said.code == 0
    assert "[default: 5]" in said.out
    assert json.dumps("last") in said.out
    assert "engine.threads" in said.out


@pytest.mark.slow
def test_quiet_still_says_what_failed(outside: Command, tiny: str) -> None:
    vary = "precision=float8,float32"
    said = outside("compare", tiny, "--vary", vary, "--rounds", "1", "--epochs", "1", "--no-verify", "-q")
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("error: float8: ")
    assert "engine.precision is 'float8'; expected one of" in said.err
