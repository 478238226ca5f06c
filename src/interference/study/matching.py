"""Which column of predictions names an image alike in several runs."""

from collections.abc import Sequence

import pandas as pd


def key_of(frames: Sequence[pd.DataFrame], are_numbered: bool) -> str | None:
    """The column by which the images of several runs are matched.

    Args:
        frames: The rows of the predictions of each run.
        are_numbered: Whether each `index` is the user's own number of the image; otherwise it
            counts the names of the images and differs from run to run.

    Returns:
        `index` or `image`; None if the images cannot be matched.
    """
    if are_numbered:
        return "index"
    if all("image" in frame for frame in frames):
        return "image"
    return None
