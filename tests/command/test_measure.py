"""Real commands under the meter, in this process: what is counted, passed on, and said."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from wattlab.command import (
    Measurement,
    MeasurementCutShortError,
    MeasurementInterrupted,
    MeasureObserver,
    measure,
)
from wattlab.command.execution import Execution
from wattlab.errors import CommandError, RunError, UserError
from wattlab.meter.quantity import modelled
from wattlab.meter.sensors.base import Absent
from wattlab.meter.sensors.discover import Sensors
from wattlab.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Later, Run  # type: ignore[import-not-found,unused-ignore]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="commands are measured on POSIX systems")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to us")
WHEN_READY = "until [ -e ready ]; do sleep 0.01; done"
UNTIL_GOT = '> ready; until [ -n "$got" ]; do sleep 0.01; done'
BUSY = "import time; e = time.process_time() + {}\nwhile time.process_time() < e: pass"


def busy(seconds: float) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(BUSY.format(seconds))}"


def test_a_quiet_command(run: Run) -> None:
    found = run("sleep", "0.3")
    wall_s = found.cost.wall.value or 0.0
    assert 0.3 <= wall_s < 5.0
    assert (found.exit_code, found.complete, found.counted, found.level) == (0, True, 1, None)
    assert (found.cost.cpu.value or 0.0) < 0.1
    assert found.cost.energy.value == pytest.approx(50 * wall_s, rel=0.05)
    assert found.cost.net.value == pytest.approx(40 * wall_s, rel=0.05)
    assert found.price.value == pytest.approx((found.cost.energy.value or 0.0) / 3.6e6 * 0.3)
    assert found.co2e.unit == "g"
    assert found.runs[0].left_running == ()


@pytest.mark.parametrize(("script", "code", "name"), [("exit 7", 7, None), ("kill -9 $$", 137, "SIGKILL")])
def test_how_a_command_ends_is_a_result(run: Run, script: str, code: int, name: str | None) -> None:
    found = run("sh", "-c", script)
    assert (found.exit_code, found.runs[0].signal) == (code, name)
    assert not found.cost.energy.is_missing


@pytest.mark.parametrize("number", ["SEGV", "ABRT", "TERM", "HUP", "QUIT", "PIPE", "XCPU"])
def test_a_command_may_die_of_any_signal(run: Run, number: str) -> None:
    found = run("sh", "-c", f"ulimit -c 0; kill -{number} $$")
    assert found.runs[0].signal == f"SIG{number}"
    assert found.exit_code == 128 + signal.Signals[f"SIG{number}"]
    assert found.runs[0].interrupted_by is None


def test_streams_folder_and_variables_are_the_commands_own(
    run: Run, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLAB_TEST_WORD", "as given")
    run("sh", "-c", 'pwd; echo "$WATTLAB_TEST_WORD" >&2; echo "$0 $1"', "a b", "")
    said = capfd.readouterr()
    assert said.out.splitlines() == [str(tmp_path), "a b "]
    assert said.err.splitlines() == ["as given"]


def test_processor_time_is_that_of_the_whole_tree(run: Run) -> None:
    # Waited for, by a shell in a shell, and in a group of its own.
    found = run("sh", "-c", f"{busy(0.15)}; sh -c {shlex.quote(busy(0.15))}; setsid -w {busy(0.15)}")
    assert found.cost.cpu.value == pytest.approx(0.45, abs=0.35)
    assert (found.cost.cpu.value or 0.0) >= 0.44


@LINUX
def test_orphans_are_counted_and_reaped(run: Run) -> None:
    # The middle shell ends first: its child has no parent any more, and ends before the command.
    before = psutil.Process().children()
    orphan = shlex.quote(f"({busy(0.2)}; touch over) & exit 0")
    found = run("sh", "-c", f"sh -c {orphan}; until [ -e over ]; do sleep 0.1; done; sleep 0.5")
    assert (found.cost.cpu.value or 0.0) >= 0.19
    assert found.runs[0].left_running == ()
    assert psutil.Process().children() == before


@pytest.fixture
def no_orphans() -> Iterator[None]:
    """End and reap what a test left to this process."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = set(psutil.Process().children(recursive=True)) - before
    for child in left:
        child.terminate()
    assert psutil.wait_procs(left, timeout=5)[1] == []


