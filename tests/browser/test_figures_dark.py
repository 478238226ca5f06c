"""The SVG files of figures on light and on dark pages: paper and text change, data do not."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image
from playwright.sync_api import Browser

from interference.reporting.figures import dark, layout, theme
from interference.reporting.figures.layout import Margins

DATA = "#fde7a9"  # the colour of a number
PLACES = {
    "paper": (0.05, 0.05),
    "data": (0.5, 0.9),
    "text": (0.5, 0.5),
    "on data": (0.5, 0.75),
    "hollow": (0.15, 0.5),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a figure of a text block, a block of data with ink on it, and a hollow mark."""
    figure, _ = layout.sheet("", "", panel=(2, 2), margins=Margins())
    for axes in figure.axes:
        axes.set_visible(False)
    blocks = {
        (0.3, 0.4): theme.INK,
        (0.3, 0.65): DATA,
        (0.45, 0.7): theme.INK_ON_COLOUR,
    }
    heights = [0.2, 0.3, 0.1]
    for ((x, y), colour), height in zip(blocks.items(), heights, strict=True):
        width = 2 * (0.5 - x)
        figure.add_artist(Rectangle((x, y), width, height, fc=colour, ec="none"))
    marks = {"ms": 30, "mfc": "white", "mec": theme.INK}
    figure.add_artist(Line2D([0.15, 0.15], [0.5, 0.5], marker="o", ls="none", **marks))
    folder = tmp_path_factory.mktemp("dark")
    (folder / "figure.svg").write_bytes(theme.to_svg(figure))
    page = folder / "page.html"
    page.write_text(
        "<!doctype html><meta name=color-scheme content='light dark'>"
        "<img src=figure.svg style='width:300px'>"
    )
    return page


def colours(browser: Browser, path: Path, scheme: str) -> dict[str, str]:
    """The colours of the places of the figure under a colour scheme."""
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        pixels = np.asarray(Image.open(io.BytesIO(page.locator("img").screenshot())).convert("RGB"))
    height, width, _ = pixels.shape
    shown = {}
    for name, (x, y) in PLACES.items():
        red, green, blue = pixels[int((1 - y) * height), int(x * width)]
        shown[name] = f"#{red:02x}{green:02x}{blue:02x}"
    return shown


def test_a_dark_page_changes_paper_and_text_but_no_data(chromium: Browser, path: Path):
    assert colours(chromium, path, "light") == {
        "paper": "#ffffff",
        "data": DATA,
        "text": theme.INK,
        "on data": theme.INK_ON_COLOUR,
        "hollow": "#ffffff",
    }
    assert colours(chromium, path, "dark") == {
        "paper": dark.PAPER,
        "data": DATA,
        "text": dark.TEXT,
        "on data": theme.INK_ON_COLOUR,
        "hollow": dark.PAPER,
    }
