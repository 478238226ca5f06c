"""The loss that a training step minimises, for a training configuration (set-up)."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from interference.errors import BadInput, in_one_line
from interference.learning.losses import losses
from interference.nets import imported
from interference.params import Optim

Loss = Callable[[Tensor, Tensor], Tensor]


def training_loss(setup: Optim, labels: Tensor) -> Loss:
    """The loss of a batch, as training steps minimise it.

    Args:
        setup: The training configuration.
        labels: (n,) int64, the labels of all training images, on the net's device.

    Returns:
        A function from logits (m, C) float32 and labels (m,) int64 to a scalar: the cross-entropy
        with the set-up's label smoothing and class weights, or the function that it names.

    Raises:
        BadInput: The function cannot be imported, or a class without images cannot be weighed.
    """
    if setup.loss is not None:
        loss: Loss = imported.import_callable("loss", setup.loss)
        return loss
    return partial(
        losses,
        reduction="mean",
        label_smoothing=setup.label_smoothing,
        weight=class_weights(setup, labels),
    )


def class_weights(setup: Optim, labels: Tensor) -> Tensor | None:
    """The weight of each class in the loss.

    Args:
        setup: The training configuration.
        labels: (n,) int64, the labels of all training images.

    Returns:
        (C,) float32 on the device of the labels: the set-up's list, or n / (C n_c) for a class of
        n_c images if it says `balanced`. None for equal weights.

    Raises:
        BadInput: A class without training images cannot be balanced.
    """
    if setup.class_weights is None:
        return None
    if setup.class_weights != "balanced":
        return torch.tensor(setup.class_weights, device=labels.device)
    sizes = labels.bincount()  # (C,)
    if not sizes.all():
        label = int(sizes.argmin())
        raise BadInput(
            f"class_weights: found balanced, but no training image has label {label}, allowed: a "
            "list of numbers, one a class"
        )
    return len(labels) / (len(sizes) * sizes.float())


def check_loss(setup: Optim, labels: Tensor, classes: int) -> None:
    """Check that the loss of a training configuration can train a net.

    Args:
        setup: The training configuration.
        labels: (n,) int64, the labels of all training images, on the net's device.
        classes: The number of classes.

    Raises:
        BadInput: The loss cannot be made or called, or does not return a finite scalar that depends
            on the logits; a class has no training images and cannot be balanced.
    """
    if setup.class_weights == "balanced" and len(labels.bincount()) < classes:
        raise BadInput(
            f"class_weights: found balanced, but no training image has label {classes - 1}, "
            "allowed: a list of numbers, one a class"
        )
    loss = training_loss(setup, labels)
    if setup.loss is None:
        return
    batch = labels[:2]
    logits = torch.linspace(-1, 1, len(batch) * classes, device=labels.device)
    logits = logits.reshape(len(batch), classes).requires_grad_()
    try:
        value = loss(logits, batch)
    except Exception as error:  # code of another package may raise anything
        raise BadInput(
            f"loss: {setup.loss} fails on logits ({len(batch)}, {classes}) and labels "
            f"({len(batch)},) ({in_one_line(error)}), allowed: a function of both"
        ) from error
    problem = _fault(value)
    if problem:
        raise BadInput(f"loss: {setup.loss} {problem}")


def _fault(value: object) -> str:
    """An error message about the value of a loss; empty if a net can be trained by it."""
    if not isinstance(value, Tensor):
        return f"returns a {type(value).__name__}, allowed: a tensor, the loss of the batch"
    if value.shape != () or not value.is_floating_point():
        shape = tuple(value.shape)
        dtype = str(value.dtype).removeprefix("torch.")
        return f"returns {dtype} of shape {shape}, allowed: one number, the mean over the batch"
    if not value.requires_grad:
        return "does not depend on the logits, allowed: a loss that can be differentiated"
    if not value.isfinite():
        return f"returns {float(value.detach())}, allowed: a finite number"
    return ""
