"""scikit-learn's bundled 8 x 8 digits (1,797 images); every second image of a class is test."""

from functools import partial
from pathlib import Path

import numpy as np

from interference.datasets.names import DIGITS
from interference.datasets.pictures import Found, Picture, of_array


def read(raw: Path) -> Found:
    """The digits as pixels of 0 to 255. `raw` is not looked at: the images come with the package."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = np.round(bunch.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8), 0..16 -> 0..255
    rank = np.zeros(len(pixels), int)
    for label in range(10):
        rank[bunch.target == label] = np.arange((bunch.target == label).sum())
    splits = {"train": rank % 2 == 0, "test": rank % 2 == 1}
    return Found(
        DIGITS,
        {
            split: [
                Picture(f"digits: image {index}", partial(of_array, pixels[index], int(label)))
                for index, label in zip(np.flatnonzero(rows), bunch.target[rows], strict=True)
            ]
            for split, rows in splits.items()
        },
    )
