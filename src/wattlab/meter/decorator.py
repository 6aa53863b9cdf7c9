"""`wattlab.measured`: a function that tells what each of its calls cost."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from wattlab.meter.calls import Calls, MeasuredGenerator, measured_async_generator
from wattlab.meter.devices import synchronize_devices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.cost import Cost
    from wattlab.meter.meter import Meter

__all__ = ["MeasuredFunction", "measured"]

P = ParamSpec("P")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")
Owner = TypeVar("Owner")
Answer_co = TypeVar("Answer_co", covariant=True)


class MeasuredFunction(Protocol, Generic[P, Answer_co]):
    """A function with the costs of its calls.

    Attributes
    ----------
    costs : sequence of Cost
        The latest calls, the newest last.
    """

    costs: Sequence[Cost]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Answer_co:
        """Call the function."""

    @overload
    def __get__(self, instance: None, owner: type) -> MeasuredFunction[P, Answer_co]: ...
    @overload
    def __get__(
        self: MeasuredFunction[Concatenate[Owner, Rest], Answer_co], instance: Owner, owner: type
    ) -> MeasuredFunction[Rest, Answer_co]: ...


@overload
def measured(function: Callable[P, Result], /) -> MeasuredFunction[P, Result]: ...
@overload
def measured(
    *,
    name: str = ...,
    synchronize: Callable[[], object] | None = ...,
    quiet: bool = ...,
    keep: int = ...,
    meter: Meter | None = ...,
) -> Callable[[Callable[P, Result]], MeasuredFunction[P, Result]]: ...
def measured(  # the overloads say more
    function: Any = None,
    /,
    *,
    name: str = "",
    synchronize: Callable[[], object] | None = synchronize_devices,
    quiet: bool = False,
    keep: int = 1000,
    meter: Meter | None = None,
) -> Any:
    """Measure every call of a function, and print a line about it on standard error.

    Use it bare or with arguments, on functions, coroutine functions, generator functions (measured from the first value
    asked for to the last, or until they are closed), methods, class methods and static methods. Name, signature and
    result stay; a call that raises is measured too. A call that the function makes of itself is part of the outermost
    one. Calls in several threads or tasks at a time are each measured, and say that they share the energy.

    Parameters
    ----------
    function : callable, optional
        What is measured.
    name : str, optional
        What the line says; by default, the function's qualified name.
    synchronize : callable or None, optional
        Waits for the device at both edges; by default, for all that torch and JAX compute with. None: no waiting.
    quiet : bool, optional
        Print nothing, as for a function that is called often.
    keep : int, optional
        How many costs are kept in ``function.costs``, the latest.
    meter : Meter, optional
        A meter that runs; by default, one that the whole process shares. Of several processes that a launcher started
        on a node, that of local rank 0 measures the energy; in the others it is missing, with the reason.

    Returns
    -------
    MeasuredFunction
        The function, with the costs of its latest calls as ``costs``.

    Raises
    ------
    TypeError
        It is no function.

    Examples
    --------
    >>> @measured(quiet=True)
    ... def work(n: int) -> int:
    ...     return sum(range(n))
    >>> work(1000)
    499500
    >>> [cost.wall.provenance for cost in work.costs]
    ['measured']
    """
    if function is None:
        return functools.partial(
            _measured, name=name, synchronize=synchronize, quiet=quiet, keep=keep, meter=meter
        )
    return _measured(function, name=name, synchronize=synchronize, quiet=quiet, keep=keep, meter=meter)


def _measured(function: Any, *, name: str, **options: Any) -> Any:
    if isinstance(function, staticmethod | classmethod):
        return type(function)(_measured(function.__func__, name=name, **options))
    if not callable(function) or isinstance(function, type):
        msg = f"wattlab.measured takes a function, not {function!r}; put it above a 'def'"
        raise TypeError(msg)
    calls = Calls(name or getattr(function, "__qualname__", type(function).__qualname__), **options)
    wrapper: Any = functools.update_wrapper(_wrapped(function, calls), function)
    wrapper.costs = calls.costs
    return wrapper


def _wrapped(function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    """Return a function of the same kind that measures."""
    if inspect.iscoroutinefunction(function):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with calls.call():
                return await function(*args, **kwargs)

        return coroutine
    if inspect.isasyncgenfunction(function):
        return measured_async_generator(calls, function)
    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **kwargs: Any) -> Any:
            return (yield from MeasuredGenerator(calls, function(*args, **kwargs)))

        return generator

    def plain(*args: Any, **kwargs: Any) -> Any:
        with calls.call():
            return function(*args, **kwargs)

    return plain
