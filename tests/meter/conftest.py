"""A machine that is the same on every machine."""

from __future__ import annotations

import pytest

from wattlab.machine import Machine


@pytest.fixture
def machine() -> Machine:
    return Machine(
        cpu_model="AMD Ryzen 9 5950X 16-Core Processor",
        packages=1,
        physical_cores=16,
        logical_cores=32,
        usable_cores=32,
        memory_B=64 * 2**30,
        architecture="x86_64",
        os="ACME Linux",
        kernel="6.0",
        python="CPython 3.11.0",
        numpy="2.4.0",
        blas="openblas",
        blas_threads=16,
        hypervisor=None,
        container=None,
    )
