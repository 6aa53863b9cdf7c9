"""Small networks of every kind of layer, each in a recipe and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from tests.contracts.hand import Hand, flat, shaped

if TYPE_CHECKING:
    from collections.abc import Callable

    Tensor = torch.Tensor
    By_hand = Callable[["Hand", Tensor], Tensor]


def conv(filters: int, kernel: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "conv2d", "filters": filters, "kernel": kernel, **more}


def transposed(filters: int, kernel: Any, stride: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "conv2d-transpose", "filters": filters, "kernel": kernel, "stride": stride, **more}


def norm(**more: Any) -> dict[str, Any]:
    return {"kind": "batch-norm", **more}


def pool(kind: str, size: Any, **more: Any) -> dict[str, Any]:
    return {"kind": f"{kind}-pool", "size": size, **more}


FLAT: dict[str, Any] = {"kind": "flatten"}
MEAN: dict[str, Any] = {"kind": "global-average-pool"}
LAST: dict[str, Any] = {"activation": "softmax"}


class Case(NamedTuple):
    """A network in a recipe and by hand; the latter gives what goes into the last activation, flat."""

    layers: list[dict[str, Any]]
    by_hand: By_hand
    image: tuple[int, int, int] = (6, 5, 2)
    reconstructs: bool = False
    loss: str = "cross-entropy"


def ended(h: Hand, x: Tensor, place: int | str) -> Tensor:
    return h.dense(flat(x), f"{place}")


def residual(h: Hand, x: Tensor, place: str, stride: int) -> Tensor:
    y = torch.relu(h.norm(x, f"{place}.layers.0"))
    y = h.conv(F.pad(y, (1, 1, 0, 1) if stride == 2 else (1, 1, 1, 1)), f"{place}.layers.2", stride=stride)
    return torch.relu(y + (h.conv(x, f"{place}.shortcut.0", stride=2) if stride == 2 else x))


BRANCH = [norm(), {"kind": "activation", "activation": "relu"}, conv(3, 3, padding="same", bias=False)]
SHORTCUT = conv(3, 1, stride=2, padding="same")


def autoencoder(h: Hand, x: Tensor) -> Tensor:
    x = torch.relu(h.conv(F.pad(x, (0, 1, 0, 1)), "0", stride=2))
    x = torch.tanh(h.dense(flat(x), "2"))
    x = shaped(torch.relu(h.dense(x, "3")), 3, 2, 3)
    return flat(h.transposed(x, "5", stride=2)[:, :, :6, :4])


def variational(h: Hand, x: Tensor) -> Tensor:
    x = h.dense(torch.relu(h.dense(flat(x), "1")), "2")
    mean, log_variance = x[:, :2], x[:, 2:]
    h.added = -0.5 * 0.7 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)
    return h.dense(mean, "4")


CASES: dict[str, Case] = {
    "conv valid": Case(
        [conv(3, 3, activation="relu"), FLAT, LAST], lambda h, x: ended(h, torch.relu(h.conv(x, "0")), 2)
    ),
    "conv same": Case(
        [conv(3, 3, padding="same", activation="tanh"), FLAT, LAST],
        lambda h, x: ended(h, torch.tanh(h.conv(x, "0", padding=1)), 2),
    ),
    "conv same, even kernel": Case(
        [conv(3, (2, 4), padding="same", activation="sigmoid"), FLAT, LAST],
        lambda h, x: ended(h, torch.sigmoid(h.conv(F.pad(x, (1, 2, 0, 1)), "0")), 2),
    ),
    "conv same, stride 2, even and odd": Case(
        [conv(3, 3, stride=2, padding="same", bias=False, activation="leaky-relu"), FLAT, LAST],
        lambda h, x: ended(h, F.leaky_relu(h.conv(F.pad(x, (1, 1, 0, 1)), "0", stride=2)), 2),
    ),
    "conv valid, stride (2, 1)": Case(
        [conv(4, (3, 2), stride=(2, 1)), FLAT, LAST], lambda h, x: ended(h, h.conv(x, "0", stride=(2, 1)), 2)
    ),
    "conv same, stride wider than kernel": Case(
        [conv(4, 1, stride=3, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.conv(x, "0", stride=3), 2),
    ),
    "one channel": Case(
        [conv(3, 3, padding="same", activation="relu"), pool("max", 2), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(torch.relu(h.conv(x, "0", padding=1)), 2), 3),
        (6, 6, 1),
    ),
    "max-pool valid": Case([pool("max", 2), FLAT, LAST], lambda h, x: ended(h, F.max_pool2d(x, 2), 2)),
    "max-pool same": Case(
        [pool("max", 3, stride=2, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(F.pad(x, (1, 1, 0, 1), value=-torch.inf), 3, 2), 2),
    ),
    "max-pool same, even, stride 1": Case(
        [pool("max", 2, stride=1, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 2, 1), 2),
    ),
    "average-pool valid": Case(
        [pool("average", (3, 2), stride=(1, 2)), FLAT, LAST],
        lambda h, x: ended(h, F.avg_pool2d(x, (3, 2), (1, 2)), 2),
    ),
    "average-pool same": Case(
        [pool("average", 3, stride=2, padding="same"), FLAT, LAST],
        lambda h, x: ended(
            h,
            F.avg_pool2d(F.pad(x, (1, 1, 0, 1)), 3, 2)
            / F.avg_pool2d(F.pad(torch.ones_like(x), (1, 1, 0, 1)), 3, 2),
            2,
        ),
    ),
    "average-pool same, even, stride 1": Case(
        [pool("average", 4, stride=1, padding="same"), FLAT, LAST],
        lambda h, x: ended(
            h,
            F.avg_pool2d(F.pad(x, (1, 2, 1, 2)), 4, 1)
            / F.avg_pool2d(F.pad(torch.ones_like(x), (1, 2, 1, 2)), 4, 1),
            2,
        ),
    ),
    "global pools": Case(
        [
            {**conv(3, 3, activation="tanh"), "name": "c"},
            {**MEAN, "name": "m"},
            {"kind": "global-max-pool", "inputs": ["c"], "name": "x"},
            {"kind": "concatenate", "inputs": ["m", "x"]},
            LAST,
        ],
        lambda h, x: h.dense(
            torch.cat([(y := torch.tanh(h.conv(x, "0"))).mean((2, 3)), y.amax((2, 3))], 1), "4"
        ),
    ),
    "transposed valid": Case(
        [transposed(3, 3, 2, activation="relu"), FLAT, LAST],
        lambda h, x: ended(h, torch.relu(h.transposed(x, "0", stride=2)), 2),
        (3, 2, 2),
    ),
    "transposed same, kernel 4": Case(
        [transposed(3, 4, 2, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=2)[:, :, 1:-1, 1:-1], 2),
        (3, 2, 2),
    ),
    "transposed same, kernel 3": Case(
        [transposed(3, 3, 2, padding="same", bias=False), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=2)[:, :, :-1, :-1], 2),
        (3, 2, 2),
    ),
    "transposed same, stride 1": Case(
        [transposed(3, 3, 1, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0")[:, :, 1:-1, 1:-1], 2),
        (3, 2, 2),
    ),
    "transposed, kernel smaller than stride": Case(
        [transposed(3, 2, 3), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=3, output_padding=1), 2),
        (3, 2, 2),
    ),
    "batch-norm of flat numbers": Case(
        [
            FLAT,
            {"units": 5},
            norm(momentum=0.8, epsilon=0.01),
            {"kind": "activation", "activation": "relu"},
            LAST,
        ],
        lambda h, x: h.dense(torch.relu(h.norm(h.dense(flat(x), "1"), "2", 0.8, 0.01)), "4"),
    ),
    "batch-norm of images": Case(
        [
            norm(),
            conv(3, 3, bias=False),
            norm(momentum=0.9),
            {"kind": "activation", "activation": "relu"},
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(torch.relu(h.norm(h.conv(h.norm(x, "0"), "1"), "2", 0.9)).mean((2, 3)), "5"),
    ),
    "dropout of nothing": Case(
        [FLAT, {"units": 4, "activation": "tanh"}, {"kind": "dropout", "rate": 0.0}, LAST],
        lambda h, x: h.dense(torch.tanh(h.dense(flat(x), "1")), "3"),
    ),
    "residual, two blocks, and one with a shortcut": Case(
        [
            conv(3, 1),
            {"kind": "residual", "repeat": 2, "activation": "relu", "layers": BRANCH},
            {
                "kind": "residual",
                "activation": "relu",
                "layers": [*BRANCH[:2], {**BRANCH[2], "stride": 2}],
                "shortcut": [SHORTCUT],
            },
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(
            residual(h, residual(h, residual(h, h.conv(x, "0"), "1.0", 1), "1.1", 1), "2.0", 2).mean((2, 3)),
            "4",
        ),
    ),
    "slide 40": Case(
        [
            {"kind": "flatten", "name": "x"},
            {"units": 4, "activation": "tanh"},
            {"units": 3, "name": "z3"},
            {"units": 3, "activation": "tanh", "inputs": ["x"], "name": "z5"},
            {"kind": "add", "inputs": ["z3", "z5"]},
            {"kind": "activation", "activation": "softmax"},
        ],
        lambda h, x: h.dense(torch.tanh(h.dense(flat(x), "1")), "2") + torch.tanh(h.dense(flat(x), "3")),
    ),
    "channels side by side, and a product": Case(
        [
            {**conv(3, 3, padding="same", activation="relu"), "name": "a"},
            {**conv(2, 1, activation="sigmoid"), "inputs": ["input"], "name": "b"},
            {"kind": "concatenate", "inputs": ["a", "b"], "name": "c"},
            {**conv(5, 1), "name": "d"},
            {"kind": "multiply", "inputs": ["c", "d", "c"]},
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(
            (
                (c := torch.cat([torch.relu(h.conv(x, "0", padding=1)), torch.sigmoid(h.conv(x, "1"))], 1))
                * h.conv(c, "3")
                * c
            ).mean((2, 3)),
            "6",
        ),
    ),
    "autoencoder": Case(
        [
            conv(3, 3, stride=2, padding="same", activation="relu"),
            FLAT,
            {"units": 4, "activation": "tanh"},
            {"units": 18, "activation": "relu"},
            {"kind": "reshape", "shape": (3, 2, 3)},
            transposed(2, 3, 2, padding="same", activation="sigmoid"),
        ],
        autoencoder,
        (6, 4, 2),
        reconstructs=True,
        loss="log-loss",
    ),
    "variational autoencoder": Case(
        [
            FLAT,
            {"units": 6, "activation": "relu"},
            {"units": 4},
            {"kind": "sampling", "kl_weight": 0.7, "noise": 0.0},
            {"activation": "identity"},
        ],
        variational,
        (3, 3, 1),
        reconstructs=True,
        loss="mse",
    ),
}
