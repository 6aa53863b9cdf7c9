"""Registers, lanes and throughput."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wattlab.demonstrations import lanes as module
from wattlab.demonstrations import products
from wattlab.demonstrations.lanes import Lanes, demonstrate_lanes
from wattlab.demonstrations.outcome import plain
from wattlab.demonstrations.registers import Register, find_registers, lanes, registers_by_flags
from wattlab.demonstrations.timing import interleaved
from wattlab.machine.number_formats import number_formats

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def found() -> Lanes:
    return demonstrate_lanes(rounds=2)


@pytest.mark.parametrize(
    ("flags", "architecture", "bits"),
    [
        ("fpu sse2 avx avx2 avx512f", "x86_64", (128, 256, 512)),
        ("fpu sse2 avx", "x86_64", (128, 256)),
        ("", "AMD64", (128,)),
        ("asimd sve", "aarch64", (128, 256)),
        ("", "arm64", (128,)),
        ("neon", "armv7l", (128,)),
        ("", "riscv64", ()),
    ],
)
def test_registers_by_flags(flags: str, architecture: str, bits: tuple[int, ...]) -> None:
    assert tuple(one.bits for one in registers_by_flags(flags.split(), architecture, 256)) == bits


def test_registers_are_read_from_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    (tmp_path / "proc/sys/abi").mkdir(parents=True)
    (tmp_path / "proc/cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd sve\n")
    (tmp_path / "proc/sys/abi/sve_default_vector_length").write_text("64\n")
    assert find_registers(tmp_path) == (Register("NEON", 128), Register("SVE", 512))


def test_a_register_of_128_bits_holds_what_the_sources_say() -> None:
    assert [lanes(Register("SSE", 128), bits) for bits in (64, 32, 16)] == [2, 4, 8]


def test_calls_are_timed_as_often_as_asked() -> None:
    calls = {"a": 0, "b": 0}

    def count(name: str) -> None:
        calls[name] += 1

    seconds = interleaved({name: lambda name=name: count(name) for name in calls}, 3, sample_s=0.0)  # type: ignore[misc]
    assert calls == {"a": 5, "b": 5}
    assert all((one > 0).all() and len(one) == 3 for one in seconds.values())


def test_every_operation_is_compared_with_float64_of_its_kind(found: Lanes) -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    for one in found.rows:
        groups.setdefault((one.operation, one.where), []).append(one.name)
        assert one.rate.median > 0
        assert one.rate.n == 2
    assert groups["multiply-add", "NumPy"] == ["float64", "float32", "float16", "int32", "int16", "int8"]
    assert groups["matrix product", "torch"] == ["float64", "float32", "bfloat16", "float16"]
    firsts = [one for one in found.rows if one.name == "float64"]
    assert {one.ratio.median for one in firsts} == {1.0}
    assert {one.name: one.promised for one in found.rows}["int8"] == 8.0


def test_what_is_emulated_is_said(found: Lanes) -> None:
    notes = {(one.where, one.name): one.note for one in found.rows}
    assert notes["NumPy", "float16"] == "emulated in float32"
    for name in ("bfloat16", "float16"):
        assert notes["torch", name].startswith("emulated") == (name not in number_formats())


def test_it_becomes_json(found: Lanes) -> None:
    told = json.loads(json.dumps(plain(found)))
    assert told["rows"][0]["ratio"]["median"] == 1.0


def test_without_torch_the_notes_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (module, products):
        monkeypatch.setattr(one, "find_spec", lambda _: None)
    found = demonstrate_lanes(rounds=1)
    assert {one.where for one in found.rows} == {"NumPy"}
    assert "torch is not installed" in found.notes[-1]
