"""wattlab's own settings, what --fix writes, and the diagnosis as a whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from wattlab.doctor import diagnose, diagnosis
from wattlab.doctor.compatibility import series, table, version
from wattlab.doctor.finding import Fix, advice
from wattlab.doctor.mending import changes, settled, write
from wattlab.doctor.own import TEMPLATE, check_own, extras
from wattlab.errors import StorageError
from wattlab.settings import DEFAULTS_DATED, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

OTHER_PLACES = (
    "KERAS_HOME",
    "MPLCONFIGDIR",
    "NUMBA_CACHE_DIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)
CONFIG = "/home/.config/wattlab/config.toml"


def of(*fixes: Fix) -> list[Finding]:
    return [advice("x", "title", "detail", "why", ("mend",), fix) for fix in fixes]


def test_the_template_leaves_defaults_defaults_until_the_user_edits_it(place: Place) -> None:
    place.files({CONFIG: ""})
    path = place.root / CONFIG.lstrip("/")
    write(changes([place.find(check_own)["wattlab.settings"]]))
    assert path.read_text() == TEMPLATE
    settings = load_settings(path)
    assert {settings.origin(field) for field in ("price_per_kWh", "g_CO2e_per_kWh")} == {DEFAULTS_DATED}
    found = place.find(check_own)["wattlab.settings"]
    assert (found.status, found.fix) == ("advice", None)
    path.write_text(re.sub(r"^# (?=\w+ = |\[)", "", TEMPLATE, flags=re.MULTILINE))
    assert place.find(check_own)["wattlab.settings"].status == "ok"
    assert (load_settings(path).energy.country, load_settings(path).machine.tdp_W) == ("DE", 65)


def test_a_broken_file_is_told_and_never_overwritten(place: Place) -> None:
    place.files({CONFIG: "[energy]\nprice = 0.3\n"})
    found = place.find(check_own)["wattlab.settings"]
    assert (found.status, found.fix) == ("problem", None)
    assert "line 2: energy.price is unknown" in found.detail


def test_a_file_with_something_else_in_it_is_not_replaced(place: Place) -> None:
    place.files({CONFIG: "[machine]\ntdp_W = 65\n"})
    found = place.find(check_own)["wattlab.settings"]
    assert (found.status, found.fix) == ("advice", None)


def test_extras_are_those_of_the_package(place: Place) -> None:
    place.files({CONFIG: ""})
    assert extras()["torch"] == ("torch",)
    assert "dev" not in extras()
    place.packages.update({"keras": "3", "tensorflow-cpu": "2.21", "torch": "2.13"})
    found = place.find(check_own)["wattlab.extras"]
    assert {"keras-torch", "tensorflow", "torch"} <= set(found.detail.splitlines()[0][11:].split(", "))
    assert "jax" in found.mend[0]


def test_lines_of_several_findings_go_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "environment.sh"
    first = Fix(path, "export OMP_NUM_THREADS=8", "lines")
    second = Fix(path, "export OMP_NUM_THREADS=4\nexport XLA_FLAGS='--a=b c'", "lines")
    (change,) = changes(of(first, second))
    assert change.before is None
    assert "+export OMP_NUM_THREADS=4" in change.diff()
    assert write([change]) == [(path, None)]
    assert path.read_text() == "export OMP_NUM_THREADS=4\nexport XLA_FLAGS='--a=b c'\n"
    assert changes(of(first, second)) == []


@pytest.mark.parametrize(
    "lines", ["export B=1\nexport A=1\n", "export A=2\n# mine\nexport A=1", "export A=1\nB=2\n"]
)
def test_lines_in_force_are_left_where_they_are(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "environment.sh"
    path.write_text(lines)
    assert changes(of(Fix(path, "export A=1", "lines"))) == []
    (settled_one,) = settled(of(Fix(path, "export A=1", "lines")))
    assert (settled_one.fix, settled_one.mend) == (None, (f"source {path}", "mend"))


def test_lines_that_another_line_overrules_are_written_again(tmp_path: Path) -> None:
    path = tmp_path / "environment.sh"
    path.write_text("export A=1\nexport A=2\nexport B=1\n")
    found = of(Fix(path, "export A=1", "lines"))
    assert settled(found) == found
    write(changes(found))
    assert path.read_text() == "export A=1\nexport A=1\nexport B=1\n"


def test_each_change_keeps_a_copy_of_what_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old\n")
    backups = [write(changes(of(Fix(path, f"new {number}\n"))))[0][1] for number in range(2)]
    assert [backup and backup.read_text() for backup in backups] == ["old\n", "new 0\n"]
    assert path.read_text() == "new 1\n"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        write(changes(of(Fix(tmp_path / "file" / "environment.sh", "x", "lines"))))


def test_versions_compare_as_numbers() -> None:
    assert version("10.2.89") > version("9.2")
    assert version("2.13.0+cpu") == (2, 13, 0)
    assert series("2.13.0+cpu") == "2.13"


def test_the_table_says_where_it_is_from_and_what_it_does_not_know() -> None:
    facts = table()
    assert facts.driver_for("12.9") == "525.60.13"
    assert facts.driver_for("99.1") is None
    assert facts.tensorflow_built("2.15.1") == ("8.9", "12.2")
    assert facts.tensorflow_built("9.0") is None
    assert facts.newest_cuda("545.29.06") == "12.3"
    for part in ("driver_minimum", "cudnn", "tensorflow", "torch"):
        assert "read 2026-" in facts.source(part)
    rows = facts.facts["driver_minimum"]["toolkit"]
    ordered = sorted(rows, key=version)
    assert [version(rows[one]) for one in ordered] == sorted(version(rows[one]) for one in ordered)


def test_all_checks_on_an_empty_machine(place: Place) -> None:
    found = diagnose(place.surroundings())
    assert [section.title for section in found.sections] == [title for title, _ in diagnosis.CHECKS]
    assert not [one for one in found.findings if one.id.startswith("doctor.")]
    told = json.loads(found.to_json())
    assert told["format"] == 1
    assert sum(told["counts"].values()) == len(found.findings)
    assert told["date"] == "2026-11-27"


def test_a_check_that_fails_does_not_take_the_others_along(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_broken(surroundings: Surroundings) -> list[Finding]:
        message = f"no {surroundings.python}"
        raise KeyError(message)

    monkeypatch.setattr(diagnosis, "CHECKS", (("machine", (check_broken,)), ("wattlab", (check_own,))))
    place.files({CONFIG: ""})
    found = diagnose(place.surroundings())
    assert found.findings[0].id == "doctor.check_broken"
    assert "KeyError" in found.findings[0].detail
    assert found.findings[1].id == "wattlab.version"


@pytest.mark.slow
def test_this_very_machine_in_a_home_that_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in OTHER_PLACES:
        monkeypatch.delenv(name, raising=False)
    found = diagnose()
    assert list(home.rglob("*")) == []
    by_id = {one.id: one for one in found.findings}
    assert not [one.detail for one in found.findings if one.id.startswith("doctor.")]
    assert {"processor.cores", "blas.library", "memory.size", "disks.runs", "wattlab.version"} <= by_id.keys()
    assert by_id["engines.scikit-learn"].status == "ok"
    for one in found.findings:
        assert one.title
        assert one.status == "ok" or (one.why and one.mend), one.id
