"""Fonts for labels that DejaVu Sans cannot write, such as Chinese, Japanese and Korean ones."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib import font_manager

DEJAVU = "DejaVu Sans"  # comes with matplotlib
CJK = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans CJK TC",
    "Noto Sans CJK KR",
    "Noto Sans JP",
    "Noto Sans SC",
    "Noto Sans TC",
    "Noto Sans KR",
    "Source Han Sans",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "IPAexGothic",
    "Droid Sans Fallback",
    "Hiragino Sans",
    "PingFang SC",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Arial Unicode MS",
)


@cache
def installed() -> tuple[str, ...]:
    """Return the fonts of `CJK` that this machine has, in the order of `CJK`."""
    available = set(font_manager.get_font_names())
    return tuple(name for name in CJK if name in available)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence matplotlib's warnings about missing characters and missing bold fonts.

    `missing_characters` reports missing characters once instead.
    """
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            yield
    finally:
        logger.setLevel(level)


def missing_characters(labels: Iterable[str]) -> Iterator[str]:
    """Report the characters of class labels that no installed font can write.

    Args:
        labels: The labels of all classes.

    Yields:
        One line with each such character once, or nothing if all can be written.
    """
    writable: set[int] = set()
    for name in (DEJAVU, *installed()):
        path = font_manager.findfont(name)
        writable |= set(font_manager.get_font(path).get_charmap())
    characters = dict.fromkeys("".join(labels))  # in order, each once
    missing = "".join(sign for sign in characters if ord(sign) not in writable)
    if missing:
        yield (
            f"no installed font can write {missing}: PNGs show boxes instead; SVGs and the report "
            f"use the fonts of the reader's machine. Install {CJK[0]} to draw these characters"
        )
