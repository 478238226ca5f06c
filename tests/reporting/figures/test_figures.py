"""All exhibits together: which are drawn, and what holds for each of them."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from PIL import Image

from interference.classes import EGOS, Classes
from interference.io.tables import Table
from interference.reporting import figures
from interference.reporting.figures import (
    accuracy,
    gradients,
    interferers,
    pairs,
    recall,
    symmetry,
    theme,
)
from interference.study import runs
from tests import toy
from tests.imports import ROOT
from tests.reporting.figures.artists import (
    assert_apart,
    assert_expected,
    assert_whole,
    boxes_of_texts,
    expected_figures,
    full_text_of,
    texts_of,
)


@pytest.mark.slow
def test_every_exhibit_that_the_tables_allow_is_drawn(drawn):
    assert_expected(drawn, expected_figures())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cctm", "grams", "counts", "surfaces"])
def test_a_kind_of_table_alone_gives_its_own_exhibits(evidence, kind):
    expected = [name for name, kinds in expected_figures().items() if kinds == {kind}]
    assert expected
    assert_expected(dict(figures.draw(**{kind: evidence[kind]})), expected)


def test_the_page_of_the_paper_lists_every_figure():
    page = (ROOT / "docs" / "reproduce.md").read_text()
    listed = re.findall(r"`([a-z_]+(?:-[A-Z]+)*)`", page)
    patterns = [re.sub("[A-Z]+", r"[\\w-]+", name) for name in listed]
    for name in expected_figures():
        assert any(re.fullmatch(pattern, name) for pattern in patterns), (
            f"enter {name} in the table of docs/reproduce.md"
        )


def test_no_table_no_figure():
    assert not list(figures.draw())


MANY = Classes(
    tuple(f"kind_{number}" for number in range(100)),
    tuple(f"KIND {number}" for number in range(100)),
)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [toy.LETTERS, MANY])
def test_tables_of_3_and_of_100_classes_are_whole_and_no_wider_than_a_page(tmp_path, classes):
    toy.study(
        tmp_path,
        classes=classes,
        runs={"small": "optim", "small-big_lr": "big_lr"},
        swept=(),
        epochs=1,
        images=400,
    )
    for name, figure in figures.draw(cctm=toy.evidence(tmp_path)["cctm"]):
        assert_whole(name, figure)
        assert figure.get_figwidth() < 8, name


@pytest.mark.slow
def test_titles_and_labels_of_many_seeds_stand_apart(tmp_path):
    names = [f"small-seed{seed}" for seed in range(5)]
    toy.study(tmp_path, runs=dict.fromkeys(names, "optim"), swept=(), epochs=2, images=400)
    tables = toy.evidence(tmp_path)
    shown = dict(symmetry.draw(tables["counts"])) | dict(
        gradients.draw(tables["grams"], tables["cctm"])
    )
    for name in ("cosine_cctm", "symmetry"):
        drawn = shown[name]
        headings = set()
        for axes in drawn.axes:
            headings |= {axes._left_title, axes.title, axes.xaxis.label, axes.yaxis.label}
        boxes = {text: box for text, box in boxes_of_texts(drawn).items() if text in headings}
        assert len(boxes) > 5
        assert_apart(name, boxes)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "runs"), [(3, 1), (3, 4), (100, 1), (100, 4)])
def test_names_of_any_length_have_room(tmp_path, number, runs):
    keys = toy.LETTERS.keys if number == 3 else toy.HUNDRED.keys
    classes = Classes(keys, tuple(f"class {place} {'and so on ' * 6}" for place in range(number)))
    few = number == 3
    toy.study(
        tmp_path,
        classes=classes,
        runs=dict.fromkeys(("vgg19", "resnet18", "googlenet", "dla")[:runs], "optim"),
        pairs=("a-b", "all", EGOS) if few else ("top-2",),
        points=3,
        epochs=2,
        images=60 if few else 320,
    )
    evidence = toy.evidence(tmp_path)
    for name, figure in figures.draw(
        **evidence if few and runs == 1 else {kind: evidence[kind] for kind in ("cctm", "grams")}
    ):
        assert_whole(name, figure)
        assert figure.get_figwidth() < 11, name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "pair"), [(toy.LETTERS, "a-b"), (toy.DIGITS, "digit_3-digit_8")]
)
def test_one_epoch_of_any_classes_can_be_drawn_and_saved(tmp_path, classes, pair):
    toy.study(
        tmp_path,
        classes=classes,
        runs={"small": "optim"},
        pairs=(pair,),
        epochs=1,
        points=3,
        images=12,
    )
    for name, figure in figures.draw(**toy.evidence(tmp_path)):
        assert ElementTree.fromstring(theme.to_svg(figure)).tag.endswith("svg"), name


@pytest.mark.slow
def test_perfect_nets_can_be_drawn(evidence):
    """No mistakes at all: every colour range is empty."""
    tables = {
        kind: {
            name: Table(
                table.frame.assign(count=100 * (table.frame["label"] == table.frame["predicted"])),
                table.meta,
            )
            for name, table in evidence[kind].items()
        }
        for kind in ("cctm", "counts", "surfaces")
    }
    for _, figure in figures.draw(**tables, grams=evidence["grams"]):
        theme.to_svg(figure)


@pytest.mark.slow
def test_nothing_of_a_figure_is_cut_off(drawn):
    for name, figure in drawn.items():
        assert_whole(name, figure)


@pytest.mark.slow
def test_files_are_of_moderate_size_and_150_dots_an_inch(drawn, saved):
    assert {path.name for path in saved.iterdir()} == {
        f"{name}.{form}" for name in expected_figures() for form in ("svg", "png")
    }
    for name, figure in drawn.items():
        assert (saved / f"{name}.svg").stat().st_size < 500_000
        assert (saved / f"{name}.png").stat().st_size < 400_000
        with Image.open(saved / f"{name}.png") as image:
            np.testing.assert_allclose(image.size, figure.get_size_inches() * 150, atol=1)


def test_every_figure_says_where_it_comes_from(drawn):
    for name, figure in drawn.items():
        text = full_text_of(figure)
        assert "seed 0 · cifar10" in text, name
        assert "vgg19" in text or "resnet18-big_lr" in text, name
    assert "5 x 5 points" in full_text_of(drawn["surface-vgg19-raw"])


@pytest.mark.slow
def test_importing_and_drawing_need_neither_torch_nor_dvc(tmp_path):
    code = f"""
