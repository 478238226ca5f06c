"""Scikit-learn's bundled 8 x 8 digits, 1,797 images; the first 20 of each class train."""

from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets.names import DIGITS
from interference.datasets.pictures import Picture, Pictures, image_of_array

TRAIN_IMAGES = 20  # of each class, so few that some digits are confused as people confuse them


def read(raw: Path) -> Pictures:
    """Read the digits.

    Args:
        raw: Not used, since the images come with scikit-learn.

    Returns:
        The digits with pixels from 0 to 255.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = np.round(bunch.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8), 0..16 -> 0..255
    rank = np.zeros(len(pixels), int)  # the position of an image among those of its class
    for label in range(10):
        of_class = bunch.target == label
        rank[of_class] = np.arange(of_class.sum())
    rows_of = {
        "train": np.flatnonzero(rank < TRAIN_IMAGES),
        "test": np.flatnonzero(rank >= TRAIN_IMAGES),
    }
    splits = {}
    for split, rows in rows_of.items():
        splits[split] = [
            Picture(
                f"digits: image {row}",
                partial(image_of_array, pixels[row], int(bunch.target[row])),
            )
            for row in rows
        ]
    return Pictures(DIGITS, splits)
