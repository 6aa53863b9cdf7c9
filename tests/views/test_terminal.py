from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from wattlab.views.progress import LiveProgress, PlainProgress, make_observer
from wattlab.views.study_progress import LiveStudyProgress, PlainStudyProgress, make_study_observer

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("make", "live", "plain"),
    [
        (make_observer, LiveProgress, PlainProgress),
        (make_study_observer, LiveStudyProgress, PlainStudyProgress),
    ],
)
@pytest.mark.parametrize(
    ("is_terminal", "term", "is_live"),
    [(True, "xterm-256color", True), (True, "dumb", False), (False, "xterm", False)],
)
def test_the_observer_suits_standard_error(
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[], object],
    live: type,
    plain: type,
    is_terminal: bool,
    term: str,
    is_live: bool,
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    assert type(make()) is (live if is_live else plain)
