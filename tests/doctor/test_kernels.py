"""Jupyter's kernels, as jupyter_client's documentation ("Kernel specs") describes their files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wattlab.doctor.kernels import check_kernels
from wattlab.doctor.mending import changes, write
from wattlab.doctor.running import Ran

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

HOME = "/home/.local/share/jupyter/kernels"


def kernel(place: Place, name: str = "ml", program: str = "/home/ml/bin/python", **more: Any) -> None:
    argv = [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python", **more}
    place.files({f"{HOME}/{name}/kernel.json": json.dumps(spec), "/home/ml/bin/python": ""})
    place.programs["find_spec"] = Ran()
    place.environ["JUPYTER_DATA_DIR"] = str(place.root / "home/.local/share/jupyter")


def test_no_kernel_is_fine(place: Place) -> None:
    assert place.find(check_kernels).keys() == {"kernels.none"}


def test_a_kernel_in_order(place: Place) -> None:
    kernel(place)
    assert {name: one.status for name, one in place.find(check_kernels).items()} == {"kernels.ml": "ok"}


def test_a_kernel_that_lacks_what_the_shell_has_and_its_fix(place: Place) -> None:
    kernel(place, env={"OPENBLAS_NUM_THREADS": "4"}, metadata={"debugger": True})
    place.link("/usr/local/cuda", place.toolkit("12.3.52"))
    place.environ.update(XLA_FLAGS="--xla_gpu_cuda_data_dir=/usr/local/cuda", OPENBLAS_NUM_THREADS="4")
    found = place.find(check_kernels)["kernels.ml.variables"]
    assert found.status == "advice"
    assert found.detail == "XLA_FLAGS=--xla_gpu_cuda_data_dir=/usr/local/cuda"
    (written,) = write(changes([found]))
    path, backup = written
    assert backup is not None
    assert "env" in json.loads(backup.read_text())
    assert json.loads(path.read_text()) == {
        **json.loads(backup.read_text()),
        "env": {"OPENBLAS_NUM_THREADS": "4", "XLA_FLAGS": "--xla_gpu_cuda_data_dir=/usr/local/cuda"},
    }
    assert place.find(check_kernels).keys() == {"kernels.ml"}


def test_a_kernel_does_not_inherit_what_is_wrong(place: Place) -> None:
    kernel(place)
    place.environ.update(
        XLA_FLAGS="--xla_gpu_cuda_data_dir=/nowhere",
        OMP_NUM_THREADS="64",
        LD_LIBRARY_PATH="/nowhere",
        KERAS_BACKEND="jax",
    )
    found = place.find(check_kernels)["kernels.ml.variables"]
    assert found.detail == "KERAS_BACKEND=jax"


def test_an_interpreter_that_does_not_exist(place: Place) -> None:
    kernel(place, program="/home/old/bin/python")
    found = place.find(check_kernels)["kernels.ml.interpreter"]
    assert found.status == "problem"
    assert found.mend[0] == "jupyter kernelspec remove ml"


def test_an_interpreter_by_its_name_is_looked_for_on_path(place: Place) -> None:
    kernel(place, program="python3.11")
    assert "kernels.ml.interpreter" in place.find(check_kernels)
    place.files({"/usr/bin/python3.11": ""})
    place.environ["PATH"] = "/usr/local/bin:/usr/bin"
    assert place.find(check_kernels).keys() == {"kernels.ml"}


def test_a_kernel_without_wattlab(place: Place) -> None:
    kernel(place)
    place.programs["find_spec"] = Ran(failure="it ended with exit code 7")
    assert place.find(check_kernels)["kernels.ml.wattlab"].mend == (
        "/home/ml/bin/python -m pip install wattlab",
    )


def test_a_damaged_file_and_a_kernel_of_another_language(place: Place) -> None:
    kernel(place)
    place.files({f"{HOME}/bad/kernel.json": '{"argv": '})
    place.files({f"{HOME}/ir/kernel.json": '{"argv": ["R"], "language": "R"}'})
    found = place.find(check_kernels)
    assert found.keys() == {"kernels.bad.damaged", "kernels.ml"}
    assert found["kernels.bad.damaged"].mend == ("jupyter kernelspec remove bad",)


def test_the_first_of_two_kernels_of_a_name_counts(place: Place) -> None:
    kernel(place)
    place.files({"/usr/share/jupyter/kernels/ml/kernel.json": "damaged"})
    assert place.find(check_kernels).keys() == {"kernels.ml"}
