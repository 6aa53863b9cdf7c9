"""What the calls of one function cost: one stretch for each outermost call, however often it calls itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wattlab.meter.ongoing import Stretch
from wattlab.meter.summary import cost_line, tell

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from wattlab.meter.cost import Cost
    from wattlab.meter.meter import Meter

__all__ = ["Calls", "MeasuredGenerator", "measured_async_generator"]

AT_THE_SAME_TIME: Final = (
    "other calls of this function ran at the same time, and what they drew is in the energy"
)

Result = TypeVar("Result")


class OpenCall:
    """A call that has begun and not ended."""

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self.overlapped = False


class Calls:
    """Measures the calls of one function; any thread or task may call it.

    Parameters
    ----------
    name : str
        What the line says.
    synchronize : callable or None
        Waits for the device at both edges of a call.
    quiet : bool
        Print nothing.
    keep : int
        How many costs are kept, the latest.
    meter : Meter or None
        A meter that runs; None for the process's own.
    """

    def __init__(
        self,
        name: str,
        synchronize: Callable[[], object] | None,
        keep: int,
        meter: Meter | None,
        *,
        quiet: bool,
    ) -> None:
        self.costs: deque[Cost] = deque(maxlen=keep)
        self._name, self._synchronize, self._meter, self._quiet = name, synchronize, meter, quiet
        self._lock = threading.Lock()
        self._open: set[OpenCall] = set()
        # A thread has a context of its own, and so has a task.
        self._inside: ContextVar[bool] = ContextVar(f"inside {name}", default=False)

    def begin(self) -> OpenCall | None:
        """Begin to measure a call; None where it is part of another one, made by the same thread or task."""
        if self._inside.get():
            return None
        call = OpenCall(Stretch(self._name, self._synchronize, self._meter))
        with self._lock:
            self._open.add(call)
            if len(self._open) > 1:
                for one in self._open:
                    one.overlapped = True
        return call

    def end(self, call: OpenCall, raised: str = "") -> None:
        """Keep what a call cost, and say it, with the name of the error that ended it, if one did."""
        try:
            cost = call.stretch.close()
        finally:
            with self._lock:
                self._open.discard(call)
        if call.overlapped:
            cost = replace(cost, shared="; ".join(part for part in (cost.shared, AT_THE_SAME_TIME) if part))
        self.costs.append(cost)
        if not self._quiet:
            tell(cost_line(f"wattlab: {self._name}", cost, raised))

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Mark what happens in the block as part of a call."""
        before = self._inside.get()
        self._inside.set(True)
        try:
            yield
        finally:
            # Not by a token: a coroutine may be closed in another context than it began in.
            self._inside.set(before)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Measure the block as one call."""
        call, raised = self.begin(), ""
        try:
            with self.inside():
                yield
        except BaseException as error:
            raised = _failure(error)
            raise
        finally:
            if call is not None:
                self.end(call, raised)


class MeasuredGenerator(Generator[Any, Any, Any]):
    """A generator, measured from its first value asked for until it is exhausted or closed, or fails.

    Parameters
    ----------
    calls : Calls
        Who measures.
    generator : generator
        What is measured.
    """

    def __init__(self, calls: Calls, generator: Generator[Any, Any, Any]) -> None:
        self._calls, self._generator = calls, generator
        self._call = calls.begin()

    def send(self, value: Any) -> Any:
        """Go on to the next value."""
        return self._step(lambda: self._generator.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise an error where the generator stands."""
        return self._step(lambda: self._generator.throw(*error))

    def _step(self, step: Callable[[], Result]) -> Result:
        try:
            with self._calls.inside():
                return step()
        except BaseException as error:
            if self._call is not None:
                self._calls.end(self._call, "" if isinstance(error, StopIteration) else _failure(error))
                self._call = None
            raise


def measured_async_generator(
    calls: Calls, function: Callable[..., AsyncGenerator[Any, Any]]
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """Return an asynchronous generator function that measures as `MeasuredGenerator` does."""

    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator, call, raised = function(*args, **kwargs), calls.begin(), ""
        try:
            with calls.inside():
                value = await anext(generator)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 (the generator's to handle, whatever it is)
                    with calls.inside():
                        value = await generator.athrow(error)
                else:
                    with calls.inside():
                        value = await generator.asend(sent)
        except StopAsyncIteration:
            return
        except BaseException as error:
            raised = _failure(error)
            raise
        finally:
            if call is not None:
                calls.end(call, raised)

    return async_generator


def _failure(error: BaseException) -> str:
    """Return an error's name; nothing for that by which Python closes a coroutine or generator."""
    return "" if isinstance(error, GeneratorExit) else type(error).__name__
