"""What nvidia-smi answers, and what follows.

References
----------
nvidia-smi's manual, --query-gpu with --format=csv,noheader,nounits; NVML API, nvmlClocksEventReasons.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.fake_gpus import UUIDS, FakeCard, FakeNvml, pynvml

from wattlab.doctor import surroundings
from wattlab.doctor.gpus import check_gpus, precision_of
from wattlab.doctor.running import Ran
from wattlab.machine.gpus import Gpus

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

GOOD = "0, NVIDIA GeForce RTX 3090, 24576, Enabled, 350.00, 350.00, 0x0000000000000001"


def smi(place: Place, line: str, capability: str = "8.6") -> Place:
    place.nvidia()
    place.programs["--query-gpu=index"] = Ran(out=f"{line}\n")
    place.programs["--query-gpu=compute_cap"] = Ran(out=f"{capability}\n")
    return place


def test_a_card_in_order_tells_what_mixed_precision_gives(place: Place) -> None:
    found = smi(place, GOOD).find(check_gpus)
    assert found.keys() == {"gpu.0"}
    assert found["gpu.0"].title == "GPU 0: NVIDIA GeForce RTX 3090, 24 GiB, compute capability 8.6"
    assert "bfloat16 (needs no loss scaling) and TF32; no FP8" in found["gpu.0"].detail
    assert "multiples of 8" in found["gpu.0"].detail


def test_no_driver_asks_nobody(place: Place) -> None:
    assert check_gpus(place.surroundings()) == []


def test_limit_heat_and_persistence(place: Place) -> None:
    line = "0, NVIDIA GeForce RTX 3090, 24576, Disabled, 280.00, 350.00, 0x0000000000000060"
    found = smi(place, line).find(check_gpus)
    assert found["gpu.0.power-limit"].title == "GPU 0: power is limited to 280 of 350 W"
    assert found["gpu.0.power-limit"].mend[0].startswith("sudo nvidia-smi -i 0 -pl 350")
    assert found["gpu.0.throttled"].detail == "too hot (software limit)\ntoo hot (hardware limit)"
    assert found["gpu.0.persistence"].mend[0] == "sudo nvidia-smi -i 0 -pm 1"
    assert {one.status for name, one in found.items() if name != "gpu.0"} == {"advice"}


def test_a_laptop_that_does_not_tell(place: Place) -> None:
    found = smi(place, "0, NVIDIA GeForce 940MX, 2048, [N/A], [N/A], [N/A], [N/A]", "5.0").find(check_gpus)
    assert found.keys() == {"gpu.0"}
    assert "no tensor cores" in found["gpu.0"].detail


def test_an_old_driver_does_not_know_the_capability(place: Place) -> None:
    smi(place, GOOD)
    refused = 'Field "compute_cap" is not a valid field to query.'
    place.programs["--query-gpu=compute_cap"] = Ran(out=refused, failure="it ended with exit code 2")
    found = place.find(check_gpus)["gpu.0"]
    assert "compute capability unknown" in found.title
    assert "unknown: the driver does not tell" in found.detail


@pytest.mark.parametrize(
    "failure", ["it was ended because it took longer than 20.0 s", "it ended with exit code 9"]
)
def test_a_driver_that_hangs_or_fails_is_a_problem(place: Place, failure: str) -> None:
    place.nvidia()
    place.programs["--query-gpu=index"] = Ran(out="NVIDIA-SMI has failed", failure=failure)
    found = place.find(check_gpus)["gpu.silent"]
    assert (found.status, found.detail) == ("problem", f"NVIDIA-SMI has failed {failure}")


def test_a_card_that_does_not_answer_is_a_problem_whatever_nvidia_smi_says(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = FakeNvml(FakeCard(error=pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)), FakeCard(UUIDS[1]))
    library.lost_from_the_start = (0,)
    monkeypatch.setattr(surroundings, "Gpus", partial(Gpus, library))
    place.options["gpu_problems"] = surroundings.Surroundings().gpu_problems
    found = place.find(check_gpus)
    assert found.keys() == {"gpu.unanswered"}
    assert found["gpu.unanswered"].status == "problem"
    assert found["gpu.unanswered"].detail == "GPU 0 does not answer (NVML says: GPU is lost)"
    assert library.users == 0
    assert smi(place, GOOD).find(check_gpus).keys() == {"gpu.0", "gpu.unanswered"}


@pytest.mark.parametrize(
    ("name", "capability", "words", "not_words"),
    [
        ("Quadro M2200", (5, 2), "no tensor cores", "TF32"),
        ("Tegra X1", (5, 3), "twice the rate", "tensor cores for"),
        ("Tesla P100", (6, 0), "twice the rate", "tensor cores for"),
        ("TITAN Xp", (6, 1), "1/64", "tensor cores for"),
        ("Tesla V100", (7, 0), "neither bfloat16 nor TF32", "FP8"),
        ("RTX 2080 Ti", (7, 5), "tensor cores for float16, with loss scaling", "FP8"),
        ("GeForce GTX 1660", (7, 5), "no tensor cores", "loss scaling"),
        ("A100", (8, 0), "no FP8", "FP4"),
        ("RTX 4090", (8, 9), "and FP8", "FP4"),
        ("H100", (9, 0), "and FP8", "FP4"),
        ("B200", (10, 0), "FP4", "no "),
        ("RTX 5090", (12, 0), "FP4", "no "),
    ],
)
def test_what_mixed_precision_gives_by_capability(
    name: str, capability: tuple[int, int], words: str, not_words: str
) -> None:
    gives = precision_of(name, capability)
    assert words in gives
    assert not_words not in gives
