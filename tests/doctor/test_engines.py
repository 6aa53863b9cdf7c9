"""Engines that crash, hang, do not fit, or do not see the GPU."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.asking import ask_engine
from wattlab.doctor.engines import check_engines
from wattlab.doctor.packages import check_packages
from wattlab.doctor.probe import MODULE, _cudnn_version
from wattlab.doctor.running import Ran, remembering, run_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

SEES = {"version": "2.6.0+cu124", "cuda": "12.4", "cudnn": "9.1.0", "gpu": True}
DEVICE = {"name": "NVIDIA GeForce RTX 3090", "capability": "8.6"}


def test_what_is_not_installed_names_the_command(place: Place) -> None:
    found = place.find(check_engines)
    assert {one.status for one in found.values()} == {"ok"}
    assert found["engines.torch"].mend == ("pip install 'wattlab[torch]'",)
    assert found["engines.numba"].mend == ("pip install 'wattlab[compiled]'",)
    assert place.asked == []


def test_an_engine_in_order_says_what_it_is_built_for(place: Place) -> None:
    place.packages["torch"] = "2.13.0"
    facts: dict[str, object] = {
        "version": "2.13.0+cpu",
        "cuda": None,
        "gpu": False,
        "devices": [],
        "capability": "AVX512",
        "threads": 2,
    }
    place.engine("torch", facts, wall_s=2.5)
    found = place.find(check_engines)["engines.torch"]
    assert found.title == "torch 2.13.0+cpu, computes on the processor"
    assert found.detail.splitlines() == [
        "built for the processor alone",
        "kernels for AVX512, 2 threads",
        "importing it took 2.5 s",
    ]


@pytest.mark.parametrize(
    ("failure", "mend"),
    [
        ("it crashed with an instruction that this processor does not have (SIGILL)", "without AVX"),
        ("it crashed with a segmentation fault (SIGSEGV)", "pip install --force-reinstall tensorflow"),
        ("it was ended because it took longer than 1:00 min", "-X importtime -c 'import tensorflow'"),
        (
            "it ended with exit code 1: ImportError: DLL load failed",
            "pip install --force-reinstall tensorflow",
        ),
    ],
)
def test_a_crash_a_hang_and_an_error_are_findings(place: Place, failure: str, mend: str) -> None:
    place.packages["tensorflow"] = "2.18.0"
    place.programs["tensorflow"] = Ran(failure=failure)
    found = place.find(check_engines)["engines.tensorflow"]
    assert (found.status, found.detail) == ("problem", failure)
    assert mend in found.mend[0]


def test_a_library_that_is_missing_at_import_is_named(place: Place) -> None:
    place.packages["torch"] = "2.6.0"
    said = "ImportError: libcudnn.so.9: cannot open shared object file: No such file or directory"
    place.programs["torch"] = Ran(err=said, failure=f"it ended with exit code 1: {said}")
    found = place.find(check_engines)
    assert found["engines.torch"].status == "problem"
    assert "libcudnn.so.9" in found["engines.torch-library"].title
    assert "no version of it is here" in found["engines.torch-library"].detail


def test_an_answer_that_is_none(place: Place) -> None:
    place.packages["jax"] = "0.10.2"
    place.programs["jax"] = Ran(out="{not json\n")
    assert place.find(check_engines)["engines.jax"].detail == "it printed no answer"


@pytest.mark.parametrize(
    ("engine", "reason", "mend"),
    [
        ("torch", "built for the processor alone", "pytorch.org"),
        ("tensorflow", "built for the processor alone", "tensorflow[and-cuda]"),
        ("jax", "its plugin for CUDA", "jax[cuda13]"),
    ],
)
def test_an_engine_that_does_not_see_the_gpu(place: Place, engine: str, reason: str, mend: str) -> None:
    place.packages[engine] = "1.0"
    place.engine(engine, {"version": "1.0", "gpu": False, "devices": []})
    assert f"engines.{engine}-no-gpu" not in place.find(check_engines)
    place.nvidia()
    found = place.find(check_engines)[f"engines.{engine}-no-gpu"]
    assert found.status == "problem"
    assert reason in found.detail
    assert mend in found.mend[0]
    place.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # another finding says why
    assert f"engines.{engine}-no-gpu" not in place.find(check_engines)


@pytest.mark.parametrize(("driver", "fits"), [("470.82.01", False), ("525.60.13", True), ("550.54.14", True)])
def test_an_engine_needs_a_driver(place: Place, driver: str, fits: bool) -> None:
    place.nvidia(driver)
    place.packages["torch"] = "2.6.0"
    place.engine("torch", {**SEES, "devices": [DEVICE], "architectures": ["sm_80", "sm_86"]})
    found = place.find(check_engines)
    assert ("engines.torch-driver" not in found) == fits
    if not fits:
        assert "CUDA 12.4 needs 525.60.13 or newer" in found["engines.torch-driver"].detail
        assert (
            "wheels of this release exist for CUDA 11.8, 12.4, 12.6" in found["engines.torch-driver"].mend[1]
        )


@pytest.mark.parametrize(
    ("capability", "fits"),
    [("8.0", True), ("8.6", True), ("8.9", True), ("6.1", False), ("7.5", False), ("12.0", False)],
)
def test_torch_has_kernels_for_some_capabilities(place: Place, capability: str, fits: bool) -> None:
    place.nvidia()
    place.packages["torch"] = "2.6.0"
    facts = {
        **SEES,
        "devices": [{"name": "GPU", "capability": capability}],
        "architectures": ["sm_80", "sm_90a"],
    }
    place.engine("torch", facts)
    assert ("engines.torch-architecture" not in place.find(check_engines)) == fits


def test_tensorflow_tells_what_it_was_not_compiled_for(place: Place) -> None:
    place.packages["tensorflow"] = "2.21.0"
    said = "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow with ..."
    place.engine("tensorflow", {"version": "2.21.0", "gpu": False, "devices": []}, err=said)
    found = place.find(check_engines)["engines.tensorflow"]
    assert "the wheel is not compiled for AVX2 FMA" in found.detail
    environ = place.environs[
        place.asked.index(("/usr/bin/python3", "-P", "-m", "wattlab.doctor.probe", "tensorflow"))
    ]
    assert environ["TF_CPP_MIN_LOG_LEVEL"] == "0"


def test_engines_write_into_a_folder_that_goes_and_read_the_users_choice(place: Place) -> None:
    texts: list[str] = []

    def run(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> Ran:
        file = Path(environ["KERAS_HOME"], "keras.json")
        texts.append(file.read_text() if file.exists() else "")
        file.write_text("{}")
        Path(environ["MPLCONFIGDIR"], "fonts").touch()
        return place.run(command, environ, timeout_s)

    place.options["run"] = run
    place.engine("torch", {"version": "1"})
    ask_engine(place.surroundings(), "torch")
    own = place.root / "home/.keras/keras.json"
    assert not own.exists()
    place.files({"/home/.keras/keras.json": '{"backend": "jax"}'})
    ask_engine(place.surroundings(), "torch")
    assert own.read_text() == '{"backend": "jax"}'
    place.environ["KERAS_HOME"] = str(place.root / "elsewhere")
    place.files({"/elsewhere/keras.json": '{"backend": "torch"}'})
    ask_engine(place.surroundings(), "torch")
    assert texts == ["", '{"backend": "jax"}', '{"backend": "torch"}']
    for environ in place.environs:
        assert not Path(environ["KERAS_HOME"]).parent.exists()


@pytest.mark.parametrize("given", [None, "True", "TRUE"])
def test_the_environment_is_the_users_not_what_imports_made_of_it(given: str | None) -> None:
    code = (
        "import json, os, threadpoolctl; os.environ['KERAS_BACKEND'], os.environ['OMP_NUM_THREADS'] = 'jax', '3'; "
        "from wattlab.doctor.surroundings import Surroundings; print(json.dumps(Surroundings().environ))"
    )
    mine = {"KERAS_BACKEND": "torch", **({} if given is None else {"KMP_DUPLICATE_LIB_OK": given})}
    ran = run_program((sys.executable, "-c", code), {"PATH": "/usr/bin", **mine}, 30.0)
    told = json.loads(ran.out)
    assert told.get("KMP_DUPLICATE_LIB_OK") == given
    assert (told["KERAS_BACKEND"], told["OMP_NUM_THREADS"]) == ("torch", "3")


def test_torch_is_imported_before_scikit_learn_sets_variables(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import os; raise ImportError(os.environ.get('KMP_DUPLICATE_LIB_OK'))")
    ran = run_program((sys.executable, "-P", "-m", MODULE, "torch"), {"PYTHONPATH": str(tmp_path)}, 30.0)
    assert "ImportError: None" in str(ran.failure)


def test_keras_by_itself_on_a_backend_that_is_missing(place: Place) -> None:
    place.packages.update(keras="3.15.1", jax="0.10.2")
    assert place.find(check_packages)["packages.keras-backend"].mend == ("export KERAS_BACKEND=jax",)
    place.files({"/home/.keras/keras.json": '{"backend": "jax"}'})
    assert place.find(check_packages)["packages.keras-backend"].status == "ok"
    place.environ["KERAS_HOME"] = str(place.root / "elsewhere")
    assert place.find(check_packages)["packages.keras-backend"].status == "advice"


def test_packages_beside_each_other(place: Place) -> None:
    assert place.find(check_packages).keys() == {"packages.fit"}
    place.packages["pynvml"] = "11.5.0"
    assert place.find(check_packages)["packages.pynvml"].mend[0] == "pip uninstall pynvml"
    place.packages.update(keras="3.1", tensorflow="2.16.1")
    place.environ["TF_USE_LEGACY_KERAS"] = "1"
    assert place.find(check_packages)["packages.legacy-keras"].status == "problem"


@pytest.mark.parametrize(
    ("number", "text"), [(8902, "8.9.2"), (90100, "9.1.0"), (91002, "9.10.2"), (7605, "7.6.5")]
)
def test_cudnn_numbers(number: int, text: str) -> None:
    assert _cudnn_version(number) == text


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
            "instruction that this processor does not have",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "segmentation fault"),
        ("raise ImportError('libcudart.so.10.1')", "ImportError: libcudart.so.10.1"),
        ("import time; time.sleep(60)", "took longer than 500 ms"),
        ("print('well')", None),
    ],
)
def test_real_processes_that_crash_hang_or_end_well(code: str, failure: str | None) -> None:
    ran = run_program((sys.executable, "-c", code), {}, 0.5)
    assert (failure or "") in (ran.failure or "")
    assert (ran.failure is None) == (failure is None)
    assert ran.out == ("well\n" if failure is None else "")


def test_a_program_that_is_not_there() -> None:
    assert "could not be started" in str(run_program(("/no/such/program",), {}, 1.0).failure)


def test_each_program_is_asked_once(place: Place) -> None:
    place.engine("torch", {"version": "1"})
    place.options["run"] = remembering(place.run)
    surroundings = place.surroundings()
    assert ask_engine(surroundings, "torch") == ask_engine(surroundings, "torch")
    assert len(place.asked) == 1
