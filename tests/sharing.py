"""How parallel workers share the tests: whole files, and what numba compiles in one worker."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

COMPILED = (
    "tests/contracts/test_engines.py",
    "tests/engines/test_compiled.py",
    "tests/engines/test_native.py",
    "tests/estimators/test_fit.py",
)
"""Their functions are the same: another worker would compile all of them again, for most of a minute."""

APART = ("tests/test_examples.py",)
"""Each of their tests is long and shares nothing: they are what fills the workers in the end."""


class Sharing(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a worker one file after another, so that what a module prepares is prepared once."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file in APART:
            return nodeid
        return "compiled" if file in COMPILED else file
