from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from wattlab.engines import devices
from wattlab.engines.devices import check_device, cuda_formats, torch_device
from wattlab.errors import MissingExtraError, UnsupportedError
from wattlab.recipe.engine import NativeChoice, TorchChoice

if TYPE_CHECKING:
    from collections.abc import Callable

OFFER = "take one of these, or set engine.emulated = true for right results at a loss of speed"


def choose(**fields: Any) -> TorchChoice:
    return TorchChoice.model_validate({"name": "torch", **fields})


def native(**fields: Any) -> NativeChoice:
    return NativeChoice.model_validate(fields)


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that gives the processor instructions for low formats."""

    def has(*low: str) -> None:
        monkeypatch.setattr(devices, "number_formats", lambda: ("float64", "float32", *low))

    return has


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that pretends that there are GPUs of these compute capabilities."""

    def pretend(*capabilities: tuple[int, int]) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: capabilities[index])
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"ACME {index}")

    return pretend


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_processor_has_the_wide_formats(precision: str) -> None:
    check_device(choose(precision=precision))
    check_device(native(precision=precision, arrays="torch"))


def test_a_low_format_needs_instructions_or_leave_to_emulate(processor: Callable[..., None]) -> None:
    processor()
    with pytest.raises(UnsupportedError) as error:
        check_device(choose(precision="bfloat16"))
    assert str(error.value) == (
        "engine.precision is 'bfloat16', for which this processor has no instructions (it can do float64, float32); "
        + OFFER
    )
    check_device(choose(precision="bfloat16", emulated=True))
    check_device(native(precision="float16", emulated=True))


def test_a_low_format_with_instructions_is_fine(processor: Callable[..., None]) -> None:
    processor("bfloat16")
    check_device(choose(precision="bfloat16"))
    with pytest.raises(UnsupportedError, match="it can do float64, float32, bfloat16"):
        check_device(choose(precision="float16"))


@pytest.mark.parametrize("emulated", [False, True])
def test_no_processor_has_tf32(emulated: bool, processor: Callable[..., None]) -> None:
    processor("bfloat16", "float16")
    with pytest.raises(UnsupportedError, match=r"engine.precision is 'tf32'.*float16\); take one of these$"):
        check_device(choose(precision="tf32", emulated=emulated))


@pytest.mark.parametrize(
    ("capability", "low"),
    [
        ((6, 1), ()),
        ((7, 0), ("float16",)),
        ((7, 5), ("float16",)),
        ((8, 0), ("tf32", "bfloat16", "float16")),
        ((9, 0), ("tf32", "bfloat16", "float16")),
        ((12, 0), ("tf32", "bfloat16", "float16")),
    ],
)
def test_a_gpu_is_known_by_its_compute_capability(
    gpus: Callable[..., None], capability: tuple[int, int], low: tuple[str, ...]
) -> None:
    gpus(capability)
    assert cuda_formats(0) == ("float64", "float32", *low)
    for precision in cuda_formats(0):
        check_device(choose(device="cuda", precision=precision))


def test_an_old_gpu_emulates_all_but_tf32(gpus: Callable[..., None]) -> None:
    gpus((6, 1))
    for precision in ("bfloat16", "float16"):
        with pytest.raises(UnsupportedError, match=r"the GPU cuda \(ACME 0\) has no instructions") as error:
            check_device(choose(device="cuda", precision=precision))
        assert OFFER in str(error.value)
        check_device(choose(device="cuda", precision=precision, emulated=True))
    with pytest.raises(UnsupportedError, match="'tf32', for which the GPU cuda"):
        check_device(choose(device="cuda", precision="tf32", emulated=True))


def test_each_gpu_is_asked_for_itself(gpus: Callable[..., None]) -> None:
    gpus((8, 0), (7, 5))
    check_device(choose(device="cuda:0", precision="tf32"))
    with pytest.raises(UnsupportedError, match=r"the GPU cuda:1 \(ACME 1\)"):
        check_device(choose(device="cuda:1", precision="tf32"))


def test_no_gpu_at_all(gpus: Callable[..., None]) -> None:
    gpus()
    with pytest.raises(UnsupportedError, match=r"engine.device is 'cuda', but torch \S+ sees no GPU here"):
        check_device(choose(device="cuda"))


def test_no_gpu_of_that_number(gpus: Callable[..., None]) -> None:
    gpus((8, 0), (7, 5))
    with pytest.raises(
        UnsupportedError, match=r"'cuda:2', but there is only cuda:0 \(ACME 0\), cuda:1 \(ACME 1\)"
    ):
        check_device(native(device="cuda:2"))


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (choose(), "engine.name = 'torch'"),
        (native(arrays="torch"), "engine.arrays = 'torch'"),
        (native(device="cuda:1"), "engine.device = 'cuda:1'"),
        (native(precision="bfloat16"), "engine.precision = 'bfloat16'"),
    ],
)
def test_what_needs_torch_says_so(
    monkeypatch: pytest.MonkeyPatch, choice: NativeChoice | TorchChoice, field: str
) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as error:
        check_device(choice)
    assert str(error.value).startswith(f"{field} needs the package 'torch'")
    assert "pip install 'wattlab[torch]'" in str(error.value)


def test_a_gpu_without_a_number_is_the_first() -> None:
    assert torch_device(choose()) == torch.device("cpu")
    assert torch_device(choose(device="cuda")) == torch.device("cuda", 0)
    assert torch_device(native(device="cuda:1")) == torch.device("cuda", 1)
