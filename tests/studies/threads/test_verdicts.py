"""What is said of numbers of threads between which no difference was shown."""

from __future__ import annotations

import pytest

from wattlab.studies.threads.answer import Best
from wattlab.studies.threads.verdicts import best_sentence


@pytest.mark.parametrize(
    ("equal", "undecided", "said"),
    [
        ((), (), "native, quickest: 1 thread."),
        ((), (2,), "native, quickest: 1 or 2 threads, no difference shown between them."),
        ((4,), (8, 2), "native, quickest: 1, 2 or 8 threads, no difference shown among them; 4 at most 5 % behind."),
    ],
)  # fmt: skip
def test_what_was_not_told_apart_is_named_together(
    equal: tuple[int, ...], undecided: tuple[int, ...], said: str
) -> None:
    assert (
        best_sentence(Best(series="native", by="time", threads=1, equal=equal, undecided=undecided)) == said
    )
