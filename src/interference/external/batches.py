"""Gathers images and labels from where people keep them: data loaders, data sets, arrays."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from interference.errors import BadInput, in_one_line
from interference.external.checks import TensorLike, to_tensor

BATCH = 250  # images of a data set that are put together at a time
ImagesLike: TypeAlias = TensorLike | Dataset[Any] | Iterable[Any]


def gathered(images: ImagesLike, labels: TensorLike | None) -> tuple[Tensor, Tensor]:
    """Gather images and labels in two tensors.

    Args:
        images: (n, ...) the images; or, without `labels`, an iterable of batches (images, labels)
            such as a DataLoader, or a torch Dataset of pairs (image, label).
        labels: (n,) the labels of images that are an array.

    Returns:
        The images (n, ...) and the labels (n,), in the order in which they are read. Those of
        batches lie in the memory of the batches' device, for a moment twice.

    Raises:
        BadInput: Labels are missing, labels are given beside batches, or a batch is not a pair.
    """
    if labels is not None:
        if isinstance(images, DataLoader | Dataset):
            raise BadInput(
                f"labels: found some beside a {type(images).__name__}, allowed: none, since its "
                "batches hold them"
            )
        return to_tensor("images", images), to_tensor("labels", labels)
    if isinstance(images, Dataset):
        return _joined(DataLoader(images, BATCH))
    if not isinstance(images, Iterable) or hasattr(images, "__array__"):
        raise BadInput(
            f"labels: found none beside {type(images).__name__} images, allowed: labels (n,); or "
            "images that are a DataLoader, another iterable of batches (images, labels), or a "
            "torch Dataset"
        )
    return _joined(images)


def _joined(batches: Iterable[Any]) -> tuple[Tensor, Tensor]:
    """The images and labels of all batches."""
    parts = _parts(batches)
    all_images = [images for images, _ in parts]
    all_labels = [labels for _, labels in parts]
    return torch.cat(all_images), torch.cat(all_labels)


def _parts(batches: Iterable[Any]) -> list[tuple[Tensor, Tensor]]:
    """The images and labels of every batch; raises `BadInput` for a batch of something else."""
    parts = []
    try:
        for number, batch in enumerate(batches):
            parts.append(_checked(number, batch))
    except (TypeError, ValueError, RuntimeError) as error:  # the loader is not our code
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"images: reading batch {len(parts)} failed ({in_one_line(error)}), allowed: batches "
            "(images, labels) of tensors"
        ) from error
    if not parts:
        raise BadInput("images: found no batches, allowed: at least one (images, labels)")
    shapes = {tuple(images.shape[1:]): number for number, (images, _) in enumerate(parts)}
    if len(shapes) > 1:
        found = " and ".join(str(shape) for shape in shapes)
        raise BadInput(f"images: found the shapes {found}, allowed: one shape for all images")
    return parts


def _checked(number: int, batch: Any) -> tuple[Tensor, Tensor]:
    """The images (n, ...) and the labels (n,) of a batch."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        content = type(batch).__name__
        if isinstance(batch, tuple | list):
            content += f" of {len(batch)}"
        raise BadInput(
            f"images: found batch {number} that is a {content}, allowed: (images, labels); a "
            "generator such as ((batch['image'], batch['label']) for batch in loader) makes them"
        )
    images = to_tensor(f"images of batch {number}", batch[0])
    labels = to_tensor(f"labels of batch {number}", batch[1])
    if not images.dim() or labels.shape != images.shape[:1]:
        raise BadInput(
            f"images: found {tuple(images.shape)} images with {tuple(labels.shape)} labels in "
            f"batch {number}, allowed: (n, ...) with (n,)"
        )
    return images, labels
