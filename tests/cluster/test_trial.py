from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.trial import MODULE
from wattlab.records.run import Run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_recipe_goes_in_and_a_run_comes_out(tiny_toml: str, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(tiny_toml)
    ended = run_process(module_command(MODULE, str(recipe), str(tmp_path / "runs"), "one"), tmp_path / "log")
    assert ended.failure is None, ended.failure
    record = Run(tmp_path / "runs" / "one").record
    assert record.epochs == 4
    # The interpreter's own start is part of what the trial cost.
    total_s = record.cost.total.wall.value
    assert total_s is not None
    assert 0.5 * ended.wall_s < total_s <= ended.wall_s + 0.05


def test_what_the_user_can_mend_is_said(tiny_toml: str, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(tiny_toml.replace("blobs", "nothing-of-the-kind"))
    ended = run_process(module_command(MODULE, str(recipe), str(tmp_path / "runs"), "one"), tmp_path / "log")
    assert ended.refused
    assert ended.failure is not None
    assert "nothing-of-the-kind" in ended.failure
