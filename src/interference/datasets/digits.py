"""Scikit-learn's bundled 8 x 8 digits, 1,797 images; every second image of a class is test."""

from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets.names import DIGITS
from interference.datasets.pictures import Picture, Pictures, image_of_array


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
    rows_of = {"train": np.flatnonzero(rank % 2 == 0), "test": np.flatnonzero(rank % 2 == 1)}
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
