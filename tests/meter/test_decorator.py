"""`wattlab.measured` on every kind of callable, in a made-up world where each second takes 60 J."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.meter.calls import AT_THE_SAME_TIME
from wattlab.meter.decorator import measured

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator, Sequence

    from tests.made_up_meter import World

    from wattlab.meter import Cost, Meter


def joules(costs: Sequence[Cost]) -> list[float | None]:
    return [cost.energy.value for cost in costs]


def test_a_function_keeps_its_face_and_tells_what_each_call_cost(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    @measured(meter=meter, name="epoch")
    def train(seconds: float, *, factor: int = 2) -> float:
        """Train."""
        world.work(seconds)
        return seconds * factor

    assert train(1.5, factor=3) == 4.5
    assert train(2.0) == 4.0
    assert joules(train.costs) == [90.0, 120.0]
    assert inspect.signature(train).parameters.keys() == {"seconds", "factor"}
    assert train.__doc__ == "Train."
    assert capsys.readouterr().err.splitlines() == [
        "wattlab: epoch: 1.50 s, 90.0 J [89.9-90.1 J] measured, net of idle 75.0 J",
        "wattlab: epoch: 2.00 s, 120 J [120-120 J] measured, net of idle 100 J",
    ]


def test_the_default_name_is_the_functions_and_quiet_is_quiet(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        world.work(1.0)

    measured(meter=meter)(work)()
    assert "work: 1.00 s" in capsys.readouterr().err
    measured(meter=meter, quiet=True)(work)()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("closed", [False, True])
def test_a_result_is_not_lost_because_nobody_reads_the_line(
    closed: bool, world: World, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    @measured(meter=meter)
    def work() -> int:
        world.work(1.0)
        return 42

    reader, writer = os.pipe()
    os.close(reader)
    stream = open(writer, "w", buffering=1, closefd=False)  # noqa: SIM115 (its end is part of the test)
    if closed:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        assert work() == 42
    finally:
        monkeypatch.undo()
        os.close(writer)
        with suppress(OSError):
            stream.close()


def test_only_the_latest_costs_are_kept(world: World, meter: Meter) -> None:
    work = measured(meter=meter, quiet=True, keep=2)(world.work)
    for seconds in (1.0, 2.0, 3.0):
        work(seconds)
    assert joules(work.costs) == [120.0, 180.0]


def test_an_error_passes_and_its_call_is_measured(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def fail() -> None:
        world.work(1.0)
        msg = "diverged"
        raise RuntimeError(msg)

    for _ in range(2):
        with pytest.raises(RuntimeError, match="diverged"):
            fail()
    assert joules(fail.costs) == [60.0, 60.0]


def test_the_line_of_a_call_that_raised_says_so(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    @measured(meter=meter, name="f")
    def plain() -> None:
        world.work(1.0)
        raise KeyboardInterrupt

    @measured(meter=meter, name="f")
    async def coroutine() -> None:
        world.work(1.0)
        raise KeyError

    @measured(meter=meter, name="f")
    def generator() -> Iterator[int]:
        world.work(1.0)
        yield 1
        msg = "no value"
        raise ValueError(msg)

    @measured(meter=meter, name="f")
    async def async_generator() -> AsyncGenerator[int, None]:
        world.work(1.0)
        yield 1
        msg = "no file"
        raise OSError(msg)

    async def drain() -> None:
        async for _ in async_generator():
            pass

    with pytest.raises(KeyboardInterrupt):
        plain()
    with pytest.raises(KeyError):
        asyncio.run(coroutine())
    with pytest.raises(ValueError, match="no value"):
        list(generator())
    with pytest.raises(OSError, match="no file"):
        asyncio.run(drain())
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"wattlab: f: raised {error} after 1.00 s"
        for error in ("KeyboardInterrupt", "KeyError", "ValueError", "OSError")
    ]


def test_a_generator_that_ends_or_is_closed_has_not_failed(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    @measured(meter=meter)
    def generator() -> Iterator[int]:
        world.work(1.0)
        yield 1

    @measured(meter=meter)
    async def async_generator() -> AsyncGenerator[int, None]:
        world.work(1.0)
        yield 1

    async def close() -> None:
        items = async_generator()
        await anext(items)
        await items.aclose()

    list(generator())
    items: Any = generator()
    next(items)
    items.close()
    asyncio.run(close())
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 3
    assert "raised" not in said


def test_a_recursive_call_is_part_of_the_outermost(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def walk(depth: int) -> None:
        world.work(1.0)
        if depth:
            walk(depth - 1)
            walk(depth - 1)

    walk(2)
    walk(0)
    assert joules(walk.costs) == [7 * 60.0, 60.0]


def test_measured_functions_may_call_each_other(world: World, meter: Meter) -> None:
    inner = measured(meter=meter, quiet=True, name="same")(world.work)

    @measured(meter=meter, quiet=True, name="same")
    def outer() -> None:
        world.work(1.0)
        inner(2.0)

    outer()
    assert (joules(outer.costs), joules(inner.costs)) == ([180.0], [120.0])


class Model:
    """Has each kind of method."""

    def __init__(self, world: World) -> None:
        self.world = world

    @measured(quiet=True)
    def fit(self, seconds: float) -> Model:
        self.world.work(seconds)
        return self

    @measured(quiet=True)
    @classmethod
    def made(cls, world: World) -> Model:
        return cls(world)

    @classmethod
    @measured(quiet=True)
    def also_made(cls, world: World) -> Model:
        return cls(world)

    @measured(quiet=True)
    @staticmethod
    def double(value: int) -> int:
        return 2 * value


def test_methods_class_methods_and_static_methods(world: World) -> None:
    kinds: Any = Model  # a type checker does not see through a class method of a measured function
    model = kinds.made(world)
    assert kinds.also_made(world).fit(1.0).world is world
    assert model.fit(2.0) is model
    assert (kinds.double(2), model.double(3)) == (4, 6)
    assert len(kinds.fit.costs) == len(model.fit.costs) == 2
    assert len(kinds.double.costs) == 2
    assert len(kinds.made.costs) == len(kinds.also_made.costs) == 1


def test_a_coroutine_is_measured_to_its_end(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    async def work() -> str:
        world.work(1.0)
        await asyncio.sleep(0)
        world.work(2.0)
        return "done"

    assert inspect.iscoroutinefunction(work)
    assert asyncio.run(work()) == "done"
    assert joules(work.costs) == [180.0]
    assert work.costs[0].shared == ""


def test_tasks_at_the_same_time_are_each_measured_and_say_so(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    async def work() -> None:
        await asyncio.sleep(0)
        world.work(1.0)
        await asyncio.sleep(0)

    async def both() -> None:
        await asyncio.gather(work(), work())

    asyncio.run(both())
    assert joules(work.costs) == [120.0, 120.0]
    assert [cost.shared for cost in work.costs] == [AT_THE_SAME_TIME] * 2
    asyncio.run(work())
    assert work.costs[-1].shared == ""


def test_a_generator_is_measured_from_first_to_last(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def count(n: int) -> Generator[int, int, str]:
        sent = 0
        for number in range(n):
            world.work(1.0)
            sent += yield number
        return f"got {sent}"

    assert inspect.isgeneratorfunction(count)
    unused = count(5)
    unused.close()
    assert joules(count.costs) == []

    def drive() -> Generator[int, int, str]:
        return (yield from count(2))

    driver = drive()
    assert next(driver) == 0
    world.work(10.0)
    assert driver.send(3) == 1
    with pytest.raises(StopIteration, match="got 7"):
        driver.send(4)
    assert joules(count.costs) == [12 * 60.0]


def test_a_generator_that_is_left_or_fails_is_measured_so_far(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def count() -> Iterator[int]:
        number = 0
        while True:
            world.work(1.0)
            try:
                yield number
            except KeyError:
                yield -1
            number += 1

    for number in count():
        if number == 2:
            break
    assert joules(count.costs) == [180.0]
    thrown: Any = count()
    next(thrown)
    assert thrown.throw(KeyError("handled")) == -1
    with pytest.raises(ZeroDivisionError):
        thrown.throw(ZeroDivisionError)
    assert joules(count.costs) == [180.0, 60.0]


def test_a_recursive_generator_is_measured_once(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def walk(depth: int) -> Iterator[int]:
        world.work(1.0)
        yield depth
        if depth:
            yield from walk(depth - 1)

    assert list(walk(3)) == [3, 2, 1, 0]
    assert joules(walk.costs) == [240.0]


def test_two_generators_in_turn_are_not_taken_for_one_in_the_other(world: World, meter: Meter) -> None:
    @measured(meter=meter, quiet=True)
    def count() -> Iterator[int]:
        for number in range(2):
            world.work(1.0)
            yield number

    assert list(zip(count(), count(), strict=True)) == [(0, 0), (1, 1)]
    assert len(count.costs) == 2
    assert all(cost.shared == AT_THE_SAME_TIME for cost in count.costs)


def test_an_asynchronous_generator(world: World, meter: Meter) -> None:
    handled: list[str] = []

    @measured(meter=meter, quiet=True)
    async def count() -> AsyncGenerator[int, int]:
        sent = 0
        while sent < 5:
            world.work(1.0)
            await asyncio.sleep(0)
            try:
                sent = yield sent
            except KeyError:
                handled.append("key")
                yield -1
            finally:
                handled.append("step")

    async def drive() -> list[int]:
        whole: Any = count()
        values = [await anext(whole), await whole.asend(4), await whole.athrow(KeyError("x"))]
        await whole.aclose()
        ended: Any = count()
        await anext(ended)
        with pytest.raises(StopAsyncIteration):
            await ended.asend(9)
        return values

    assert inspect.isasyncgenfunction(count)
    assert asyncio.run(drive()) == [0, 4, -1]
    assert joules(count.costs) == [120.0, 60.0]
    assert handled == ["step", "key", "step", "step"]


def test_threads_are_each_measured(meter: Meter) -> None:
    together = threading.Barrier(4)

    @measured(meter=meter, quiet=True)
    def work() -> None:
        together.wait(timeout=10)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(work.costs) == 4
    assert all(cost.shared == AT_THE_SAME_TIME for cost in work.costs)


def test_the_device_is_waited_for_at_both_edges(world: World, meter: Meter) -> None:
    work = measured(meter=meter, quiet=True, synchronize=world.synchronize)(world.work)
    work(2.0)
    assert world.waits == [50.0, 52.0]


@pytest.mark.parametrize("thing", [3, "epoch", Model])
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match="takes a function"):
        measured(thing)


@measured(quiet=True)
def at_the_top(number: int) -> int:
    return number + 1


def test_with_the_default_meter_it_measures_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert at_the_top(1) == 2
    cost = at_the_top.costs[-1]
    assert cost.wall.value is not None
    assert cost.wall.value > 0
    assert cost.energy.provenance in {"measured", "modelled"}
    assert capsys.readouterr().err == ""


PROGRAM = """
import pickle
from wattlab.meter.decorator import measured

@measured
def work(n: int) -> int:
    return sum(range(n))

assert pickle.loads(pickle.dumps(work)) is work
work(10)
"""


def test_a_program_of_its_own_ends_in_peace() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("wattlab: work: ")
    assert len(done.stderr.splitlines()) == 1