@LINUX
@pytest.mark.usefixtures("no_orphans")
def test_what_outlives_the_command_is_told_and_left_alone(run: Run) -> None:
    before = psutil.Process().children()
    found = run("sh", "-c", "sh -c 'exec setsid sleep 60' & sleep 0.2; exit 0")
    assert found.runs[0].left_running == ("sleep",)
    assert "Still running after the command had ended: sleep;" in found.notes[0]
    assert [child.name() for child in psutil.Process().children() if child not in before] == ["sleep"]


@LINUX
@pytest.mark.usefixtures("no_orphans")
def test_a_storm_of_short_lived_children_in_any_order(run: Run) -> None:
    before = psutil.Process().children()
    loop = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); (sleep 0.0$((i % 3)) & ); (exit $((i % 7))); done"
    found = run("sh", "-c", f"{loop}; wait; sleep 0.1; exit 5")
    assert found.exit_code == 5
    assert found.runs[0].left_running == ()
    assert psutil.Process().children() == before
    assert found.runs[0].processes > 1


def test_memory_is_that_of_all_processes_together(run: Run) -> None:
    hold = f"{shlex.quote(sys.executable)} -c 'x = b\"1\" * 2**27; import time; time.sleep(0.5)'"
    found = run("sh", "-c", f"{hold} & {hold} & wait")
    assert (found.cost.peak_memory.value or 0.0) > 2 * 2**27
    assert (found.cost.peak_memory.value or 0.0) < 3 * 2**27
    assert found.runs[0].processes == 3
    assert found.cost.peak_memory.interval is None


def test_a_large_process_is_noticed_however_short_it_lives(run: Run) -> None:
    found = run(sys.executable, "-c", "x = b'1' * 2**29", interval_s=30.0)
    memory = found.cost.peak_memory
    assert memory.value is not None
    # The kernel tells the peak of the largest; one that was only looked at, while it still grew, has an interval.
    most_B = memory.interval[1] if memory.interval else memory.value
    assert memory.value > 2**26
    assert most_B > 2**29


def test_memory_of_a_command_too_short_to_look_at_is_not_guessed(run: Run) -> None:
    shortest = min((run("true") for _ in range(5)), key=lambda found: found.cost.wall.value or 0.0)
    memory = shortest.cost.peak_memory
    assert memory.is_missing
    assert "ended before its memory could be sampled; it held at most" in memory.note


def test_a_command_of_one_process_has_bounds_for_its_memory(run: Run) -> None:
    memory = run("sleep", "0.2").cost.peak_memory
    assert memory.interval is not None
    assert 2**18 < memory.interval[0] <= (memory.value or 0.0) <= memory.interval[1]


