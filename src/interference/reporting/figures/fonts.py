"""Fonts for labels that DejaVu Sans cannot write, such as Chinese, Hindi and Thai ones."""

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib
from matplotlib import font_manager

SHAPES_TEXT = (3, 11)  # from this version on matplotlib joins and orders the letters of all scripts
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
NOTO = "Noto Sans"  # followed by a script
EMOJI = ("Noto Emoji", "Symbola")  # matplotlib draws no coloured ones
OTHERS = {  # fonts of other scripts, by the first word of their characters' names in Unicode
    "ARABIC": ("Noto Sans Arabic", "Noto Naskh Arabic"),
    "ARMENIAN": ("Noto Sans Armenian",),
    "BENGALI": ("Noto Sans Bengali", "Lohit Bengali", "Nirmala UI"),
    "DEVANAGARI": ("Noto Sans Devanagari", "Lohit Devanagari", "Mangal", "Kohinoor Devanagari"),
    "ETHIOPIC": ("Noto Sans Ethiopic", "Ebrima", "Kefa"),
    "GEORGIAN": ("Noto Sans Georgian",),
    "GUJARATI": ("Noto Sans Gujarati", "Lohit Gujarati"),
    "GURMUKHI": ("Noto Sans Gurmukhi", "Lohit Gurmukhi"),
    "HEBREW": ("Noto Sans Hebrew",),
    "KANNADA": ("Noto Sans Kannada", "Lohit Kannada"),
    "KHMER": ("Noto Sans Khmer", "Khmer OS"),
    "LAO": ("Noto Sans Lao",),
    "MALAYALAM": ("Noto Sans Malayalam", "Lohit Malayalam"),
    "MYANMAR": ("Noto Sans Myanmar", "Padauk", "Myanmar Text"),
    "SINHALA": ("Noto Sans Sinhala", "Iskoola Pota"),
    "TAMIL": ("Noto Sans Tamil", "Lohit Tamil", "Latha"),
    "TELUGU": ("Noto Sans Telugu", "Lohit Telugu"),
    "THAI": ("Noto Sans Thai", "Loma", "Garuda", "Thonburi", "Leelawadee UI"),
    "TIBETAN": ("Noto Serif Tibetan", "Noto Sans Tibetan", "Microsoft Himalaya"),
}
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")
FONTS = (*CJK, *(name for names in OTHERS.values() for name in names), *EMOJI)


@cache
def installed() -> tuple[str, ...]:
    """Return the fonts of `FONTS` that this machine has, in the order of `FONTS`."""
    available = set(font_manager.get_font_names())
    return tuple(dict.fromkeys(name for name in FONTS if name in available))


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
        advice = " and ".join(dict.fromkeys(_font_for(sign) for sign in missing))
        yield (
            f"no installed font can write {missing}: PNGs show boxes instead; SVGs and the report "
            f"use the fonts of the reader's machine. Install {advice} to draw these characters"
        )
    has_right_to_left = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in characters)
    if has_right_to_left and matplotlib.__version_info__ < SHAPES_TEXT:
        yield (
            "PNGs write right-to-left names letter by letter from left to right; SVGs and the "
            "report write them as they are read. Install matplotlib 3.11 to write them so in PNGs"
        )


def _font_for(sign: str) -> str:
    """The name of a font that has the script of a character."""
    script = unicodedata.name(sign, "UNKNOWN").split()[0].split("-")[0]
    if script in OTHERS:
        return OTHERS[script][0]
    if script in EAST_ASIAN:
        return CJK[0]
    if unicodedata.category(sign) == "So":
        return EMOJI[0]
    return NOTO
