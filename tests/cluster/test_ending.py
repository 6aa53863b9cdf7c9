from __future__ import annotations

import pytest

from wattlab.cluster.ending import explain

JAX = (
    "Traceback (most recent call last):\n  File ...\n{}\n--------------------\nFor simplicity, JAX has removed its "
    "internal frames from the traceback of the following exception. Set JAX_TRACEBACK_FILTERING=off to include these."
)
TENSORFLOW = (
    "tensorflow.python.framework.errors_impl.ResourceExhaustedError: Graph execution error:\n\nDetected at node "
    "dense/MatMul defined at (most recent call last):\n<stack traces unavailable>\nOOM when allocating tensor with "
    "shape[9,9] and type float on /job:localhost/replica:0/task:0/device:CPU:0\n\t [[{{node dense/MatMul}}]]\n"
    "Hint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom"
)


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
        (1, JAX.format("ValueError: no"), "it ended with exit code 1: ValueError: no"),
        (
            1,
            JAX.format("jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes."),
            "memory ran out: jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.",
        ),
        (
            1,
            TENSORFLOW,
            "memory ran out: tensorflow.python.framework.errors_impl.ResourceExhaustedError: Graph execution error:",
        ),
        (
            1,
            "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.",
            "memory ran out: RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.",
        ),
        (1, "MemoryError: caught\nKeyError: 'a'", "it ended with exit code 1: KeyError: 'a'"),
    ],
)
def test_every_ending_is_a_sentence(code: int, said: str, expected: str | None) -> None:
    assert explain(code, said) == expected


def test_a_flood_of_words_is_cut() -> None:
    found = explain(1, "x" * 10_000)
    assert found is not None
    assert len(found) < 700
    assert found.endswith("…")
