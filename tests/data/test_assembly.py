"""Task, classes and parts, from whatever a reader found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.assembly import assemble
from wattlab.data.raw import RawData, Samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from wattlab.recipe.recipe import Data


def samples(labels: ArrayLike) -> Samples:
    labels = np.asarray(labels)
    return Samples(np.arange(2.0 * len(labels)).reshape(len(labels), 2), labels)


def raw(labels: ArrayLike, **others: Any) -> RawData:
    return RawData("name", "somewhere", samples(labels), **others)


def changed(data: Data, **fields: Any) -> Data:
    return data.model_copy(update=fields)


def test_classes_are_numbered_in_their_own_order(data: Data) -> None:
    numbers = assemble(raw([10, 2, 2, 10, 9, 9] * 5), data)
    assert numbers.classes == ("2", "9", "10")
    texts = assemble(raw(["b", "a", "10", "9"] * 5), data)
    assert texts.classes == ("10", "9", "a", "b")


def test_labels_stay_with_their_samples(data: Data) -> None:
    labels = np.arange(50) % 3 + 4
    dataset = assemble(raw(labels), changed(data, validation_fraction=0.25))
    assert dataset.classes == ("4", "5", "6")
    for part in dataset.parts().values():
        row = (part.features[:, 0] / 2).astype(int)
        assert np.array_equal(labels[row], part.labels + 4)


def test_parts_together_are_the_whole(data: Data) -> None:
    dataset = assemble(raw(np.arange(50) % 3), changed(data, validation_fraction=0.25))
    together = np.concatenate([part.features[:, 0] for part in dataset.parts().values()])
    assert np.array_equal(np.sort(together), np.arange(0.0, 100, 2))
    assert [part.n_samples for part in dataset.parts().values()] == [30, 10, 10]


def test_a_validation_part_leaves_the_test_part_alone(data: Data) -> None:
    without = assemble(raw(np.arange(60) % 3), data)
    with_one = assemble(raw(np.arange(60) % 3), changed(data, validation_fraction=0.5))
    assert np.array_equal(without.test.features, with_one.test.features)


def test_split_seed_decides(data: Data) -> None:
    parts = [
        assemble(raw(np.arange(60) % 3), changed(data, split_seed=seed)).fingerprint for seed in (0, 0, 1)
    ]
    assert parts[0] == parts[1] != parts[2]


def test_floats_mean_regression_and_whole_numbers_classes(data: Data) -> None:
    assert assemble(raw(np.linspace(0, 1, 20)), data).task == "regression"
    assert assemble(raw(np.arange(20) % 2), data).task == "classification"


def test_task_can_be_set(data: Data) -> None:
    floats = np.arange(20) % 2 + 0.5
    as_classes = assemble(raw(floats), changed(data, task="classification"))
    assert as_classes.classes == ("0.5", "1.5")
    as_numbers = assemble(raw(np.arange(20)), changed(data, task="regression"))
    assert as_numbers.train.labels.dtype == np.float64
    assert as_numbers.train.labels.shape == (16, 1)


def test_whole_floats_as_classes_lose_their_point(data: Data) -> None:
    dataset = assemble(raw(np.array([1.0, 2.0] * 10)), changed(data, task="classification"))
    assert dataset.classes == ("1", "2")


def test_several_numbers_to_predict(data: Data) -> None:
    dataset = assemble(raw(np.random.default_rng(0).normal(size=(20, 3))), data)
    assert dataset.n_outputs == 3
    assert dataset.test.labels.shape == (4, 3)


def test_true_and_false_are_classes(data: Data) -> None:
    assert assemble(raw([True, False] * 10), data).classes == ("False", "True")


def test_own_test_part_is_numbered_like_the_training_part(data: Data) -> None:
    dataset = assemble(raw(["b", "a", "c"], test=samples(["c", "c", "a"])), data)
    assert dataset.test.labels.tolist() == [2, 2, 0]


@pytest.mark.parametrize(
    ("labels", "others", "message"),
    [
        ([1] * 10, {}, "one class only"),
        ([0, 1, 0, 1], {"test": samples([1, 7])}, "test part: the label '7' is not among the classes .*0, 1"),
        ([0, 1, 0, 1], {"test": samples([-5, 0])}, "the label '-5' is not among the classes"),
        (["a", "b"], {"validation": samples(["zebra"])}, "validation part: the label 'zebra' is not among"),
        (
            ["a", "b"],
            {"test": samples([0, 1])},
            "test part: the labels are int64, but those of the training part",
        ),
        (np.eye(4, dtype=int), {}, "one-hot"),
        (
            range(100),
            {},
            "100 different labels in 100 samples are too many classes.*data.task = 'regression'",
        ),
        ([1.5, np.nan, 2.5, 0.5], {}, "row 1 .*column 'label 0' is nan"),
        ([0, 1], {}, "test part: of 2 samples none can be set aside"),
    ],
)
def test_unfit_labels(data: Data, labels: ArrayLike, others: dict[str, Samples], message: str) -> None:
    with pytest.raises(DataError, match=message):
        assemble(raw(labels, **others), data)


def test_many_classes_may_be_insisted_on(data: Data) -> None:
    asked = changed(data, task="classification")
    assert assemble(raw(np.repeat(np.arange(30), 2)), asked).n_outputs == 30
    assert assemble(raw(np.repeat(np.arange(30), 2)), data).n_outputs == 30


def test_text_is_no_number_to_predict(data: Data) -> None:
    with pytest.raises(DataError, match="no numbers but such as 'a'"):
        assemble(raw(["a", "b"] * 5), changed(data, task="regression"))


def test_missing_class_label_names_the_sample(data: Data) -> None:
    with pytest.raises(DataError, match=r"label of sample 3 .* is nan"):
        assemble(raw([0.0, 1.0, 0.0, np.nan]), changed(data, task="classification"))


def test_non_finite_feature_is_named_as_the_source_counts(data: Data) -> None:
    found = samples(np.arange(10) % 2)
    found.features[6, 1] = -np.inf
    with pytest.raises(DataError, match=r"'somewhere': row 8, column 'feature_1' is -inf"):
        assemble(RawData("name", "somewhere", found, first_row=2), data)


def test_no_samples(data: Data) -> None:
    with pytest.raises(DataError, match="there are no samples"):
        assemble(RawData("n", "s", Samples(np.empty((0, 2)), np.empty(0, int))), data)
