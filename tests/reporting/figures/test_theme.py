"""Settings, and how a figure becomes bytes."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from interference.reporting import figures
from interference.reporting.figures import (
    layout,
    theme,
)
from interference.reporting.figures.layout import Margins


@pytest.mark.slow
def test_the_same_tables_give_the_same_bytes(evidence, saved):
    for name, figure in figures.draw(**evidence):
        assert theme.to_svg(figure) == (saved / f"{name}.svg").read_bytes()
        if name.startswith("surface"):
            assert theme.to_png(figure) == (saved / f"{name}.png").read_bytes()


@pytest.mark.parametrize("width", [3.64, 3.7, 6.8, 6.803])
def test_a_png_is_never_a_column_too_narrow(width):
    """Inches times dots may fall just short of a whole number.

    A picture that is read at the wrong width is skewed.
    """
    figure, _ = layout.sheet("", "", panel=(width - 1, 1), margins=Margins(left=0.85, right=0.15))
    figure.add_artist(mpl.lines.Line2D([0.5, 0.5], [0, 1], color="black", lw=4))
    with Image.open(io.BytesIO(theme.to_png(figure))) as image:
        dark = np.asarray(image.convert("L")) < 100
    assert dark[:, dark[0]].all()


def test_drawing_leaves_matplotlibs_settings_as_they_were(evidence):
    with mpl.rc_context({"font.size": 17, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        for _, figure in figures.draw(counts=evidence["counts"]):
            assert dict(mpl.rcParams) == before
            theme.to_svg(figure)
        assert dict(mpl.rcParams) == before


def test_a_users_settings_do_not_change_a_figure(evidence, saved):
    with mpl.rc_context({"font.size": 17, "axes.grid": True, "svg.fonttype": "path"}):
        figure = dict(figures.draw(cctm=evidence["cctm"]))["cctm-optim"]
        assert theme.to_svg(figure) == (saved / "cctm-optim.svg").read_bytes()


def test_the_colours_of_a_dark_page_stand_once_in_an_svg_and_only_for_dark_pages(drawn):
    svg = theme.to_svg(drawn["cctm-optim"]).decode()
    before, _, after = svg.partition("@media (prefers-color-scheme: dark)")
    assert svg.count("@media") == 1
    assert "!important" not in before
    style, _, drawing = after.partition("</style>")
    assert "!important" in style
    assert "!important" not in drawing
