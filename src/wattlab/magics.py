"""Jupyter and IPython: ``%load_ext wattlab``, then ``%%energy`` above a cell or ``%energy`` before a statement."""

from __future__ import annotations

import ast
import inspect
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
    output_can_be_silenced,
)
from IPython.display import display

from wattlab.meter.cost import median_cost
from wattlab.meter.devices import synchronize_devices
from wattlab.meter.meter import Meter
from wattlab.meter.ongoing import Stretch, running_meter
from wattlab.records.cost_table import CostTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from IPython.core.interactiveshell import InteractiveShell

    from wattlab.meter.cost import Cost

__all__ = ["EnergyMagics", "Request", "load_ipython_extension"]

USAGE = "%%energy [-n NAME] [-r REPEAT] [-b SECONDS] [-q] [-o VARIABLE] [-h], and the cell; or %energy, and a statement"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; IPython calls this for ``%load_ext wattlab``."""
    shell.register_magics(EnergyMagics(shell))


@dataclass(frozen=True, slots=True)
class Request:
    """What the options of the magic ask for.

    Attributes
    ----------
    name : str
        Title of the table.
    repeat : int
        How often the code runs.
    baseline_s : float
        For how long the idle machine is measured before. Unit: s.
    quiet : bool
        Show no table.
    variable : str
        Where the cost is kept; empty: nowhere.
    """

    name: str = ""
    repeat: int = 1
    baseline_s: float = 0.0
    quiet: bool = False
    variable: str = ""

    @classmethod
    def of(cls, options: dict[str, list[str]]) -> Request:
        """Read the options; IPython's ``UsageError`` if one has a value that is not allowed."""
        given = {name: values[-1].strip("'\"") for name, values in options.items()}
        repeat, baseline, variable = given.get("r", "1"), given.get("b", "0"), given.get("o", "")
        if not (repeat.isdecimal() and int(repeat) > 0):
            msg = f"-r is {repeat!r}; expected a whole number of at least 1: {USAGE}"
            raise UsageError(msg)
        try:
            baseline_s = float(baseline)
        except ValueError:
            baseline_s = -1.0
        if not 0 <= baseline_s < 3600:
            msg = f"-b is {baseline!r}; expected seconds, from 0 to an hour: {USAGE}"
            raise UsageError(msg)
        if variable and not variable.isidentifier():
            msg = f"-o is {variable!r}; expected the name of a variable: {USAGE}"
            raise UsageError(msg)
        return cls(given.get("n", ""), int(repeat), baseline_s, "q" in given, variable)


@magics_class
class EnergyMagics(Magics):
    """The magics.

    Parameters
    ----------
    shell : InteractiveShell
        Where the code runs.
    new_meter : callable, optional
        Makes a meter with a baseline of so many seconds.
    meter : callable, optional
        Returns a meter that runs, for code without a baseline.
    """

    def __init__(
        self,
        shell: InteractiveShell,
        new_meter: Callable[[float], Meter] = lambda baseline_s: Meter(baseline_s=baseline_s),
        meter: Callable[[], Meter] = running_meter,
    ) -> None:
        super().__init__(shell)
        self._shell: Any = shell  # typed by its library as perhaps absent
        self._new_meter, self._meter = new_meter, meter

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    @output_can_be_silenced
    def energy(self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """Measure what a cell or a statement costs: time, memory, energy, money.

        Usage::

          %%energy [-n NAME] [-r REPEAT] [-b SECONDS] [-q] [-o VARIABLE]
          the cell

          %energy [the same options] statement

        The result is shown and an error raised as ever; the cost of what failed or was interrupted is shown too.
        Devices that torch or JAX compute with are waited for. A cell cannot use ``await``.

        Options:

        -n NAME: title of the table.
        -r REPEAT: run the code so often and show the median, with an interval that holds how the runs differ.
        -b SECONDS: measure the idle machine for so long before.
        -q: show no table.
        -o VARIABLE: keep the cost (`wattlab.Cost`) in a variable.
        -h, --help: show this and run nothing.
        """
        options, statement = self._options(line)
        if not options.keys().isdisjoint({"h", "help"}):
            print(inspect.getdoc(EnergyMagics.energy) or USAGE)  # noqa: T201 (for the cell's output)
            return None
        request = Request.of(options)
        if cell is not None and statement:
            msg = f"{statement!r} stands behind %%energy; expected options alone: {USAGE}"
            raise UsageError(msg)
        run = self._compiled(statement if cell is None else cell, local_ns)
        costs: list[Cost] = []
        result = None
        try:
            own = self._new_meter(request.baseline_s) if request.baseline_s else nullcontext(self._meter())
            with own as meter:
                for _ in range(request.repeat):
                    with self._measured(meter, costs):
                        result = run()
        finally:
            if costs:
                self._tell(request, costs)
        return result

    def _options(self, line: str) -> tuple[dict[str, list[str]], str]:
        """Return the options and what stands behind them."""
        try:
            found: tuple[dict[str, list[str]], str] = self.parse_options(
                line, "n:r:b:qo:h", "help", posix=False, strict=False, preserve_non_opts=True, list_all=True
            )
        except UsageError as error:
            # Its cause says which option; the error itself adds a list in the notation of getopt.
            msg = f"{error.__cause__ or error}: {USAGE}"
            raise UsageError(msg) from None
        return found

    @contextmanager
    def _measured(self, meter: Meter, costs: list[Cost]) -> Iterator[None]:
        stretch = Stretch("cell", synchronize_devices, meter)
        try:
            yield
        finally:
            costs.append(stretch.close())

    def _tell(self, request: Request, costs: list[Cost]) -> None:
        cost = median_cost(costs) if len(costs) > 1 else costs[0]
        runs = f"median of {len(costs)} runs" if len(costs) > 1 else ""
        title = ", ".join(part for part in (request.name, runs) if part) or "cost"
        if request.variable:
            self._shell.user_ns[request.variable] = cost
        if not request.quiet:
            show: Any = display  # its library does not type it
            show(CostTable.of(title, cost))

    def _compiled(self, code: str, local_ns: dict[str, Any] | None) -> Callable[[], Any]:
        """Return a function that runs code in the user's namespace and returns its last expression's value."""
        text = self._shell.transform_cell(code)
        # Known to the shell under a name, so that a traceback shows the lines.
        name = self._shell.compile.cache(text, self._shell.execution_count, raw_code=code)
        tree = self._shell.transform_ast(self._shell.compile.ast_parse(text, filename=name))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        statements: CodeType = self._shell.compile(tree, name, "exec")
        value = self._shell.compile(ast.Expression(last.value), name, "eval") if last else None
        space = self._shell.user_ns

        def run() -> Any:
            exec(statements, space, local_ns)  # noqa: S102 (to run the user's cell is what a magic is for)
            return eval(value, space, local_ns) if value else None  # noqa: S307

        return run