@LINUX
@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "CONT", "WINCH", "ALRM"])
def test_a_signal_to_us_is_passed_on_once(
    run: Run, later: Later, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    later(f"{WHEN_READY}; kill -{name} {os.getpid()}")
    waiting = f"trap 'echo got {name}; got=1' {name}; {UNTIL_GOT}; sleep 0.1; exit 3"
    ends = name in {"TERM", "HUP", "INT", "QUIT"}
    if ends:
        with pytest.raises(MeasurementInterrupted) as interrupt:
            run("sh", "-c", waiting, repeat=3)
        found = interrupt.value.measurement
        assert (interrupt.value.signal, interrupt.value.by_terminal) == (f"SIG{name}", False)
    else:
        found = run("sh", "-c", waiting)
    assert found is not None
    assert (len(found.runs), found.exit_code) == (1, 3)
    assert found.runs[0].interrupted_by == (f"SIG{name}" if ends else None)
    assert capfd.readouterr().out.splitlines() == [f"got {name}"]


def test_no_library_that_starts_threads_comes_before_we_listen_to_signals() -> None:
    code = "import sys, wattlab.cli.measure, wattlab.command.environment; print('numpy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


@LINUX
def test_a_command_that_signals_its_group_means_itself(run: Run) -> None:
    # In a group of our own, or the test would end with it.
    code = "import sys; from wattlab.command import measure; m = measure(['sh', '-c', sys.argv[1]]); "
    code += "print(m.exit_code, m.runs[0].interrupted_by)"
    script = "trap 'exit 9' TERM; kill -TERM 0; sleep 5"
    ended = subprocess.run(
        [sys.executable, "-c", code, script],
        capture_output=True,
        text=True,
        start_new_session=True,
        check=True,
    )
    assert ended.stdout == "9 None\n"


@LINUX
def test_stop_and_continue_reach_the_command(
    run: Run, later: Later, capfd: pytest.CaptureFixture[str]
) -> None:
    later(f"{WHEN_READY}; kill -TSTP {os.getpid()}; sleep 0.2; kill -CONT {os.getpid()}")
    found = run("sh", "-c", f"trap 'echo stopped; got=1' TSTP; {UNTIL_GOT}")
    assert capfd.readouterr().out.splitlines() == ["stopped"]
    assert found.exit_code == 0


@LINUX
def test_signals_are_ours_again_afterwards(run: Run) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    run("true")
    assert (signal.getsignal(signal.SIGTERM), signal.pthread_sigmask(signal.SIG_BLOCK, ())) == before


def test_an_ignored_signal_stays_ignored(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    children = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run("sh", "-c", "kill -HUP $$; exit 4").exit_code == 4
        assert signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, handler)
        signal.signal(signal.SIGCHLD, children)


@LINUX
def test_without_knowing_the_sender_signals_are_passed_on_as_well(
    run: Run, later: Later, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.command.events.sys.platform", "other")
    later(f"{WHEN_READY}; kill -TERM {os.getpid()}")
    with pytest.raises(MeasurementInterrupted) as interrupt:
        run("sh", "-c", f"trap 'echo got it; got=1' TERM; {UNTIL_GOT}; exit 3")
    assert capfd.readouterr().out.splitlines() == ["got it"]
    assert interrupt.value.measurement is not None
    assert interrupt.value.measurement.exit_code == 3


def test_in_another_thread_a_command_is_measured_without_signals(run: Run) -> None:
    found: list[Measurement] = []
    thread = threading.Thread(target=lambda: found.append(run("sh", "-c", "exit 6")))
    thread.start()
    thread.join(20)
    assert found[0].exit_code == 6


def test_beside_threads_that_drop_sigchld_the_end_is_noticed(run: Run) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        found = run("true", repeat=40, interval_s=20.0)
    finally:
        stop.set()
    assert all((one.cost.wall.value or 0.0) < 5 for one in found.runs)


def test_other_children_of_this_process_keep_their_exit_code(run: Run) -> None:
    with subprocess.Popen(["sh", "-c", "exit 8"]) as other:
        run("sleep", "0.2")
        assert other.wait() == 8


def test_each_run_reads_a_file_on_standard_input_anew(
    run: Run, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("skipped\none\ntwo\n")
    kept = os.dup(0)
    file = os.open(tmp_path / "input", os.O_RDONLY)
    os.lseek(file, len("skipped\n"), os.SEEK_SET)
    os.dup2(file, 0)
    try:
        found = run("cat", repeat=2, warm_up=1)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(file)
    assert capfd.readouterr().out == "one\ntwo\n" * 3
    assert not any("pipe" in note for note in found.notes)


def test_of_a_pipe_each_run_reads_on_and_a_note_says_so(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    kept = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, b"once\n")
    os.close(writing)
    os.dup2(reading, 0)
    try:
        found = run("cat", repeat=2)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reading)
    assert capfd.readouterr().out == "once\n"
    assert any("Standard input is a pipe" in note for note in found.notes)


def test_repeated_runs_give_medians(run: Run) -> None:
    found = run("sleep", "0.02", repeat=5, warm_up=1)
    seconds = sorted(one.cost.wall.value or 0.0 for one in found.runs)
    assert (len(found.runs), found.counted, found.level) == (5, 5, 0.9375)
    assert found.cost.wall.value == seconds[2]
    assert found.cost.wall.interval == (seconds[0], seconds[4])
    assert found.notes == ()


def test_few_runs_are_called_few(run: Run) -> None:
    found = run("true", repeat=3)
    assert found.level == 0.75
    assert "3 runs are few" in found.notes[0]


def test_a_failing_run_is_the_last_and_does_not_count(run: Run, tmp_path: Path) -> None:
    found = run("sh", "-c", "echo >> count; test $(wc -l < count) -lt 3 || exit 5", repeat=9)
    assert [one.exit_code for one in found.runs] == [0, 0, 5]
    assert (found.exit_code, found.counted, found.complete) == (5, 2, False)
    assert "Run 3 of 9 failed and was the last; the figures are of the other 2." in found.notes


def test_a_command_that_is_gone_later_keeps_the_runs_that_had_ended(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\necho >> count; test $(wc -l < count) -lt 3 || rm -f "$0"\n')
    script.chmod(0o755)
    with pytest.raises(MeasurementCutShortError, match=r"run 4 of 9: command './script' cannot be") as ended:
        run("./script", repeat=9)
    found = ended.value.measurement
    assert (ended.value.exit_code, len(found.runs), found.counted, found.complete) == (127, 3, 3, False)
    assert "Run 3 of 9 was the last; the figures are of all 3." in found.notes
    assert found.cost.wall.value == sorted(one.cost.wall.value or 0.0 for one in found.runs)[1]


def test_a_command_that_is_gone_after_the_warm_up_has_no_cost(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\nrm -f "$0"\n')
    script.chmod(0o755)
    with pytest.raises(CommandError, match="cannot be executed: No such file") as ended:
        run("./script", warm_up=1)
    assert type(ended.value) is CommandError


def test_variables_may_be_given(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    run("env", environ={"PATH": os.environ["PATH"], "ONLY": "this"})
    assert capfd.readouterr().out.splitlines() == [f"PATH={os.environ['PATH']}", "ONLY=this"]


def test_failures_count_where_they_are_to_be_ignored(run: Run) -> None:
    found = run("sh", "-c", "exit 5", repeat=5, ignore_failure=True)
    assert (len(found.runs), found.counted, found.exit_code, found.complete) == (5, 5, 5, True)


def test_a_single_failing_run_has_its_cost(run: Run) -> None:
    found = run("sh", "-c", "sleep 0.1; exit 5", repeat=3)
    assert (len(found.runs), found.counted) == (1, 1)
    assert (found.cost.wall.value or 0.0) >= 0.1


def test_an_interrupt_keeps_the_runs_that_had_ended(run: Run, later: Later) -> None:
    later(f"until [ -e third ]; do sleep 0.01; done; kill -INT {os.getpid()}")
    counting = "echo >> count; test $(wc -l < count) -lt 3 || > third; sleep 0.05"
    with pytest.raises(MeasurementInterrupted) as interrupt:
        run("sh", "-c", counting, repeat=50)
    found = interrupt.value.measurement
    assert found is not None
    assert 2 < len(found.runs) < 50
    assert found.runs[-1].interrupted_by == "SIGINT"
    assert found.counted == len(found.runs) - 1
    assert not found.complete


class Interrupting(MeasureObserver):
    def ran(self, number: int, run: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_after_the_last_run_is_not_the_commands(run: Run) -> None:
    with pytest.raises(MeasurementInterrupted) as interrupt:
        run("true", observer=Interrupting())
    found = interrupt.value.measurement
    assert found is not None
    assert found.complete


def test_an_interrupt_just_after_the_end_is_not_the_commands(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_and_interrupted(self: Execution) -> bool:
        ended = has_ended(self)
        if ended:
            os.kill(os.getpid(), signal.SIGINT)
        return ended

    has_ended = Execution._has_ended
    monkeypatch.setattr(Execution, "_has_ended", ended_and_interrupted)
    with pytest.raises(MeasurementInterrupted) as interrupt:
        run("true", repeat=3)
    found = interrupt.value.measurement
    assert found is not None
    assert [one.succeeded for one in found.runs] == [True]


class Watching(MeasureObserver):
    def __init__(self) -> None:
        self.said: list[object] = []

    def idle(self, seconds: float) -> None:
        self.said.append(seconds)

    def ran(self, number: int, run: object) -> None:
        self.said.append(number)


def test_the_idle_machine_is_measured_first(run: Run) -> None:
    watching = Watching()
    found = run("sleep", "0.1", baseline_s=0.2, repeat=2, observer=watching)
    assert watching.said == [0.2, 1, 2]
    assert found.cost.idle.provenance == "measured"
    assert "idle baseline measured over 0.2" in found.cost.idle.note
    assert abs(found.cost.net.value or 0.0) < 0.1 * (found.cost.energy.value or 0.0)


def test_without_a_counter_the_baseline_is_said_to_be_a_model(run: Run) -> None:
    sensors = Sensors((), idle=modelled(10.0, "W", "model:tdp-idle"))
    watching = Watching()
    found = run("true", baseline_s=30.0, sensors=sensors, observer=watching)
    assert watching.said == [1]
    assert "no sensor measures here" in found.cost.idle.note
    assert found.price.is_missing


def test_an_interrupt_of_the_baseline_ends_before_the_command(run: Run, later: Later, tmp_path: Path) -> None:
    later(f"sleep 0.3; kill -TERM {os.getpid()}")
    with pytest.raises(MeasurementInterrupted) as interrupt:
        run("touch", "began", baseline_s=30.0)
    assert interrupt.value.measurement is None
    assert not (tmp_path / "began").exists()


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ([], {}, "the command is empty"),
        ("ls -l", {}, "the command is one text"),
        (["true"], {"repeat": 0}, "repeat is 0; expected at least 1"),
        (["true"], {"warm_up": -1}, "warm_up is -1; expected at least 0"),
        (["true"], {"interval_s": 0.01}, "the interval is 0.01 s; expected at least 0.05 s"),
        (["true"], {"interval_s": float("nan")}, "the interval is nan s"),
    ],
)
def test_senseless_arguments_are_refused(command: list[str], options: dict[str, int], said: str) -> None:
    with pytest.raises(UserError, match=said):
        measure(command, **options)  # type: ignore[arg-type]


def test_a_command_that_is_not_there_is_told_before_the_baseline(run: Run) -> None:
    watching = Watching()
    with pytest.raises(CommandError):
        run("no-such-command", baseline_s=30.0, observer=watching)
    assert watching.said == []


def test_a_measurement_survives_json(run: Run) -> None:
    found = run("true", repeat=2)
    assert Measurement.from_json(found.to_json(), "cost.json") == found
    with pytest.raises(RunError, match=r"cost.json is no measurement .* at repeat"):
        Measurement.from_json(found.to_json().replace('"repeat"', '"again"'), "cost.json")
    with pytest.raises(RunError, match="at schema_version"):
        Measurement.from_json(found.to_json().replace('"schema_version": 1', '"schema_version": 2'), "x")


def test_our_own_work_is_noted_and_small(run: Run) -> None:
    found = run("sleep", "0.5", interval_s=0.5)
    assert found.runs[0].overhead.unit == "s"
    # Some milliseconds are for the first looks: `make bench-meter` measures the rest.
    assert (found.runs[0].overhead.value or 0.0) < 0.05


def test_losses_are_lines_of_their_own(run: Run) -> None:
    settings = Settings.model_validate({"energy": {"pue": 1.5}})
    found = run("true", settings=settings)
    assert found.surcharges.keys() == {"PUE overhead"}


def test_a_closed_sensor_is_told_with_what_opens_it(run: Run) -> None:
    closed = Absent("plug:tasmota", "the plug does not answer", "check url in [plug]", closed=True)
    found = run("true", sensors=Sensors((), absent=(closed,), idle=modelled(10.0, "W", "model:tdp-idle")))
    assert "Not measured by plug:tasmota: the plug does not answer; check url in [plug]" in found.notes
