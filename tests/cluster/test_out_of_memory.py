from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.cluster.out_of_memory import is_out_of_memory, kernel_kills

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")


class XlaRuntimeError(RuntimeError):
    """As jaxlib's: the words tell."""


def test_what_libraries_really_raise_counts() -> None:
    with pytest.raises(MemoryError) as of_numpy:
        np.empty(1 << 60, np.uint8)
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(of_numpy.value)
    assert is_out_of_memory(of_torch.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))


@pytest.mark.parametrize(
    "error",
    [
        XlaRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 137438953472 bytes."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("Could not allocate: CUDA_ERROR_OUT_OF_MEMORY"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_words_of_other_libraries_count(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied (32x784 and 70x30)"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        ValueError("out of memory"),  # whoever says so in such an error means something else
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_other_errors_do_not(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_what_led_to_an_error_counts() -> None:
    wrapped = ValueError("the batch could not be made")
    wrapped.__cause__ = MemoryError()
    assert is_out_of_memory(wrapped)


def test_the_kernel_counts_what_it_killed(tmp_path: Path) -> None:
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("pgfault 12\noom_kill 3\nnr_free_pages 7\n")
    assert kernel_kills(vmstat) == 3
    vmstat.write_text("pgfault 12\n")
    assert kernel_kills(vmstat) is None
    assert kernel_kills(tmp_path / "nowhere") is None
