"""Names that many modules share: scales of directions, splits of images, runs, the array type."""

import re
from typing import Any, Final, NamedTuple

import numpy as np

from interference.errors import BadInput

Array = np.ndarray[Any, np.dtype[Any]]
Columns = dict[str, Array]  # of equal length, by name

# What theta measures at each scale. The functions that make directions are in `plane.DIRECTIONS`.
SCALES = {
    "raw": "raw class gradients",
    "step": "unit steps: theta is the norm of the weight change",
    "relative": "relative steps: theta is the weight change as a fraction of the weights' norm",
    "filter": "filter-normalised class gradients",
    "random": "random directions, filter-normalised",
}
RANDOM = "random"  # the scale at which a pair's labels are the numbers of two draws


class Split(NamedTuple):
    """A set of images whose confusion counts are recorded.

    Attributes:
        caption: The images, and when they are counted.
        short: A shorter caption.
    """

    caption: str
    short: str


SPLITS = {  # in the order in which a run records them
    "train_online": Split("training images, as predicted while training", "training, online"),
    "test": Split("test images, after each epoch", "test"),
    "train_augmented": Split("augmented training images, after each epoch", "training, augmented"),
    "train": Split("training images, after each epoch", "training"),
}
ALWAYS = ("train_online", "test")  # the splits that every run records

# The splits by how well they show a training, the paper's own first. A prediction file may hold
# test images only.
TRAINING_FIRST = ("train_augmented", "train", "train_online", "test")

UNKNOWN = -1  # the epoch of counts whose epoch is not known

BATCH_NORMS = ("frozen", "recalibrated")
AUTO: Final = "auto"  # in place of an edge: the sweep finds it
RUN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


FORMULA = re.compile(r"[=+@\t\r-](?![\d.]+$)")  # how a cell begins that spreadsheets compute


def csv_cell(text: str) -> str:
    """Make a name from data harmless in a CSV file.

    DVC copies the cells of plots into a script of its page, and spreadsheets run cells that begin
    like a formula.

    Args:
        text: The name, such as the label of a class.

    Returns:
        The name with other angle brackets, and with an apostrophe before a formula.
    """
    without_brackets = text.replace("<", "\u2039").replace(">", "\u203a")
    return f"'{without_brackets}" if FORMULA.match(text) else without_brackets


def check_run(where: str, name: Any) -> None:
    """Check that a name can be the name of a run, and so of its files.

    Args:
        where: The key that holds the name, for the error.
        name: The name.

    Raises:
        BadInput: The name is not a text, or has a character that is not allowed.
    """
    if isinstance(name, str) and RUN.fullmatch(name):
        return
    raise BadInput(f"{where}: found {name!r}, allowed: {RUN.pattern}, since it names files")
