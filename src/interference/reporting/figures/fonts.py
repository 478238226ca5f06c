"""Fonts for labels that DejaVu Sans cannot write, Chinese, Japanese and Korean ones, where they are installed."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib import font_manager

OURS = "DejaVu Sans"
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
    """The fonts of `CJK` that this machine has, the first choice first."""
    known = set(font_manager.get_font_names())
    return tuple(name for name in CJK if name in known)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is said, text by text, of a sign that no font has (`lacking` says it once) or of a font without bold."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            yield
    finally:
        logger.setLevel(level)


def lacking(labels: Iterable[str]) -> Iterator[str]:
    """One line that says which characters of class labels no font here can write; nothing where there is none."""
    paths = [font_manager.findfont(name) for name in (OURS, *installed())]
    known = set[int]().union(*(font_manager.get_font(path).get_charmap() for path in paths))
    missing = "".join(
        dict.fromkeys(sign for label in labels for sign in label if ord(sign) not in known)
    )
    if missing:
        yield (
            f"no font here can write {missing}: PNGs show boxes, SVGs and the report the reader's own font; "
            f"{CJK[0]} would do"
        )
