"""Networks of torch and Keras: logits, probabilities, one output or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.errors import ParameterError
from wattlab.insight.boundary import as_classifier, boundary
from wattlab.insight.boundary.classifier import Classifier, scores_of

if TYPE_CHECKING:
    from tests.insight.boundary.conftest import Moons


def network(*answers: list[float], outputs: Any = "auto") -> tuple[np.ndarray, np.ndarray]:
    given = Classifier("net", lambda X: X, "probability", outputs=outputs)
    return scores_of(given, np.array(answers))


@pytest.mark.parametrize("n_outputs", [1, 2, 3])
@pytest.mark.parametrize("ends_in_probabilities", [True, False])
def test_a_torch_module_gives_the_probabilities_that_torch_has(
    n_outputs: int, ends_in_probabilities: bool, moons: Moons
) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    last = torch.nn.Sigmoid() if n_outputs == 1 else torch.nn.Softmax(dim=1)
    logits = torch.nn.Linear(2, n_outputs)
    module = torch.nn.Sequential(logits, torch.nn.Dropout(0.5), *[last] * ends_in_probabilities)
    found = boundary(module, moons.X, mesh=20)
    x, y = np.meshgrid(found.x, found.y)
    with torch.no_grad():
        mesh = torch.tensor(np.column_stack([x.ravel(), y.ravel()]), dtype=torch.float32)
        wanted = last(logits(mesh)).numpy().T
    assert np.allclose(found.scores.reshape(-1, 400), wanted if n_outputs != 2 else wanted[1:], atol=1e-6)
    assert module.training
    assert found.class_names == ("0", "1", "2")[: max(2, n_outputs)]


def test_a_torch_module_s_labels_can_be_said(moons: Moons) -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(2, 2, dtype=torch.float64)
    classifier = as_classifier(module, labels=["lower", "upper"])
    found = boundary(classifier, moons.X, moons.names, mesh=5)
    predicted = module(torch.tensor(moons.X)).argmax(dim=1).numpy()
    assert found.accuracy == pytest.approx((np.array(["lower", "upper"])[predicted] == moons.names).mean())
    with pytest.raises(ParameterError, match="Linear refuses samples of 3 features"):
        boundary(module, np.zeros((4, 3)), plane=(0, 1))
    with pytest.raises(ParameterError, match="net has 2 outputs, but 3 labels"):
        scores_of(Classifier("net", lambda X: X, "probability", np.arange(3)), np.ones((4, 2)))


def test_outputs_that_do_not_add_up_to_one_are_divided_by_their_sum() -> None:
    scores, labels = network([0.2, 0.6], [0.0, 0.0], [0.9, 0.9])
    assert scores.tolist() == [[pytest.approx(0.75), 0.5, 0.5]]
    assert labels.tolist() == [0, 1]


def test_numbers_between_0_and_1_can_be_logits_all_the_same() -> None:
    assert network([0.5], outputs="auto")[0].tolist() == [[0.5]]
    assert network([0.5], outputs="logits")[0][0, 0] == pytest.approx(1 / (1 + np.exp(-0.5)))
    with pytest.raises(ParameterError, match="outputs reach from -1 to 3, which probabilities do not"):
        network([-1.0, 3.0], outputs="probabilities")


def test_an_answer_that_is_no_number_is_refused() -> None:
    with pytest.raises(ParameterError, match="net answers nan for some places"):
        network([0.5, np.nan])
