"""Packages that get in each other's way, or that do not fit together."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wattlab.doctor.asking import installed, keras_file
from wattlab.doctor.compatibility import version
from wattlab.doctor.finding import advice, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_packages"]

_KERAS3_SINCE: Final = (2, 16)
_BACKENDS: Final = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


def check_packages(surroundings: Surroundings) -> list[Finding]:
    """Look at packages side by side."""
    found = [*_pynvml(surroundings), *_keras(surroundings), *_backend(surroundings)]
    return found or [ok("packages.fit", "no packages get in each other's way")]


def _pynvml(surroundings: Surroundings) -> Iterator[Finding]:
    old = surroundings.version_of("pynvml")
    if old is not None:
        yield advice(
            "packages.pynvml",
            "the deprecated package pynvml is installed",
            f"pynvml {old}; its module has the name of the one in nvidia-ml-py, which takes its place",
            "which of the two is imported is chance; the old one reads some energy counters wrongly or not at all",
            ("pip uninstall pynvml", "pip install --force-reinstall nvidia-ml-py"),
        )


def _keras(surroundings: Surroundings) -> Iterator[Finding]:
    keras = surroundings.version_of("keras")
    tensorflow = next(iter(installed(surroundings, "tensorflow").values()), None)
    if keras is None:
        return
    if tensorflow and version(keras) >= (3,) and version(tensorflow) < _KERAS3_SINCE:
        yield problem(
            "packages.keras",
            f"Keras {keras} and TensorFlow {tensorflow} do not belong together",
            "tensorflow.keras is Keras 2 before TensorFlow 2.16; programs that import both mix two of them",
            "models of one kind fail, or train slowly, in functions of the other",
            (
                "pip install --upgrade tensorflow",
                f"or: pip install 'keras<3'    # with TensorFlow {tensorflow}",
            ),
        )
    elif (
        surroundings.environ.get("TF_USE_LEGACY_KERAS") == "1" and surroundings.version_of("tf-keras") is None
    ):
        yield problem(
            "packages.legacy-keras",
            "TF_USE_LEGACY_KERAS=1, but tf-keras is not installed",
            "tensorflow.keras then needs the package tf-keras",
            "every program that uses tensorflow.keras stops at its import",
            ("unset TF_USE_LEGACY_KERAS", "or: pip install tf-keras"),
        )


def _backend(surroundings: Surroundings) -> Iterator[Finding]:
    keras = surroundings.version_of("keras")
    if keras is None or version(keras) < (3,):
        return
    name, source = _chosen(surroundings)
    if name in _BACKENDS and not installed(surroundings, name):
        others = [other for other in _BACKENDS if installed(surroundings, other)]
        mend = tuple(f"export KERAS_BACKEND={other}" for other in others[:1]) or (f"pip install {name}",)
        yield advice(
            "packages.keras-backend",
            f"Keras would compute on {name}, which is not installed",
            f"so says {source}; wattlab chooses the backend by the recipe, other programs do not",
            "they stop at their import",
            mend,
        )
        return
    yield ok("packages.keras-backend", f"Keras {keras}, by itself on {name}", f"so says {source}")


def _chosen(surroundings: Surroundings) -> tuple[str, str]:
    given = surroundings.environ.get("KERAS_BACKEND")
    if given is not None:
        return given, "KERAS_BACKEND"
    path = keras_file(surroundings)
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(path.read_text(encoding="utf-8"))["backend"]), str(path)
    return "tensorflow", "Keras' own default"
