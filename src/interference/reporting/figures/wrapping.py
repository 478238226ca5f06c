"""Breaks text into lines by the measured width of its letters."""

from functools import lru_cache

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from interference.classes import DASH
from interference.reporting.figures import fonts


def wrap(text: str, width: float, size: float, is_bold: bool = False) -> list[str]:
    """Break a text into lines by the measured width of its letters.

    Args:
        text: The text; its own line breaks stay, and no-break spaces hold.
        width: The width of a line in inches. A longer word has a line of its own, or
            two if it is a pair of classes.
        size: The font size in points.
        is_bold: Whether the text is bold.

    Returns:
        The lines.
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}".lstrip()
            if line and measured_width(longer, size, is_bold) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    broken = []
    for line in lines:
        broken += _break_pair(line, width, size, is_bold)
    return broken


def _break_pair(line: str, width: float, size: float, is_bold: bool) -> list[str]:
    """Break a line that is too long after the dash of a pair of classes, if it has one."""
    first, dash, second = line.partition(DASH)
    if not dash or measured_width(line, size, is_bold) <= width:
        return [line]
    return [first + dash, second]


def measured_width(text: str, size: float, is_bold: bool = False) -> float:
    """Return the width of a line in inches, as the fonts of the figures draw it."""
    return _width_in_fonts(text, tuple(mpl.rcParams["font.family"]), size, is_bold)


@lru_cache(maxsize=4096)  # captions repeat, and each is measured word by word
def _width_in_fonts(text: str, family: tuple[str, ...], size: float, is_bold: bool) -> float:
    """Return the width of a line in inches in the first of some fonts that has its characters."""
    font = FontProperties(family=family, size=size, weight="bold" if is_bold else "normal")
    with fonts.quiet():
        width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72