import sys
import interference.reporting.figures as figures
assert not any(name in sys.modules for name in ("torch", "dvc", "matplotlib")), "import"
from pathlib import Path
from tests import toy
folder = toy.study(Path({str(tmp_path)!r}), classes=toy.LETTERS, runs={{"small": "optim"}}, pairs=["a-b"], epochs=1)
for name, figure in figures.draw(**toy.evidence(folder)):
    figures.save(figure, folder / name)
assert not any(name in sys.modules for name in ("torch", "dvc", "matplotlib.pyplot")), "draw"
"""
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        check=True,
    )


def test_no_marks_hide_in_scatter_collections(drawn):
    """Dots are lines with markers: a PathCollection would be one SVG group a dot."""
    assert not any(figure.findobj(PathCollection) for figure in drawn.values())


def test_runs_are_ordered_by_set_up_and_then_as_in_the_paper(tmp_path):
    toy.study(tmp_path, runs=toy.PAPER_RUNS, swept=(), epochs=1, images=60)
    names = [table.run["name"] for table in runs.ordered(toy.evidence(tmp_path)["counts"])]
    assert names == list(toy.PAPER_RUNS)


def test_an_absent_class_has_no_recall_to_write(evidence):
    table = evidence["cctm"]["vgg19"]
    absent = Table(
        table.frame.assign(count=table.frame["count"].where(table.frame["label"] != 4, 0)),
        table.meta,
    )
    shown = (
        texts_of(recall.recall([absent]))
        + texts_of(interferers.interferers(absent))
        + texts_of(pairs.pairs([absent]))
    )
    assert not any("nan" in word for word in shown)


def test_where_nothing_is_the_papers_nothing_of_it_is_shown(evidence):
    for figure in (
        recall.recall(runs.ordered(evidence["cctm"])),
        accuracy.accuracy(runs.ordered(evidence["counts"])),
    ):
        assert "the paper" not in full_text_of(figure)
        assert "paper" not in texts_of(figure)


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_epochs_are_marked_in_whole_numbers_however_few(tmp_path, epochs):
    toy.study(tmp_path, classes=toy.LETTERS, runs={"small": "optim"}, swept=(), epochs=epochs)
    drawn = dict(figures.draw(counts=toy.evidence(tmp_path)["counts"]))
    for axes in (
        axes for name in ("curves", "dance-small", "notes-small") for axes in drawn[name].axes
    ):
        (low, high), ticks = axes.get_xlim(), axes.get_xticks()
        assert ticks[(low <= ticks) & (ticks <= high)].tolist() == [*range(1, epochs + 1)]


def test_random_directions_are_numbered_and_have_no_classes_of_their_own(tmp_path: Path):
    toy.study(tmp_path, runs={"vgg19": "optim"}, pairs=("cat-dog", EGOS), scales=("random",))
    drawn = dict(figures.draw(surfaces=toy.evidence(tmp_path)["surfaces"]))
    assert not [name for name in drawn if name.startswith("ego_models")]
    for name in ("surface-vgg19-random", "class_losses-vgg19-random"):
        text = full_text_of(drawn[name])
        assert "random 4 \N{RIGHTWARDS ARROW}" in text
        assert "descend" not in text
        assert "framed" not in text


@pytest.mark.slow
def test_a_label_is_no_formula(tmp_path: Path):
    toy.study(
        tmp_path, classes=Classes(("a", "b", "c"), ("$5", r"$10 \frac", "$x$")), pairs=("a-b",)
    )
    for name, figure in figures.draw(**toy.evidence(tmp_path)):
        figures.save(figure, tmp_path / name)
    assert r"$10 \frac" in (tmp_path / "cctm-optim.svg").read_text()
    assert "$x$" in (tmp_path / "cctm-optim.svg").read_text()
