"""DVC's own page of plots in a browser: numbers, order and colours are those of the tables."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interference.confusion import by_epoch
from interference.reporting import dvc_plots
from stages import plots_page
from tests import plotted
from tests.browser.probe import PROBE, opened
from tests.clone import dvc
from tests.plotted import EPOCHS, LABELS, POINTS, REVISIONS


@pytest.fixture(scope="module")
def tables(plotted_tables: plotted.Studies) -> plotted.Studies:
    """The tables of each revision, by kind and name."""
    return plotted_tables


@pytest.fixture(scope="module")
def repo(plotted_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with our dvc.yaml and templates, and the plots of both revisions as tags."""
    folder = tmp_path_factory.mktemp("plotted") / "repository"
    return shutil.copytree(plotted_repository, folder)


@pytest.fixture(scope="module")
def page(repo: Path) -> Path:
    """The page that draws without the network, with a probe before its scripts."""
    page = repo / ".dvc" / "tmp" / "page.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(plots_page.PAGE.replace("<head>", f"<head>{PROBE}") % plots_page.scripts())
    return page


@pytest.fixture(scope="module")
def shown(repo: Path, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Chromium saw of `dvc plots show`."""
    dvc("plots", "show", "-o", "shown", "--html-template", str(page), at=repo)
    return opened(repo / "shown" / "index.html", tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def compared(repo: Path, page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Chromium saw of `dvc plots diff first second`."""
    dvc("plots", "diff", *REVISIONS, "-o", "compared", "--html-template", str(page), at=repo)
    return opened(repo / "compared" / "index.html", tmp_path_factory.mktemp("profile"))


@pytest.mark.parametrize("which", ["shown", "compared"])
def test_the_page_draws_every_plot_without_an_error_or_a_request(
    which: str, request: pytest.FixtureRequest
):
    seen = request.getfixturevalue(which)
    assert seen["errors"] == []
    dvcs_own = "spec uses Vega v5", 'Dropping {} from channel "shape"'  # of its own templates
    assert not [said for said in seen["warnings"] if not any(words in said for words in dvcs_own)]
    assert all(asked.startswith("file:") for asked in seen["requests"])
    expected = {
        f"{kind}_{run}_csv"
        for run in ("vgg19", "resnet18")
        for kind in ("plots_curves", "plots_cctm", "dvc_yaml__plots_cctm", "plots_notes")
    }
    expected |= {"plots_figures_cctm_png", "plots_mistakes_csv", "plots_verdicts_csv"}
    assert set(seen["plots"]) == expected | {
        f"plots_surfaces_{run}-cat-dog-raw_csv" for run in ("vgg19", "resnet18")
    }
    assert all(plot["texts"] for name, plot in seen["plots"].items() if name.endswith("csv"))


def rates(tables, revision: str, run: str = "vgg19") -> np.ndarray:
    """A revision's test CCTM (10, 10) in percent."""
    counts = by_epoch.test_counts(tables[revision]["cctm"][run])
    return 100 * counts / counts.sum(1, keepdims=True)


def numbers(values: np.ndarray, form: str) -> Counter:
    """The numbers in the cells; a value that rounds to zero leaves its cell blank.

    The minus sign is a real one.
    """
    return Counter(
        format(value, form).replace("-", "\N{MINUS SIGN}")
        for value in values.ravel()
        if abs(value) >= 0.05
    )


def written(plot: dict) -> Counter:
    """The numbers in a plot's cells."""
    return Counter(mark["text"] for mark in plot["text"])


@pytest.mark.parametrize(
    ("which", "revisions"), [("shown", ["second"]), ("compared", ["first", "second"])]
)
def test_a_cctm_shows_its_numbers_in_label_order_a_panel_a_revision(
    which, revisions, tables, request
):
    plot = request.getfixturevalue(which)["plots"]["plots_cctm_vgg19_csv"]
    assert written(plot) == sum(
        (numbers(rates(tables, name), ".1f") for name in revisions), Counter()
    )
    assert len(plot["rect"]) == 100 * len(revisions)
    assert [axis for axis in plot["axes"] if "CAT" in axis] == [list(LABELS)] * (1 + len(revisions))
    titles = [*(revisions if which == "compared" else ["workspace"]), "Test CCTM, vgg19 (%)"]
    assert [text for text in plot["texts"] if text in titles] == titles


def test_the_difference_of_two_cctms_is_a_plot_with_zero_in_the_middle_of_its_colours(
    compared, tables
):
    plot = compared["plots"]["dvc_yaml__plots_cctm_vgg19_csv"]
    change = rates(tables, "second") - rates(tables, "first")
    assert written(plot) == numbers(change, "+.1f")
    assert "second minus first" in plot["texts"]
    drawn = {
        (said["true class"], said["predicted"]): colour(mark["fill"])
        for mark in plot["rect"]
        if mark["opacity"] != "0" and (said := tooltip(mark))
    }
    assert len(drawn) == 10 + 90
    for a, b in zip(*np.nonzero(~np.eye(10, dtype=bool)), strict=True):
        red, _, blue = drawn[LABELS[a], LABELS[b]]
        assert np.sign(red - blue) == np.sign(change[a, b]) or abs(change[a, b]) < 0.2


def tooltip(mark: dict) -> dict[str, str]:
    """What a mark says of itself, by name."""
    return dict(part.split(": ") for part in mark["label"].split("; "))


def colour(fill: str) -> tuple[int, ...]:
    """Red, green and blue of a `rgb(...)` or `#rrggbb`."""
    if fill.startswith("#"):
        return tuple(bytes.fromhex(fill[1:]))
    return tuple(int(part) for part in fill.removeprefix("rgb(").removesuffix(")").split(","))


def test_the_workspace_is_the_newest_revision(repo: Path, page: Path, tmp_path: Path):
    dvc(
        "plots",
        "diff",
        "first",
        "workspace",
        "--targets",
        "plots/cctm",
        "-o",
        "newest",
        "--html-template",
        str(page),
        at=repo,
    )
    found = opened(repo / "newest" / "index.html", tmp_path)["plots"]
    assert set(found) == {
        f"{kind}_{run}_csv"
        for run in ("vgg19", "resnet18")
        for kind in ("plots_cctm", "dvc_yaml__plots_cctm")
    }
    assert "workspace minus first" in found["dvc_yaml__plots_cctm_vgg19_csv"]["texts"]
    panels = [
        text for text in found["plots_cctm_vgg19_csv"]["texts"] if text in ("first", "workspace")
    ]
    assert panels == ["first", "workspace"]


def test_one_revision_alone_is_set_against_its_transpose(shown, tables):
    plot = shown["plots"]["dvc_yaml__plots_cctm_vgg19_csv"]
    now = rates(tables, "second")
    assert written(plot) == numbers(now - now.T, "+.1f")
    assert "workspace minus its transpose" in plot["texts"]


def test_a_surface_is_a_map_with_the_trained_net_a_panel_a_revision(compared, tables):
    plot = compared["plots"]["plots_surfaces_vgg19-cat-dog-raw_csv"]
    assert len(plot["rect"]) == 2 * POINTS**2
    dots = [tooltip(mark) for mark in plot["symbol"] if mark["fill"] == "white"]
    assert [dot["revision"] for dot in dots] == list(REVISIONS)
    assert {(dot["theta 1"], dot["theta 2"]) for dot in dots} == {("0", "0")}
    panels = [text for text in plot["texts"] if text.startswith("CAT-DOG")]
    assert panels == ["CAT-DOG, first", "CAT-DOG, second"]
    for theta, way in (("theta 1", "x"), ("theta 2", "y")):
        first = [mark for mark in plot["rect"] if tooltip(mark)["revision"] == "first"]
        values = [float(tooltip(mark)[theta].replace("\N{MINUS SIGN}", "-")) for mark in first]
        pixels = [mark[way] if way == "x" else -mark[way] for mark in first]
        assert np.corrcoef(values, pixels)[0, 1] > 0.999
    bands = {mark["fill"] for mark in plot["rect"]}
    both = pd.concat(
        dvc_plots.planes(tables[name]["surfaces"]["vgg19-cat-dog-raw"]) for name in REVISIONS
    )
    assert len(bands) == both["mistakes"].floordiv(10).nunique()


def test_notes_have_a_mark_an_epoch_and_say_how_many_each_line_holds(compared, tables):
    plot = compared["plots"]["plots_notes_vgg19_csv"]
    frames = {name: dvc_plots.notes(tables[name]["counts"]["vgg19"]) for name in REVISIONS}
    assert len(plot["symbol"]) == 2 * 4 * EPOCHS
    lines = Counter(
        str(number)
        for frame in frames.values()
        for number in frame.groupby(["class", "note"]).size()
    )
    assert Counter(mark["text"] for mark in plot["text"] if mark["text"]) == lines
    order = [*reversed(LABELS), "none above 0.1 %"]
    named = set(pd.concat(frames.values())["note"].replace("none", "none above 0.1 %"))
    assert [label for label in order if label in named] in plot["axes"]
    panels = [text for text in plot["texts"] if "is taken for" in text]
    assert panels == [
        f"{label} is taken for ({name}, train_augmented)"
        for label in ("CAT", "DOG", "CAR", "TRUCK")
        for name in REVISIONS
    ]


def test_curves_lie_over_each_other_a_colour_a_revision(compared):
    plot = compared["plots"]["plots_curves_vgg19_csv"]
    assert len(plot["line"]) == 2 * 2
    assert len(plot["symbol"]) == 2 * 2 * EPOCHS  # unseen, for the tooltips
    assert {"first", "second", "test", "Accuracy, vgg19 (%)"} <= set(plot["texts"])
    assert len({(mark["stroke"], mark["dash"]) for mark in plot["line"]}) == 2 * 2
