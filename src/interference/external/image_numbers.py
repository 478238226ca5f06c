"""Numbers the images of several runs by the names of their files, if they have no numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from interference.external.prediction_columns import Rows
from interference.vocabulary import Array


@dataclass(frozen=True)
class ImageNumbers:
    """The numbers of the images of a run.

    Attributes:
        index: (n,) the number of each row's image, None if the images are not known.
        notes: A sentence if the names of the images do not tell them apart.
    """

    index: Array | None
    notes: tuple[str, ...] = ()


def number_images(runs: Mapping[str, Rows]) -> dict[str, ImageNumbers]:
    """Number the images of several runs, so that the same image has the same number in all.

    Args:
        runs: The checked rows of each run.

    Returns:
        The numbers by run: those of the files if a run has no other, else the positions of the
        names among all distinct names. A run whose images are neither numbered nor named, or whose
        names repeat, has none.
    """
    given = {name: ImageNumbers(rows.index) for name, rows in runs.items()}
    lack_numbers = [rows for rows in runs.values() if rows.index is None and rows.image is not None]
    lack_names = [rows for rows in runs.values() if rows.image is None and rows.index is not None]
    if not lack_numbers or lack_names:  # numbers and names cannot be compared
        return given
    named = {name: rows for name, rows in runs.items() if rows.image is not None}
    encoded = pa.chunked_array([rows.image for rows in named.values()]).dictionary_encode()
    codes = encoded.combine_chunks().indices.to_numpy()
    ends = np.cumsum([len(rows.label.codes) for rows in named.values()])[:-1]
    for (name, rows), index in zip(named.items(), np.split(codes, ends), strict=True):
        given[name] = _checked(rows, index)
    return given


def _checked(rows: Rows, index: Array) -> ImageNumbers:
    """The numbers of a run's images, unless an epoch of a split has a number twice."""
    images = {"split": rows.split.codes, "epoch": rows.epoch, "index": index}
    repeated = np.flatnonzero(pd.DataFrame(images).duplicated())
    if not len(repeated):
        return ImageNumbers(index)
    name = rows.image[int(repeated[0])].as_py() if rows.image is not None else ""
    note = f"the names of the images do not tell them apart ({name!r} stands twice)"
    return ImageNumbers(None, (f"{note}; an index would list them",))
