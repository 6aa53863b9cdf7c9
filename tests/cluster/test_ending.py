from __future__ import annotations

import pytest

from wattlab.cluster.ending import explain


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (0, "error: nothing of the kind", None),
        (-9, "", "it was killed from outside (SIGKILL), most likely because memory ran out"),
        (-11, "step 3\n\n", "it crashed with a segmentation fault (SIGSEGV); the last it said was: step 3"),
        (-6, "", "it aborted itself (SIGABRT)"),
        (-10, "", "it was ended by SIGUSR1"),
        (-200, "", "it was ended by signal 200"),
        (0xC0000005, "", "it crashed with an access violation"),
        (2, "loading\nerror: a is 1;\nexpected 2\n", "a is 1;\nexpected 2"),
        (2, "usage: python", "it ended with exit code 2: usage: python"),
        (1, "Traceback\nMemoryError", "memory ran out: MemoryError"),
        (
            1,
            "torch.OutOfMemoryError: CUDA out of memory",
            "memory ran out: torch.OutOfMemoryError: CUDA out of memory",
        ),
        (1, "ValueError: no", "it ended with exit code 1: ValueError: no"),
        (7, "", "it ended with exit code 7"),
    ],
)
def test_every_ending_is_a_sentence(code: int, said: str, expected: str | None) -> None:
    assert explain(code, said) == expected


def test_a_flood_of_words_is_cut() -> None:
    found = explain(1, "x" * 10_000)
    assert found is not None
    assert len(found) < 700
    assert found.endswith("…")
