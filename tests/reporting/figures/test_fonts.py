"""Labels that DejaVu Sans cannot write: said once, drawn without a warning, by another font where
there is one.
"""

import pytest

from interference.classes import Classes
from interference.io.tables import Table
from interference.reporting import figures
from interference.reporting.figures import fonts, layout, theme
from tests import toy
from tests.reporting.figures.artists import assert_whole

HAN = Classes(("cat", "dog", "bird"), ("猫", "犬", "とても小さな鳥の仲間たち"))
SIGN = (
    "\N{CIRCLED LATIN CAPITAL LETTER A}"  # in STIX, which comes with matplotlib, and not in DejaVu
)


@pytest.fixture(scope="module")
def han_evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Table]]:
    return toy.evidence(
        toy.study(tmp_path_factory.mktemp("han"), classes=HAN, runs={"small": "optim"}, epochs=2)
    )


def test_what_no_font_can_write_is_one_line_with_each_sign_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fonts, "installed", tuple)
    (line,) = fonts.missing_characters([*HAN.labels, "犬猫", "Größe é λ"])
    assert "write 猫犬とても小さな鳥の仲間たち: PNGs show boxes" in line
    assert not list(fonts.missing_characters(["CAT", "Größe", "λ", "кот"]))


def test_the_font_that_is_advised_has_the_script_that_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fonts, "installed", tuple)
    (line,) = fonts.missing_characters(["कुत्ता", "สุนัข", "\N{DOG FACE}", "犬"])
    assert line.endswith(
        "Install Noto Sans Devanagari and Noto Sans Thai and Noto Emoji and Noto Sans CJK JP to "
        "draw these characters"
    )


def test_where_names_from_right_to_left_are_drawn_otherwise_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(fonts, "SHAPES_TEXT", (3, 0))
    assert not list(fonts.missing_characters(["כלב", "cat"]))
    monkeypatch.setattr(fonts, "SHAPES_TEXT", (99, 0))
    (line,) = fonts.missing_characters(["כלב", "cat"])
    assert line.startswith("PNGs write right-to-left names letter by letter")


def test_a_font_that_is_installed_writes_what_ours_lacks_and_leaves_the_svg_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
):
    def drawn(*others: str) -> tuple[bytes, bytes, list[str]]:
        monkeypatch.setattr(fonts, "installed", lambda: others)
        with theme.styled():
            figure, _ = layout.sheet(SIGN, "source", panel=(1, 1))
        return theme.to_svg(figure), theme.to_png(figure), list(fonts.missing_characters([SIGN]))

    alone, helped = drawn(), drawn("STIXGeneral")
    assert alone[0] == helped[0]
    assert alone[1] != helped[1]
    assert len(alone[2]) == 1
    assert helped[2] == []


@pytest.mark.slow
def test_figures_of_labels_that_no_font_can_write_are_whole_and_warn_of_nothing(
    han_evidence, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fonts, "installed", tuple)
    for name, figure in figures.draw(**han_evidence):
        theme.to_png(figure)  # a warning is an error here
        with fonts.quiet():
            assert_whole(name, figure)


def test_the_fonts_of_a_machine_are_known_ones_in_the_order_of_choice():
    assert [name for name in fonts.FONTS if name in fonts.installed()] == [*fonts.installed()]
