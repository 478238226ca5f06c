"""The look of every exhibit: colours, matplotlib settings, and how a figure becomes bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from interference.reporting.figures import fonts
from interference.reporting.figures.dark import with_dark_style
from interference.reporting.figures.numbers import with_numbers
from interference.reporting.figures.sheets import Sheet

FONT_FAMILY = "sans-serif"
RC: dict[Any, Any] = {
    # DejaVu Sans comes first. It is part of matplotlib, so every machine draws the same figure.
    "font.family": [FONT_FAMILY],
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titley": 1.0,  # fixed, so that no title is measured again at every drawing
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "text.parse_math": False,  # a class may be called $5
    # Text stays text in an SVG: small, searchable, and open to screen readers. A reader without
    # DejaVu Sans sees Verdana, which is as wide.
    "svg.fonttype": "none",
    "svg.hashsalt": "interference",
    "pdf.fonttype": 42,  # TrueType, which publishers accept; Type 3 they refuse
    # Hinting is invisible at 150 dots an inch and takes a third of the time for drawing text.
    "text.hinting": "none",
    "image.composite_image": False,  # each axes has one image, so there is nothing to combine
}
DPI = 150
PRINT_DPI = 300  # of the few parts of a PDF that are no vectors
PNG_COMPRESSION = 3  # a tenth larger than the default, and a third faster

ERRORS = "magma_r"  # error rates in a matrix: darker cells have more errors
TERRAIN = "viridis"  # error rates over a plane: a dark lowland, a bright plateau
OPPOSED = "RdBu"  # cosines and correlations: red for opposed gradients
INK = "#1a1a1a"
INK_ON_COLOUR = "#1b1b1b"  # text on a colour that stands for a number: the same on a dark page
GREY = "#6b6b6b"
PALE = "#e2e2e2"
# Okabe and Ito's colours, which colour-blind readers can tell apart (jfly.uni-koeln.de/color)
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
TEXT_FRAME: dict[str, Any] = {
    "boxstyle": "square,pad=0.25",
    "fill": False,
    "edgecolor": HUES[0],
    "linewidth": 1.5,
}
DARK = 0.55  # the brightness (0 to 1) below which text on a colour is white


@contextmanager
def styled() -> Iterator[None]:
    """Apply the settings of `RC` while a figure is drawn or saved, then restore the user's.

    Works as a context manager and as a decorator.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        # The installed fonts write the characters that DejaVu Sans lacks.
        mpl.rcParams["font.family"] = [FONT_FAMILY, *fonts.installed()]
        yield


def to_svg(figure: Figure) -> bytes:
    """Return a figure as SVG.

    The same figure gives the same bytes, whichever fonts the machine has beside DejaVu Sans.

    Args:
        figure: A drawn figure.

    Returns:
        The content of an SVG file, with the numbers or the names of tables that it carries.
    """
    metadata = _hidden_texts(figure, "Title", "Description")
    content = _save(figure, format="svg", metadata={"Date": None, **metadata})
    other_fonts = "".join(f", '{name}'" for name in fonts.installed())
    without_fonts = with_dark_style(content.replace(other_fonts.encode(), b""))
    if not isinstance(figure, Sheet):
        return without_fonts
    return with_numbers(without_fonts, figure.numbers, figure.tables)


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG without transparency.

    Args:
        figure: A drawn figure.

    Returns:
        The content of a PNG file, `DPI` pixels an inch.
    """
    canvas = FigureCanvasAgg(figure)
    _save(figure, format="rgba")
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    buffer = io.BytesIO()
    image = Image.fromarray(pixels).convert("RGB")
    image.save(buffer, "png", compress_level=PNG_COMPRESSION, pnginfo=_png_texts(figure))
    return buffer.getvalue()


def _png_texts(figure: Figure) -> PngInfo:
    """Return the texts of a PNG file: title and caption, if the picture does not show them."""
    texts = PngInfo()
    for key, text in _hidden_texts(figure, "Title", "Description").items():
        texts.add_itxt(key, text)
    return texts


def to_pdf(figure: Figure) -> bytes:
    """Return a figure as PDF with its fonts embedded as TrueType.

    The same figure gives the same bytes: the file has no date.

    Args:
        figure: A drawn figure.

    Returns:
        The content of a PDF file.
    """
    metadata = {
        "Creator": "interference",
        "CreationDate": None,
        **_hidden_texts(figure, "Title", "Subject"),
    }
    return _save(figure, format="pdf", metadata=metadata, dpi=PRINT_DPI)


def _hidden_texts(figure: Figure, title_key: str, caption_key: str) -> dict[str, str]:
    """Return title and caption as metadata, unless the picture of a figure shows them."""
    if isinstance(figure, Sheet) and not figure.page.has_title:
        return {title_key: figure.title, caption_key: figure.caption}
    return {}


def _save(figure: Figure, dpi: int = DPI, **options: Any) -> bytes:
    """Save a figure with the project's settings and return the bytes."""
    buffer = io.BytesIO()
    with styled(), fonts.quiet():
        figure.savefig(buffer, dpi=dpi, **options)
    return buffer.getvalue()


def contrasting_colour(colours: Any, value: float) -> str:
    """Return the text colour that is easier to read on the colour of a value.

    Args:
        colours: A `ScalarMappable`.
        value: The value whose colour lies behind the text.

    Returns:
        White or `INK_ON_COLOUR`.
    """
    red, green, blue, _ = colours.to_rgba(value)
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return "white" if brightness < DARK else INK_ON_COLOUR
