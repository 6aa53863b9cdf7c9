"""Recordings: whole, killed, on a full disk, and side by side."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from wattlab.errors import MissingExtraError, StorageError, UserError
from wattlab.monitor.journal import CsvJournal, ParquetJournal, batches, journal_of, rescue
from wattlab.monitor.recorder import Recorder
from wattlab.monitor.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.machine.gpu_state import GpuState

    from .conftest import Machine


def record(machine: Machine, path: Path, duration_s: float = 5.0) -> list[str]:
    told: list[str] = []
    gauges = machine.gauges()
    recorder = Recorder(path, gauges.read(), gauges.counters.facts, told.append, machine.clock)
    watch(gauges, [recorder], 0.25, duration_s, machine.clock.wait, machine.clock)
    return told


def test_parquet_is_read_back_with_all_samples_and_what_the_sensors_are(
    machine: Machine, a_card: Callable[..., GpuState], tmp_path: Path
) -> None:
    machine.cards = (a_card(),)
    path = tmp_path / "power.parquet"
    assert record(machine, path) == []
    table = pq.read_table(path)
    assert table.num_rows == 21
    assert table["elapsed_s"].to_pylist() == pytest.approx([0.25 * index for index in range(21)])
    assert table["total.power_W"].to_pylist()[1:] == pytest.approx([40.0] * 20)
    assert table["total.provenance"].to_pylist()[-1] == "measured"
    assert table["gpu-nvidia-0.throttle"].to_pylist()[-1] == "power limit"
    assert table["gpu-nvidia-0.memory_clock_Hz"].to_pylist()[-1] is None
    sensors = json.loads(table.schema.metadata[b"wattlab.sensors"])
    assert [sensor["name"] for sensor in sensors] == ["rapl:package-0", "rapl:core-0"]
    assert sorted(found.name for found in tmp_path.iterdir() if not found.name.startswith(".")) == [
        "power.parquet"
    ]


def test_csv_is_read_back(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    record(machine, path)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 21
    assert (rows[0]["cpu.load"], rows[1]["cpu.load"]) == ("", "0.75")
    assert [float(row["rapl:package-0.energy_J"]) for row in rows] == pytest.approx(
        [10.0 * i for i in range(21)]
    )


def test_a_lost_sensor_leaves_blanks_and_no_zeros(machine: Machine, tmp_path: Path) -> None:
    machine.package.lost = "gone"
    path = tmp_path / "power.parquet"
    record(machine, path, 1.0)
    table = pq.read_table(path)
    assert set(table["rapl:package-0.power_W"].to_pylist()) == {None}
    assert set(table["total.provenance"].to_pylist()) == {"missing"}
    assert table["rapl:core-0.power_W"].to_pylist()[-1] == pytest.approx(30.0)


@pytest.mark.parametrize("name", ["power.txt", "power", "power.parquet.gz"])
def test_other_endings_are_refused(machine: Machine, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"expected a name that ends in .parquet or .csv"):
        record(machine, tmp_path / name)


@pytest.mark.parametrize("name", ["power.csv", "power.parquet"])
def test_nothing_is_overwritten(machine: Machine, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("mine")
    with pytest.raises(StorageError, match="exists already; choose another name"):
        record(machine, path)
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"there is no folder '.*no-such-folder'; make it with: mkdir -p"):
        record(machine, tmp_path / "no-such-folder" / "power.csv")


def test_without_pyarrow_the_extra_is_named(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"wattlab\[parquet\]"):
        record(machine, tmp_path / "power.parquet")


RECORDING = """
import itertools, sys
from pathlib import Path
from wattlab.monitor.journal import CsvJournal, ParquetJournal
path = Path(sys.argv[1])
journal = CsvJournal(path, ["n"]) if path.suffix == ".csv" else ParquetJournal(path, ["n"], {})
for number in itertools.count():
    journal.append([{"n": 10.0 * number + one} for one in range(10)])
    if number == 20:
        print("far enough", flush=True)
