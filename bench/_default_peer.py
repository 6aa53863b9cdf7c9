"""A peer as its own documentation starts a beginner off: 784-70-30-10, ReLU, Adam at 0.001, batches of 128.

``python _default_peer.py torch|keras:tensorflow|keras:jax|sklearn SEED`` trains until the test accuracy after an epoch
is 97.8 %, for 60 epochs at most, and prints what it reached as one JSON object. Everything not named here is the
library's default. The data are in memory, so that nobody is slowed down by a loader.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data import load
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET = 0.978
EPOCHS = 60
BATCH = 128

Arrays = tuple["NDArray[Any]", "NDArray[Any]", "NDArray[Any]", "NDArray[Any]"]


def mnist() -> Arrays:
    """Return training and test pixels between 0 and 1, each followed by its labels."""
    data = load(Data(dataset="mnist"))
    train, test = data.train, data.test
    scaled = [part.features.astype(np.float32) / 255 for part in (train, test)]
    return scaled[0], train.labels, scaled[1], test.labels


def by_torch(seed: int, arrays: Arrays) -> list[float]:
    """Return the test accuracy after each epoch, by PyTorch."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    x, y, x_test, y_test = (torch.from_numpy(np.ascontiguousarray(one)) for one in arrays)
    y, y_test = y.long(), y_test.long()
    model = nn.Sequential(
        nn.Linear(784, 70), nn.ReLU(), nn.Linear(70, 30), nn.ReLU(), nn.Linear(30, 10)
    )  # fmt: skip
    optimizer, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
    scores: list[float] = []
    while len(scores) < EPOCHS and not any(score >= TARGET for score in scores):
        for rows in torch.split(torch.randperm(len(x)), BATCH):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            scores.append(float((model(x_test).argmax(1) == y_test).float().mean()))
    return scores


def by_keras(backend: str, seed: int, arrays: Arrays) -> list[float]:
    """Return the test accuracy after each epoch, by Keras' own fit."""
    os.environ["KERAS_BACKEND"] = backend
    import keras

    keras.utils.set_random_seed(seed)
    x, y, x_test, y_test = arrays
    layers = keras.layers
    model = keras.Sequential(
        [layers.Dense(70, "relu"), layers.Dense(30, "relu"), layers.Dense(10, "softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    class StopAtTarget(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002 (Keras calls it so)
            self.model.stop_training = logs["val_accuracy"] >= TARGET

    history = model.fit(
        x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, validation_data=(x_test, y_test), callbacks=[StopAtTarget()]
    )  # fmt: skip
    return list(history.history["val_accuracy"])


def by_sklearn(seed: int, arrays: Arrays) -> list[float]:
    """Return the test accuracy after each epoch, by scikit-learn's partial_fit."""
    from sklearn.neural_network import MLPClassifier

    x, y, x_test, y_test = arrays
    model = MLPClassifier((70, 30), batch_size=BATCH, random_state=seed)
    scores: list[float] = []
    while len(scores) < EPOCHS and not any(score >= TARGET for score in scores):
        model.partial_fit(x, y, classes=np.arange(10))
        scores.append(float(model.score(x_test, y_test)))
    return scores


def main() -> None:
    """Train once and print what came out."""
    name, seed, arrays = sys.argv[1], int(sys.argv[2]), mnist()
    if name == "torch":
        scores = by_torch(seed, arrays)
    elif name == "sklearn":
        scores = by_sklearn(seed, arrays)
    else:
        scores = by_keras(name.partition(":")[2], seed, arrays)
    print(json.dumps({"reached": scores[-1] >= TARGET, "epochs": len(scores), "accuracy": scores[-1]}))


if __name__ == "__main__":
    main()
