"""The library on nets and tensors: class gradients, their cosines, and interference planes.

It reads no files and no parameters. Its functions can be imported from `interference` itself, which
loads this module and PyTorch at the first use. A tensor argument may also be an array or a list of
numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import index
from typing import Any, Literal

import torch
from torch import Tensor, nn

from interference import params
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.external import checks
from interference.external.arrays import to_python_number
from interference.external.batches import ImagesLike, gathered
from interference.external.checks import TensorLike
from interference.landscape import class_gradients as landscape_gradients
from interference.landscape import edge_search, sweep
from interference.landscape.adaptive_sampling import Cells
from interference.landscape.class_gradients import Gradient
from interference.landscape.edge_search import Search
from interference.runtime.device import Machine
from interference.surfaces import Surface, cosines
from interference.vocabulary import AUTO, SCALES, Array


def class_gradients(
    net: nn.Module, images: ImagesLike, labels: TensorLike | None = None
) -> dict[int, Gradient]:
    """Compute the gradient of every class's mean cross-entropy (Definition 1).

    The net is evaluated in eval mode, on its device, and the images are not augmented. Afterwards
    the net is as it was before.

    Args:
        net: A trained net. It gives logits (n, C), or an object with `logits`. Its weights are all
            float32 or all float64.
        images: (n, ...) the images as the net sees them, normalised. Floating-point images are
            converted to the type of the weights. Or, without `labels`, a DataLoader, another
            iterable of batches (images, labels), or a torch Dataset; it is read once, and its
            images are held in memory, n times the bytes of an image, and for a moment twice. A
            loader that shuffles changes only rounding; one that augments gives the augmented
            images.
        labels: (n,) the true classes, whole numbers from 0 to C - 1.

    Returns:
        For each label among `labels`, in ascending order, the gradient by parameter name: tensors
        of the parameters' shapes, in nats per unit of weight. A step along the negative gradient of
        a class lowers the loss of that class.

    Raises:
        BadInput: The images or labels do not fit, a gradient is not finite, the net's output is
            random, changes with the other images of a batch or is probabilities, or all parameters
            are frozen (`requires_grad=False`).

    Examples:
        >>> import torch
        >>> from interference import class_gradients
        >>> net = torch.nn.Linear(4, 3)
        >>> images = torch.randn(20, 4)
        >>> labels = torch.arange(20) % 3
        >>> egos = class_gradients(net, images, labels)
        >>> list(egos)
        [0, 1, 2]
        >>> egos[2]["weight"].shape
        torch.Size([3, 4])
    """
    with checks.differentiable(net):
        inputs, logits = checks.images_of(net, *gathered(images, labels))
        if not logits.requires_grad:
            raise BadInput(
                "net: no gradient reaches a parameter, allowed: a net with parameters that are not "
                "frozen; net.requires_grad_() unfreezes them"
            )
        names = {label: label for label in torch.unique(inputs.labels).tolist()}
        # A net may change its input in place, so it gets copies.
        return landscape_gradients.class_gradients(
            net, inputs.pixels, inputs.labels, names, torch.clone
        )


def gradient_cosines(egos: Mapping[int, Gradient]) -> Array:
    """Compute the cosine of every two class gradients.

    Below zero a step that lowers the loss of one class raises the loss of the other.

    Args:
        egos: The class gradients (ego directions) of one net by label, as `class_gradients` returns
            them.

    Returns:
        (classes, classes) float64, from -1 to 1, nan on the diagonal. Rows and columns are in the
        order of `egos`: row k belongs to `list(egos)[k]`.

    Raises:
        BadInput: `egos` is empty, or its gradients belong to different nets.

    Examples:
        >>> import torch
        >>> from interference import gradient_cosines
        >>> cats = {"weight": torch.tensor([1.0, 0.0])}
        >>> dogs = {"weight": torch.tensor([-1.0, 1.0])}
        >>> egos = {0: cats, 1: dogs}
        >>> gradient_cosines(egos).round(3)
        array([[   nan, -0.707],
               [-0.707,    nan]])
    """
    return cosines.of_dots(gradient_dots(egos))


def gradient_dots(egos: Mapping[int, Gradient]) -> Array:
    """Compute the dot product of every two class gradients.

    Args:
        egos: The class gradients by label, as in `gradient_cosines`.

    Returns:
        (classes, classes) float64, in the order of `egos`.

    Raises:
        BadInput: `egos` is empty, or its gradients belong to different nets.
    """
    checks.check_egos(egos)
    first = next(iter(egos))
    first_gradient = checks.gradient(egos, first)
    gradients = [checks.fitted(egos, label, first_gradient, f"egos[{first!r}]") for label in egos]
    return landscape_gradients.gram(gradients).cpu().numpy()


def surface(
    net: nn.Module,
    egos: Mapping[int, Gradient],
    pair: Sequence[int],
    images: ImagesLike,
    labels: TensorLike | None = None,
    *,
    points: int = 19,
    edge: float | Literal["auto"] = 1.0,
    scale: str = "raw",
    batch_norm: str = "frozen",
    tolerance: float = 0.0,
    decide: float = 0.0,
    flat_cells: int = 8,
    zoom: bool = False,
    seed: int = 0,
) -> Surface:
    """Evaluate a net on the interference plane of two classes (Definition 2).

    The plane holds the weights w* - (theta_1 g_1 + theta_2 g_2). Above zero a theta is descent on
    its class. Afterwards the net is as it was before.

    Args:
        net: The trained net, with weights w*; as in `class_gradients`.
        egos: The class gradients (ego directions) g by label, as `class_gradients` returns them.
        pair: The labels of two classes; theta_1 belongs to the first.
        images: (n, ...) the images of every point, as in `class_gradients`.
        labels: (n,) their true classes.
        points: The number of values of each theta, odd and at least 3.
        edge: The largest theta. Both thetas go from -edge to edge. `auto`: the smallest edge at
            which the flat part spans `flat_cells` cells along the narrower axis and the plane goes
            on beyond the flat part, found by decided points along both axes; needs `decide`.
        scale: The unit of theta. `raw`: a learning rate, as in the paper. `step`: the norm of the
            weight change. `relative`: that norm as a fraction of the weights' norm. `filter`: each
            filter's gradient at the norm of the filter (Li et al. 2018). `random`: as `filter`, but
            with Gaussian directions in place of the gradients.
        batch_norm: The statistics of batch norm. `frozen`: those of w*. `recalibrated`: estimated
            again at every point.
        tolerance: Above 0, a point stops at a random sample of the images that gives its error rate
            to within this fraction; with 99 % confidence for all points at once.
        decide: Above 0, a point stops as soon as it is known to be flat, or not: flat is an error
            rate at most this many percentage points above that of w*. Points next to the outline of
            the flat points go on to the tolerance, or to the last image. With 99 % confidence all
            points are decided rightly. Other points hold few images, so that their rates are
            coarse.
        flat_cells: The number of cells for `edge="auto"` and `zoom`, at most half of the cells
            along an axis.
        zoom: Add a narrower plane around w*, at the edge that `auto` would find, if the plane is
            more than twice as wide; needs `decide`.
        seed: The seed of the directions at scale `random`.

    Returns:
        The confusion counts and the summed losses at every point; its `zoom` is the narrower plane.

    Raises:
        BadInput: A class of the pair has no gradient, the gradients belong to another net, the
            number of points is even, the scale is unknown, or the images or labels do not fit. For
            `edge="auto"` also if no point along an axis is flat, or all are.

    Examples:
        >>> import torch
        >>> from interference import class_gradients, mistake_rate, surface
        >>> net = torch.nn.Linear(4, 3)
        >>> images = torch.randn(20, 4)
        >>> labels = torch.arange(20) % 3
        >>> egos = class_gradients(net, images, labels)
        >>> plane = surface(net, egos, (0, 2), images, labels, points=5, edge=0.5, scale="step")
        >>> plane.theta_1
        array([-0.5 , -0.25,  0.  ,  0.25,  0.5 ])
        >>> mistake_rate(plane).shape  # in percent, theta_1 first
        (5, 5)
    """
    grid = params.grid(
        points=to_python_number(points),
        split="train",
        images="all",
        batch_norm=batch_norm,
        tolerance=to_python_number(tolerance),
        decide=to_python_number(decide),
        flat_cells=to_python_number(flat_cells),
        zoom=zoom,
    )
    if scale not in SCALES:
        raise one_of("scale", scale, SCALES)
    first, second = _checked_pair(pair, egos)
    finds_edge = isinstance(edge, str) and edge == AUTO
    largest_theta = math.nan if finds_edge else _checked_edge(edge)
    params.check_edge_search(grid, finds_edge)
    with checks.differentiable(net) as weights:
        direction_1 = _direction(first, egos, scale, weights, seed)
        direction_2 = _direction(second, egos, scale, weights, seed)
        directions = (direction_1, direction_2)
        with torch.no_grad():
            inputs, logits = checks.images_of(net, *gathered(images, labels))
        plane = sweep.Plane(grid, largest_theta, None, logits.shape[1])
        machine = Machine(inputs.labels.device, "float32")
        inputs = sweep.ordered(inputs, grid)
        zoom_edge = None
        if finds_edge or zoom:
            search = Search(grid.decide, finds_edge, zoom)
            sample = sweep.search_images(inputs)
            title = f"pair {first}-{second}"
            _, fitted = sweep.fit_edge(net, directions, sample, plane, machine, search, title)
            plane = replace(plane, edge=fitted) if finds_edge else plane
            zoom_edge = fitted if zoom and edge_search.is_coarse(plane.edge, fitted) else None
        if grid.decide:
            plane = replace(plane, reference=sweep.cells_at_w_star(net, inputs, plane, machine))
        cells = sweep.plane_cells(net, directions, inputs, plane, machine)
        swept = _surface(plane, cells, (first, second), scale, directions)
        if zoom_edge is not None:
            zoom_plane = replace(plane, edge=zoom_edge)
            cells = sweep.plane_cells(net, directions, inputs, zoom_plane, machine)
            zoomed = _surface(zoom_plane, cells, (first, second), scale, directions)
            swept = replace(swept, zoom=zoomed)
    return replace(swept, found_edge=finds_edge)


def _surface(
    plane: sweep.Plane,
    cells: Cells,
    pair: tuple[int, int],
    scale: str,
    directions: tuple[Gradient, Gradient],
) -> Surface:
    """A swept plane of a net without a name, whose classes have numbers for names."""
    counts, loss_sum = cells
    names = tuple(str(label) for label in range(plane.classes))
    return Surface(
        plane.thetas,
        plane.thetas,
        counts,
        loss_sum,
        pair,
        scale,
        "net",
        Classes(names, names),
        landscape_gradients.gram([*directions]).cpu().numpy(),
        plane.grid.batch_norm,
        plane.test,
    )


def _checked_pair(pair: Any, egos: Mapping[int, Gradient]) -> tuple[int, int]:
    """Two different labels that have gradients; raises `BadInput` for anything else."""
    checks.check_egos(egos)
    try:
        first, second = map(index, pair)
    except (TypeError, ValueError):
        first = second = 0
    if first == second or first not in egos or second not in egos:
        labels = ", ".join(str(label) for label in egos)
        raise BadInput(f"pair: found {pair!r}, allowed: two of {labels}, which have gradients")
    return first, second


def _checked_edge(edge: Any) -> float:
    """A finite number above 0; raises `BadInput` for anything else."""
    number = to_python_number(edge)
    if not (isinstance(number, int | float) and 0 < number < float("inf")):
        raise BadInput(f"edge: found {edge!r}, allowed: a number above 0, or 'auto'")
    return float(number)


def _direction(
    label: int, egos: Mapping[int, Gradient], scale: str, weights: Mapping[str, Tensor], seed: int
) -> Gradient:
    """The direction of a class at a scale, made of the user's gradients."""
    return sweep.class_direction(
        label, scale, weights, seed, lambda: checks.fitted(egos, label, weights)
    )