"""


def killed(path: Path) -> None:
    """Kill a process in the middle of writing."""
    with subprocess.Popen([sys.executable, "-c", RECORDING, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"far enough\n"
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)


def test_a_killed_recording_is_readable_and_rescued_by_the_next_one(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "power.parquet"
    killed(path)
    left = [number for batch in batches(journal_of(path)) for number in batch["n"].to_pylist()]
    assert len(left) >= 200
    assert left == [float(number) for number in range(len(left))]
    (told,) = record(machine, path, 1.0)
    assert told.startswith("what an interrupted recording left is now in ")
    assert pq.read_table(tmp_path / "power.rescued-1.parquet")["n"].to_pylist() == left
    assert pq.read_table(path).num_rows == 5
    assert not journal_of(path).exists()


def test_a_killed_csv_holds_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    killed(path)
    numbers = path.read_text().splitlines()[1:]
    assert len(numbers) >= 200
    assert numbers == [f"{number}.0" for number in range(len(numbers))]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_batch_cut_in_two_costs_only_itself(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "power.parquet"
    journal = ParquetJournal(path, ["n"], {})
    for number in range(3):
        journal.append([{"n": float(number)}])
    journal._file.close()
    content = journal_of(path).read_bytes()
    journal_of(path).write_bytes(content[:-cut])
    assert [batch["n"].to_pylist() for batch in batches(journal_of(path))] == [[0.0], [1.0]]
    rescued = rescue(path)
    assert rescued
    assert pq.read_table(rescued)["n"].to_pylist() == [0.0, 1.0]


def test_two_recordings_of_one_name_do_not_disturb_each_other(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "power.parquet"
    journal = ParquetJournal(path, ["n"], {})
    journal.append([{"n": 1.0}])
    with pytest.raises(StorageError, match="another process is recording"):
        record(machine, path)
    journal.append([{"n": 2.0}])
    assert pq.read_table(journal.finish())["n"].to_pylist() == [1.0, 2.0]


FULL = """
import resource, sys
from pathlib import Path
from wattlab.errors import StorageError
from wattlab.monitor.journal import CsvJournal, ParquetJournal
path = Path(sys.argv[1])
journal = CsvJournal(path, ["n"]) if path.suffix == ".csv" else ParquetJournal(path, ["n"], {})
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
written = 0
try:
    while True:
        journal.append([{"n": float(written + one)} for one in range(100)])
        written += 100
except StorageError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
print(written)
try:
    journal.finish()
except StorageError as error:
    print("unfinished")
"""


@pytest.mark.parametrize("name", ["power.csv", "power.parquet"])
def test_what_the_kernel_refuses_to_write_is_cut_off_and_the_rest_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    complaint, written = ended.stdout.splitlines()[:2]
    assert "cannot be written: File too large; free some space" in complaint
    kept = path.read_text().splitlines()[1:] if name == "power.csv" else pq.read_table(path)["n"].to_pylist()
    assert [float(number) for number in kept] == [float(number) for number in range(int(written))]
    assert int(written) >= 100


def test_a_full_disk_is_told_once_and_the_watch_goes_on(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    gauges = machine.gauges()
    path = tmp_path / "power.csv"
    recorder = Recorder(path, gauges.read(), gauges.counters.facts, told.append, machine.clock)
    appended = CsvJournal.append

    def full(journal: CsvJournal, rows: list[dict[str, float | str | None]]) -> None:
        if recorder.samples >= 16:
            msg = "'power.csv' cannot be written: No space left on device"
            raise StorageError(msg)
        appended(journal, rows)

    monkeypatch.setattr(CsvJournal, "append", full)
    summary = watch(gauges, [recorder], 0.25, 20.0, machine.clock.wait, machine.clock)
    assert summary.samples == 81
    assert told == [recorder.problem]
    assert (
        "recording stopped after 17 samples, which are kept: 'power.csv' cannot be written: No space"
        in told[0]
    )
    assert recorder.status == told[0]
    assert len(path.read_text().splitlines()) == 18


def test_a_recording_that_holds_nothing_is_not_said_to_be_kept(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        msg = "'power.csv' cannot be written: No space left on device"
        raise StorageError(msg)

    monkeypatch.setattr(CsvJournal, "append", full)
    (told,) = record(machine, tmp_path / "power.csv")
    assert told.startswith("recording stopped before the first sample was written: 'power.csv' cannot")


def test_a_disk_too_full_for_the_parquet_file_keeps_the_journal_and_says_how_to_go_on(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "power.parquet"
    with monkeypatch.context() as patch:
        patch.setattr("wattlab.monitor.journal._write_parquet", full)
        (told,) = record(machine, path)
    assert "No space left on device" in told
    assert f"what was recorded (21 samples) is in {path}.journal" in told
    assert told.endswith(f"with the next: wattlab monitor --record {path}")
    assert not path.exists()
    rescued = rescue(path)
    assert rescued
    assert pq.read_table(rescued).num_rows == 21


def test_samples_are_written_every_two_seconds(machine: Machine, tmp_path: Path) -> None:
    gauges = machine.gauges()
    path = tmp_path / "power.csv"
    recorder = Recorder(path, gauges.read(), gauges.counters.facts, print, machine.clock)
    for _ in range(8):
        machine.clock.wait(0.25)
        recorder.show(gauges.read())
    assert len(path.read_text().splitlines()) == 1 + 8
    recorder.close()
