from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.machine.number_formats import number_formats

if TYPE_CHECKING:
    from pathlib import Path

WIDE = ("float64", "float32")


def tree(root: Path, line: str) -> Path:
    (root / "proc").mkdir()
    block = f"processor\t: 0\nmodel name\t: ACME\n{line}\nbogomips\t: 1\n\n"
    (root / "proc/cpuinfo").write_text(block * 2)
    return root


@pytest.mark.parametrize(
    ("line", "low"),
    [
        ("flags\t\t: fpu sse2 avx avx2 f16c avx512f avx512_vnni", ()),
        ("flags\t\t: fpu avx512f avx512_bf16", ("bfloat16",)),
        ("flags\t\t: fpu amx_bf16 amx_tile avx512_fp16", ("bfloat16", "float16")),
        ("flags\t\t: fpu amx_fp16", ("float16",)),
        ("flags\t\t: fpu avx_ne_convert", ()),
        ("Features\t: fp asimd", ()),
        ("Features\t: fp asimd fphp", ()),
        ("Features\t: fp asimd fphp asimdhp", ("float16",)),
        ("Features\t: fp asimd fphp asimdhp bf16 i8mm", ("bfloat16", "float16")),
    ],
)
def test_flags_say_what_there_are_instructions_for(tmp_path: Path, line: str, low: tuple[str, ...]) -> None:
    assert number_formats(tree(tmp_path, line)) == (*WIDE, *low)


def test_a_file_without_flags_promises_nothing(tmp_path: Path) -> None:
    assert number_formats(tree(tmp_path, "cpu family\t: 6")) == WIDE


@pytest.mark.parametrize(
    ("facts", "low"), [({"flags": ["avx512_bf16"]}, ("bfloat16",)), ({}, ()), ({"flags": ["neon"]}, ())]
)
def test_without_proc_another_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, list[str]], low: tuple[str, ...]
) -> None:
    monkeypatch.setattr("cpuinfo.get_cpu_info", lambda: facts)
    assert number_formats(tmp_path) == (*WIDE, *low)
