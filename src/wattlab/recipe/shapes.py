"""What comes out of each layer, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError
from wattlab.recipe.layers import Conv2D, Conv2DTranspose, Dense, GlobalPool, Merge, Pool, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.recipe.graph import Node

__all__ = ["Shape", "infer", "shape_text", "takes_images"]

Shape = tuple[int, ...]
"""Of one sample: (features,), or (rows, columns, channels)."""
_SPATIAL: Final = (Conv2D, Conv2DTranspose, Pool, GlobalPool)
_LEARNED: Final = "classes, targets or features to reconstruct"
_KEEPS_SHAPE: Final = {"batch-norm", "dropout", "activation", "add", "multiply", "concatenate"}


def shape_text(shape: Shape) -> str:
    """Return a shape for people.

    Examples
    --------
    >>> shape_text((32, 32, 3)), shape_text((10,))
    ('32 × 32 × 3', '10')
    """
    return " × ".join(map(str, shape))


def takes_images(nodes: Sequence[Node]) -> bool:
    """Tell whether the network wants its input as images: a layer that does is fed by it, with the shape kept."""
    raw = {-1}
    for index, node in enumerate(nodes):
        fed = not raw.isdisjoint(node.inputs)
        if fed and (isinstance(node.spec, _SPATIAL) or node.spec.kind == "flatten"):
            return True
        if fed and node.spec.kind in _KEEPS_SHAPE:
            raw.add(index)
    return False


def infer(nodes: Sequence[Node], input_shape: Shape, n_outputs: int) -> tuple[Shape, ...]:
    """Return the shape of what comes out of each node.

    Parameters
    ----------
    nodes : sequence of Node
        Each after those that feed it.
    input_shape : tuple of int
        Of a sample.
    n_outputs : int
        What the last layer has to give, flat or as an image of so many numbers.

    Raises
    ------
    wattlab.errors.RecipeError
        Names the layer and both shapes.
    """
    shapes: list[Shape] = []
    for index, node in enumerate(nodes):
        fed = [input_shape if source < 0 else shapes[source] for source in node.inputs]
        units = n_outputs if index == len(nodes) - 1 else None
        shapes.append(_SHAPES[node.spec.kind](node, fed, units))
        _check_softmax(node, shapes[-1])
    _check_output(nodes[-1], shapes[-1], n_outputs)
    return tuple(shapes)


def _check_output(node: Node, shape: Shape, n_outputs: int) -> None:
    if _size(shape) == n_outputs:
        return
    if isinstance(node.spec, Dense):
        raise RecipeError(
            f"{node.place}.units is {node.spec.units}, but the data has {n_outputs} "
            f"{_LEARNED}; leave units out, or set it to {n_outputs}"
        )
    raise RecipeError(
        f"{node} gives {_counted(shape)}, but the data has {n_outputs} {_LEARNED}; end with a dense layer, or change "
        "its shape"
    )


def _check_softmax(node: Node, shape: Shape) -> None:
    """Refuse a softmax of images: its outputs are to sum to one over classes, not over the channels of a pixel."""
    if len(shape) == 3 and getattr(node.spec, "activation", None) == "softmax":
        raise RecipeError(
            f"{node} has the activation 'softmax' on images of {shape_text(shape)}, but softmax is for flat outputs; "
            "put a 'flatten' or a 'global-average-pool' before it"
        )


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _counted(shape: Shape) -> str:
    """Return a shape with the numbers in it: "7 × 7 × 32 (1568 numbers)", or "10 numbers" where it is flat."""
    return f"{shape[0]} numbers" if len(shape) == 1 else f"{shape_text(shape)} ({_size(shape)} numbers)"


def _image(node: Node, shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise RecipeError(
            f"{node} needs images of (rows, columns, channels), but what feeds it has the shape ({shape_text(shape)}); "
            "put a 'reshape' before it, take data that are images, and leave out what takes single pixels away"
        )
    return shape[0], shape[1], shape[2]


def _flat(node: Node, shape: Shape) -> int:
    if len(shape) != 1:
        raise RecipeError(
            f"{node} needs flat inputs, but what feeds it has the shape {shape_text(shape)}; put a 'flatten' or a "
            "'global-average-pool' before it"
        )
    return shape[0]


def _dense(node: Node, fed: list[Shape], units: int | None) -> Shape:
    _flat(node, fed[0])
    return (node.spec.units or units or 0,)


def _window(node: Node, length: int, size: int, stride: int, axis: str) -> int:
    """Return how many positions a window has along one axis."""
    if node.spec.padding == "same":
        return -(-length // stride)
    if size > length:
        raise RecipeError(
            f"{node} has a window of {size} {axis}, but what feeds it has only {length}; make it smaller, set its "
            "padding to 'same', or take larger images"
        )
    return (length - size) // stride + 1


def _windows(node: Node, shape: Shape, size: Any, stride: Any) -> tuple[int, int]:
    rows, columns, _ = _image(node, shape)
    (high, wide), (down, right) = pair(size), pair(stride)
    return _window(node, rows, high, down, "rows"), _window(node, columns, wide, right, "columns")


def _conv2d(node: Node, fed: list[Shape], _: int | None) -> Shape:
    spec: Conv2D = node.spec
    return (*_windows(node, fed[0], spec.kernel, spec.stride), spec.filters)


def _transposed(node: Node, fed: list[Shape], _: int | None) -> Shape:
    spec: Conv2DTranspose = node.spec
    rows, columns, _channels = _image(node, fed[0])
    longer = [
        length * stride + (max(size - stride, 0) if spec.padding == "valid" else 0)
        for length, size, stride in zip((rows, columns), pair(spec.kernel), pair(spec.stride), strict=True)
    ]
    return (longer[0], longer[1], spec.filters)


def _pool(node: Node, fed: list[Shape], _: int | None) -> Shape:
    spec: Pool = node.spec
    stride = spec.size if spec.stride is None else spec.stride
    return (*_windows(node, fed[0], spec.size, stride), fed[0][2])


def _global_pool(node: Node, fed: list[Shape], _: int | None) -> Shape:
    return (_image(node, fed[0])[2],)


def _same(_: Node, fed: list[Shape], __: int | None) -> Shape:
    return fed[0]


def _flatten(_: Node, fed: list[Shape], __: int | None) -> Shape:
    return (_size(fed[0]),)


def _reshape(node: Node, fed: list[Shape], _: int | None) -> Shape:
    shape: Shape = node.spec.shape
    if _size(shape) != _size(fed[0]):
        raise RecipeError(f"{node} makes {_counted(shape)} of {_counted(fed[0])}; both need as many")
    return shape


def _merge(node: Node, fed: list[Shape], _: int | None) -> Shape:
    spec: Merge = node.spec
    joined = spec.kind == "concatenate"
    for shape in fed[1:]:
        if (shape[:-1] if joined else shape) != (fed[0][:-1] if joined else fed[0]):
            what = "all but the last length in common" if joined else "the same shape"
            raise RecipeError(
                f"{node} is fed {shape_text(fed[0])} and {shape_text(shape)}, but all its inputs need {what}; "
                f"{_merge_remedy(node, fed[0], shape)}"
            )
    return (*fed[0][:-1], sum(shape[-1] for shape in fed)) if joined else fed[0]


def _merge_remedy(node: Node, wanted: Shape, given: Shape) -> str:
    """Return what makes shapes alike; in a residual block a shortcut that gives what its layers give."""
    change = "change stride, padding, filters or units of the layers that feed it"
    layer = _fitting_layer(wanted, given) if node.ends_block and len(wanted) == len(given) else ""
    if not layer:
        return change
    return f"{change}, or give the block a shortcut that ends in the same shape, such as shortcut = [{{ {layer} }}]"


def _fitting_layer(wanted: Shape, given: Shape) -> str:
    """Return the fields of a layer that makes one shape of another of as many lengths; empty where none simply does."""
    if len(wanted) == 1:
        return f"units = {wanted[0]}"
    down, right = (-(-length // short) for short, length in zip(wanted[:2], given[:2], strict=True))
    if (-(-given[0] // down), -(-given[1] // right)) != wanted[:2]:
        return ""
    stride = f"{down}" if down == right else f"[{down}, {right}]"
    return f'kind = "conv2d", filters = {wanted[2]}, kernel = 1, stride = {stride}, padding = "same"'


def _sampling(node: Node, fed: list[Shape], _: int | None) -> Shape:
    width = _flat(node, fed[0])
    if width % 2:
        raise RecipeError(
            f"{node} takes as many log-variances as means, but what feeds it has {width} numbers; give it an even one"
        )
    return (width // 2,)


_SHAPES: dict[str, Callable[[Node, list[Shape], int | None], Shape]] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "conv2d-transpose": _transposed,
    "max-pool": _pool,
    "average-pool": _pool,
    "global-average-pool": _global_pool,
    "global-max-pool": _global_pool,
    "batch-norm": _same,
    "dropout": _same,
    "activation": _same,
    "flatten": _flatten,
    "reshape": _reshape,
    "add": _merge,
    "multiply": _merge,
    "concatenate": _merge,
    "sampling": _sampling,
}
