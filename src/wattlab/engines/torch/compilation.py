"""torch.compile: what it needs, and how it is asked."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeVar

from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wattlab.recipe.engine import TorchChoice

__all__ = ["check_compiler", "compiled"]

Function = TypeVar("Function", bound="Callable[..., Any]")

# As torch's inductor chooses where the environment variable CXX does not.
_COMPILERS: Final = {"darwin": "clang++", "win32": "cl"}


def check_compiler(choice: TorchChoice) -> None:
    """Raise `UnsupportedError` if torch.compile lacks what it writes code for; torch is not imported to find out."""
    if not choice.compiled:
        return
    if choice.device != "cpu":
        if find_spec("triton") is None:
            raise UnsupportedError(
                "engine.compiled is true, but on a GPU torch.compile needs the package 'triton', which is not "
                "installed; install it, or set engine.compiled = false"
            )
        return
    name = os.environ.get("CXX") or _COMPILERS.get(sys.platform, "g++")
    if shutil.which(name) is None:
        raise UnsupportedError(
            f"engine.compiled is true, but torch.compile needs a C++ compiler, and {name!r} is not to be found; "
            "install one (the environment variable CXX names it), or set engine.compiled = false"
        )


def compiled(function: Function, *, dynamic: bool) -> Function:
    """Return a function that is compiled anew for each shape, or once for all lengths if `dynamic`.

    Its code is kept apart from that of other trainers, whose number would else be limited in a process. The mode is
    the default one: on a CPU "max-autotune" and the C++ wrapper gain less than a tenth at batch 32, and
    "reduce-overhead" nothing; on a GPU its CUDA graphs overwrite outputs that are still to be read.
    """
    import torch

    with warnings.catch_warnings():  # torch's compiler imports what torch itself says is deprecated
        warnings.filterwarnings("ignore", "`torch.jit.script_method` is deprecated", DeprecationWarning)
        return torch.compile(function, dynamic=dynamic, isolate_recompiles=True)  # type: ignore[call-overload, no-any-return]
