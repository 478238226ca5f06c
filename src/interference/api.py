"""The library on plain objects: nets and tensors in, gradients, surfaces, rates and notes out. No files, no parameters.

Everything here is also had from `interference` itself, which imports it when it is first asked for.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from interference import confusion, dance, ego, gram, params, plane, seeds, sweeping
from interference.classes import Classes
from interference.confusion import Array
from interference.ego import Gradient
from interference.elsewhere import record_predictions
from interference.errors import BadInput, one_of
from interference.images import Images
from interference.machine import Machine
from interference.record import UNKNOWN
from interference.surfaces import Surface


def class_gradients(net: nn.Module, images: Tensor, labels: Tensor) -> dict[int, Gradient]:
    """The gradient of every class's mean cross-entropy, by label and parameter name (Definition 1).

    `net` gives logits (n, C) for `images` (n, ...) as it sees them, normalised; `labels` (n,) whole numbers below C.
    Taken in eval mode over the images as they are, on the net's device; the net is left as it was.

        egos = class_gradients(net, images, labels)
        cat = egos[3]["conv1.weight"]  # of the parameter's shape; descent on cats is along its negative
        cosines = gradient_cosines(egos)

    Raises `BadInput` for labels that do not fit, a gradient that is not finite, and a net that draws at random.
    """
    given, _ = _given(net, images, labels)
    names = {label: label for label in torch.unique(given.labels).tolist()}
    return ego.class_gradients(net, given.pixels, given.labels, names, lambda inputs: inputs)


def gradient_cosines(egos: Mapping[int, Gradient]) -> Array:
    """The cosine of every two class gradients (classes, classes), in the order of `egos`, nan on the diagonal.

    Below zero a step that helps one class harms the other.
    """
    return gram.of_dots(ego.gram([*egos.values()]).cpu().numpy())


def surface(net: nn.Module, egos: Mapping[int, Gradient], pair: tuple[int, int], images: Tensor, labels: Tensor, *,
            points: int = 19, edge: float = 1.0, scale: str = "raw", batch_norm: str = "frozen",
            seed: int = 0) -> Surface:
    """The interference plane of two classes: what the net says at w* - (theta_1 g_1 + theta_2 g_2) (Definition 2).

    theta_1 and theta_2 take `points` values from -`edge` to `edge` each; above zero is descent on that class. `scale`
    is `raw` (theta is a learning rate, the paper's), `step` (the norm of the weights' change), `relative` (that as a
    fraction of the weights' norm), `filter` (Li et al. 2018) or `random`: two Gaussian directions, drawn by `seed`.
    `batch_norm` statistics stay (`frozen`) or are estimated at every point (`recalibrated`). `images` and `labels` as
    in `class_gradients`; the net is left as it was.

        egos = class_gradients(net, images, labels)
        found = surface(net, egos, (3, 5), images, labels, points=9, edge=0.5, scale="step")
        plt.pcolormesh(found.theta_1, found.theta_2, mistake_rate(found).T)

    Raises `BadInput` for a pair without gradients, an even number of points, an unknown scale, and labels that do not
    fit.
    """
    grid = params.grid(points=points, split="train", images="all", batch_norm=batch_norm)
    if scale not in params.SCALES:
        raise one_of("scale", scale, params.SCALES)
    if not 0 < edge < float("inf"):
        raise BadInput(f"edge: found {edge!r}, allowed: a number above 0")
    if len(set(pair)) != 2 or not set(pair) <= set(egos):
        raise BadInput(f"pair: found {pair}, allowed: two of {', '.join(map(str, egos))}, which have gradients")
    given, classes = _given(net, images, labels)
    weights = dict(net.named_parameters())
    gradients = (plane.gaussian(weights, seeds.generator("direction", seed, label)) if scale == "random"
                 else egos[label] for label in pair)
    first, second = (plane.direction(gradient, scale, weights) for gradient in gradients)
    wide = sweeping.Plane(grid, float(edge), None, classes)
    here = Machine(given.labels.device, "float32")
    cells = [row for _, row in sweeping.rows(net, (first, second), given, wide, here, range(points))]
    counts, loss_sum = (np.array([[cell[kind] for cell in row] for row in cells]) for kind in (0, 1))
    names = tuple(map(str, range(classes)))
    return Surface(wide.thetas, wide.thetas, counts, loss_sum, pair, scale, "net", Classes(names, names),
                   ego.gram([first, second]).cpu().numpy())


def _given(net: nn.Module, images: Tensor, labels: Tensor) -> tuple[Images, int]:
    """The images and labels on the net's device, and the number of its classes; raises `BadInput` where they misfit."""
    if labels.shape != (len(images),) or not len(labels) or labels.is_floating_point():
        raise BadInput(f"labels: found {tuple(labels.shape)} {labels.dtype} for {len(images)} images, allowed: a whole "
                       "number for each of at least one")
    weight = next(net.parameters(), None)
    if weight is None:
        raise BadInput("net: has no parameters, allowed: a net that was trained")
    given = Images(images.to(weight.device), labels.to(weight.device, torch.int64))
    classes = _classes(net, given.pixels[:1])
    low, high = int(given.labels.min()), int(given.labels.max())
    if low < 0 or high >= classes:
        raise BadInput(f"labels: found {low} to {high}, allowed: 0 to {classes - 1}, one for each of the net's logits")
    return given, classes


@torch.no_grad()
def _classes(net: nn.Module, image: Tensor) -> int:
    """How many logits a net gives; its mode is put back."""
    mode = net.training
    net.eval()
    try:
        logits = net(image)
    finally:
        net.train(mode)
    if not (isinstance(logits, Tensor) and logits.dim() == 2):
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise BadInput(f"net: found {found} for an image, allowed: a net that gives logits (n, classes)")
    return logits.shape[1]


def cctm(counts_or_true: Any, predicted: Any = None) -> Array:
    """CCTM[a, b], the share of class a's images that are predicted as b, of counts or of predictions (Section 2.1).

    Of counts (..., C, C), row = true class; or of true and predicted classes (n,) as scikit-learn takes them, names or
    numbers, the distinct values of both being the classes in ascending order. The diagonal is the recall; the row of
    a class without images is nan.

        rates = cctm(y_true, y_pred)
        rates = cctm(metric.compute().counts)  # of a ConfusionCounts

    Raises `BadInput` for counts that are not square, and arrays that do not fit.
    """
    if predicted is not None:
        return confusion.cctm(record_predictions(counts_or_true, predicted).cells["test"][UNKNOWN][0])
    counts = np.asarray(counts_or_true)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2] or (counts < 0).any():
        raise BadInput(f"cctm: counts {counts.shape}, allowed: (..., C, C) from 0, or true and predicted classes (n,)")
    return confusion.cctm(counts)


def dancing_notes(cctms: Any, threshold: float = 0.001) -> Array:
    """The dancing notes (epochs, C) int: at each epoch the class that each class is most often taken for (Section 4.2).

    `cctms` (epochs, C, C). The note is -2 where no class takes more than the threshold, the paper's 0.1 %.

        notes = dancing_notes([cctm(y_true, y_pred) for y_pred in predictions_by_epoch])
        notes[:, 3]  # what cats were taken for, epoch by epoch

    Raises `BadInput` for an array of another shape.
    """
    rates = np.asarray(cctms, np.float64)
    if rates.ndim != 3 or rates.shape[1] != rates.shape[2]:
        raise BadInput(f"dancing_notes: found {rates.shape}, allowed: CCTMs (epochs, C, C)")
    return np.stack([dance.notes(rates, row, threshold) for row in range(rates.shape[1])], axis=1)
