"""The colours of an SVG file on a dark page: its style sheet changes what is not data.

Paper, text, axes and lines of reference change; colours that stand for numbers do not, and neither
does the text on them. Without dark surroundings a file looks as it did.
"""

PAPER = "#1e2129"  # the ground of a figure on a dark page
TEXT = "#e4e4e7"
FAINT_TEXT = "#a9abb3"
FAINT = "#3d414c"  # lines of grids, and cells without a number
BLUE = "#3d9be0"  # in place of the darkest hue, which a dark page swallows

FILLS = {
    "#0072b2": BLUE,
    "#1a1a1a": TEXT,
    "#6b6b6b": FAINT_TEXT,
    "#e2e2e2": FAINT,
    "#f5f5f5": "#2a2e38",
}
STROKES = {
    "#0072b2": BLUE,
    "#1a1a1a": TEXT,
    "#555555": FAINT_TEXT,
    "#6b6b6b": FAINT_TEXT,
    "#e2e2e2": FAINT,
    "#cfcfcf": "#565b68",
    "#d8d8d8": "#565b68",
}
END = b"</style>"


def _rules() -> list[str]:
    """Return the rules of the style sheet for a dark page."""
    rules = [
        f"text:not([style*=fill]){{fill:{TEXT}}}",
        f"[id^=patch_]>path[style*='fill: #ffffff']{{fill:{PAPER}!important}}",
        f"use[style*='fill: #ffffff']:not([style*='#000000']){{fill:{PAPER}!important}}",
        f"[id^=QuadMesh]>path[style*='stroke: #ffffff']{{stroke:{PAPER}!important}}",
        f"[style*='stroke: #000000']:not([style*='fill: #ffffff']){{stroke:{TEXT}!important}}",
    ]
    rules += [f"[style*='fill: {old}']{{fill:{new}!important}}" for old, new in FILLS.items()]
    rules += [f"[style*='stroke: {old}']{{stroke:{new}!important}}" for old, new in STROKES.items()]
    return rules


STYLE = "\n@media (prefers-color-scheme: dark){\n" + "\n".join(_rules()) + "\n}\n"


def with_dark_style(svg: bytes) -> bytes:
    """Add the colours for a dark page to the style sheet of an SVG file of matplotlib.

    Args:
        svg: The content of the file.

    Returns:
        The content with the rules at the end of its first style sheet.
    """
    return svg.replace(END, STYLE.encode() + END, 1)
