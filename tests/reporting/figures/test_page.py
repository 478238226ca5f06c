"""Figures for a page of a given width: formats, metadata, and what stays as it was."""

import io
from pathlib import Path

import pytest
from PIL import Image

from interference.errors import BadInput
from interference.reporting import figures
from interference.reporting.figures import page, theme, wrapping
from interference.reporting.figures.page import Page
from stages import figures as stage
from tests.imports import ROOT

SETUPS = ("optim", "big_lr", "small_lr")  # of the published study
COLUMN = Page(page.parse_width("8.5cm"), has_title=False)


@pytest.fixture(scope="module")
def in_column(evidence) -> theme.Sheet:
    """The CCTM for a column of a paper, without its title."""
    return dict(figures.draw(cctm=evidence["cctm"], page=COLUMN))["cctm-optim"]


@pytest.mark.parametrize(
    ("text", "inches"), [("8.5cm", 8.5 / 2.54), ("85mm", 8.5 / 2.54), ("3.35 in", 3.35)]
)
def test_a_width_has_a_unit(text, inches):
    assert page.parse_width(text) == pytest.approx(inches)


@pytest.mark.parametrize("text", ["8.5", "cm", "8,5cm", "8.5pt", "", "nancm"])
def test_a_width_without_a_known_unit_is_refused(text):
    with pytest.raises(BadInput, match=f"--width: found {text}, allowed: "):
        page.parse_width(text)


@pytest.mark.parametrize("text", ["2cm", "-9cm", "2000mm"])
def test_a_width_that_is_no_figures_is_refused(text):
    with pytest.raises(BadInput, match="allowed: from 8cm to 100cm"):
        page.parse_width(text)


def test_a_page_ends_with_its_figure(evidence):
    drawing = figures.draw(cctm=evidence["cctm"], page=COLUMN)
    next(drawing)
    assert page.current() == page.NATURAL
    assert [figure.get_figwidth() for _, figure in drawing] == pytest.approx(
        [COLUMN.width] * len(list(figures.draw(cctm=evidence["cctm"]))[1:])
    )


def test_an_unknown_format_names_the_formats():
    with pytest.raises(BadInput, match="--format: found 'eps', allowed: svg, png, pdf"):
        figures.checked_formats(["pdf", "eps"])
    assert figures.checked_formats(None) == ("svg", "png")
    assert figures.checked_formats(["pdf", "pdf"]) == ("pdf",)


@pytest.mark.slow
def test_without_a_title_the_files_metadata_have_title_and_caption(in_column):
    title = in_column.title
    assert title.startswith("What each class is predicted as: test CCTM, lr 0.1 ")
    caption = in_column.caption
    svg = theme.to_svg(in_column).decode()
    assert f"<dc:title>{title}</dc:title>" in svg
    assert f"<dc:description>{caption}</dc:description>" in svg
    assert f">{title}</text>" not in svg
    pdf = theme.to_pdf(in_column)
    assert f"/Title ({title})".encode() in pdf
    assert b"/Subject" in pdf
    with Image.open(io.BytesIO(theme.to_png(in_column))) as image:
        assert image.text == {"Title": title, "Description": caption}


def test_with_a_title_the_files_have_no_texts_of_their_own(drawn):
    figure = drawn["cctm-optim"]
    assert f"<dc:title>{figure.title}" not in theme.to_svg(figure).decode()
    with Image.open(io.BytesIO(theme.to_png(figure))) as image:
        assert not image.text


@pytest.mark.slow
def test_a_pdf_has_no_date_no_type_3_font_and_the_same_bytes_again(evidence, in_column):
    pdf = theme.to_pdf(in_column)
    again = dict(figures.draw(cctm=evidence["cctm"], page=COLUMN))["cctm-optim"]
    assert theme.to_pdf(again) == pdf
    assert b"CreationDate" not in pdf
    assert b"/Subtype /Type3" not in pdf
    assert b"/FontFile2" in pdf  # an embedded TrueType font


def test_a_line_is_broken_before_the_word_that_is_too_long():
    lines = wrapping.wrap("iiii iiii WWWW WWWW\nlast", 0.5, 8)
    assert lines == ["iiii iiii", "WWWW", "WWWW", "last"]
    assert all(wrapping.measured_width(line, 8) <= 0.5 for line in lines)


@pytest.mark.slow
def test_the_command_writes_only_the_formats_that_are_chosen(tmp_path: Path, capsys):
    quick = ROOT / "published" / "quick"
    out = tmp_path / "paper"
    stage.main(
        tmp_path,
        quick / "data" / "cctm",
        tmp_path,
        tmp_path,
        out,
        quick / "params.yaml",
        width="90mm",
        formats=["pdf"],
        no_title=True,
    )
    names = ["recall", "interferers"]
    for setup in SETUPS:
        names += [f"cctm-{setup}", f"pairs-{setup}"]
    assert {path.name for path in out.iterdir()} == {f"{name}.pdf" for name in names}
    assert f"{out / 'cctm-optim.pdf'}" in capsys.readouterr().out
