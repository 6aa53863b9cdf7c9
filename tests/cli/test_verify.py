"""``wattlab verify``: what it prints and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.studies import verify as verify_module
from wattlab.studies.agreement import failed
from wattlab.studies.row import Verification

if TYPE_CHECKING:
    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.mark.slow
def test_native_is_verified_for_real(here: Command, tiny: str) -> None:
    said = here("verify", tiny, "--engines", "native", "--steps", "3", "--json", "-q")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert [(one["precision"], one["steps"], one["passed"]) for one in found] == [
        ("float64", 3, True),
        ("float32", 3, True),
    ]


def verification(*, passed: bool) -> Verification:
    return Verification(
        label="torch",
        reference="native in float64",
        precision="float64",
        steps=5,
        loss_deviation=1e-12 if passed else 0.5,
        weight_deviation=2e-12,
        tolerance=1e-9,
        passed=passed,
        message="" if passed else "its loss deviates: it does not do the same work",
    )


def answer(monkeypatch: pytest.MonkeyPatch, *passed: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def found(recipes: list[str], **options: Any) -> tuple[Verification, ...]:
        asked.update(options, recipes=recipes)
        return tuple(verification(passed=one) for one in passed)

    monkeypatch.setattr(verify_module, "verify", found)
    return asked


def test_agreement_ends_with_0(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, True, True)
    said = here("verify", "a", "b", "--engines", "torch", "--vary", "x=1", "--set", "y=2", "--timeout", "2m")
    assert (said.code, said.err) == (0, "")
    assert "torch" in said.out
    asked.pop("observer")
    assert asked == {
        "recipes": ["a", "b"],
        "engines": ("torch",),
        "vary": {"x": [1]},
        "changes": {"y": 2},
        "threads": None,
        "steps": 5,
        "timeout_s": 120.0,
    }


@pytest.mark.parametrize("flags", [[], ["--json"], ["-q"]])
def test_other_work_ends_with_1_and_is_said(
    flags: list[str], here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, True, False)
    said = here("verify", "a", *flags)
    assert said.code == 1
    reason = "its loss deviates: it does not do the same work"
    assert said.err == (f"error: torch is not verified: {reason}\n" if flags else "")
    assert (said.out + said.err).count(reason) == 1 + (flags == ["--json"])
    assert (said.out == "") == (flags == ["-q"])


@pytest.mark.parametrize(("disagrees", "code"), [(False, 2), (True, 1)])
def test_what_could_not_compute_ends_with_2_if_none_disagrees(
    disagrees: bool, code: int, here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = failed("keras", "float32", 5, "engine.backend = 'jax' needs the package 'jax'")
    found = (verification(passed=not disagrees), refused)
    monkeypatch.setattr(verify_module, "verify", lambda *_, **__: found)
    said = here("verify", "a")
    assert said.code == code
    assert said.out.count("engine.backend = 'jax' needs") == 1
    assert said.err == ""
    row = next(line for line in said.out.splitlines() if line.startswith("keras"))
    assert row.split()[-1] == "–"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engines", "abacus"], "there is no engine 'abacus'"),
        (["--steps", "0"], "steps is 0"),
        (["--vary", "precision=float8"], "float8"),
    ],
)
def test_a_wrong_command_ends_with_2(arguments: list[str], message: str, here: Command, tiny: str) -> None:
    said = here("verify", tiny, *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert message in said.err
