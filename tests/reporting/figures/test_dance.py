"""The dance of two classes, notes, and all pairs."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from interference import classes, confusion
from interference.confusion import by_epoch, dance, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import dance as dances
from interference.reporting.figures import layout
from interference.vocabulary import SPLITS, TRAINING_FIRST
from tests import toy
from tests.reporting.figures.artists import tick_labels

FIGURES = {
    "dance-vgg19": {"counts"},
    "notes-vgg19": {"counts"},
    "dance_pairs-vgg19": {"counts"},
}  # of the made-up study, and the tables that each needs


@pytest.fixture(scope="module")
def danced(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """The counts of a run of 200 epochs."""
    folder = toy.study(
        tmp_path_factory.mktemp("long"), runs={"vgg19": "optim"}, swept=(), epochs=200, images=1000
    )
    return toy.evidence(folder)["counts"]["vgg19"]


def sizes(table: Table, split: str) -> np.ndarray:
    return by_epoch.training_counts(table, split)[1][0].sum(-1)


def test_a_class_without_images_leaves_the_colours_of_a_dance_to_the_others():
    cctm = np.array(
        [
            [
                [0.6, 0.1, 0.1, 0.2, 0.0],
                [0.2, 0.5, 0.0, 0.3, 0.0],
                [np.nan] * 5,
                [0.0, 0.0, 0.0, 1.0, 0.0],
                [np.nan] * 5,
            ]
        ]
        * 2
    )
    assert list(dances.class_colours(cctm, (0, 1)))[:3] == [0, 1, 3]
    assert list(dances.class_colours(cctm, (0, 2)))[:3] == [0, 2, 3]


def test_notes_stand_on_the_lines_of_their_classes_and_none_below(evidence, drawn):
    table = evidence["counts"]["vgg19"]
    played = dance.notes(confusion.cctm(by_epoch.training_counts(table, "train_augmented")[1]), 3)
    axes = drawn["notes-vgg19"].axes[0]
    assert axes.get_title(loc="left") == "CAT is predicted as"
    assert tick_labels(axes.yaxis) == [*toy.CIFAR.labels, "none"]
    assert list(axes.get_yticks()) == [*range(10), dance.NONE]
    marks = np.concatenate([line.get_ydata() for line in axes.lines])
    assert sorted(marks) == sorted(played)


def test_notes_are_of_the_papers_classes_or_of_the_most_interfering_pairs(evidence, tmp_path):
    assert top_pairs.classes_with_notes(evidence["counts"]["vgg19"]) == [3, 5, 1, 9]
    toy.study(tmp_path, classes=toy.DIGITS, swept=(), runs={"small": "optim"})
    (table,) = toy.evidence(tmp_path)["counts"].values()
    chosen = [label for pair in top_pairs.of_last_epoch(table, 2) for label in pair]
    assert top_pairs.classes_with_notes(table) == list(dict.fromkeys(chosen))


def test_the_dance_shows_the_recalls_of_the_top_pair_and_what_each_is_taken_for(evidence, drawn):
    recalls, _, first, second = drawn["dance-vgg19"].axes
    _, counts = by_epoch.training_counts(evidence["counts"]["vgg19"], "train_augmented")
    series = by_epoch.recalls(confusion.cctm(counts))
    assert [line.get_label() for line in recalls.lines[:2]] == ["CAT", "DOG"]
    np.testing.assert_array_equal(recalls.lines[0].get_ydata(), series[:, 3])
    assert [axes.get_title(loc="left") for axes in (first, second)] == [
        "CAT predicted as …, %",
        "DOG predicted as …, %",
    ]
    assert "CAT" not in [line.get_label() for line in first.lines]


@pytest.mark.slow
def test_dance_and_notes_come_from_training_after_each_epoch_unless_no_run_has_it(evidence):
    assert {name for name, _ in dances.draw(evidence["counts"])} == {
        "dance-vgg19",
        "notes-vgg19",
        "dance_pairs-vgg19",
    }
    online = {
        name: Table(table.frame[table.frame["split"].isin(["train_online", "test"])], table.meta)
        for name, table in evidence["counts"].items()
    }
    assert len(dict(dances.draw(online))) == 6


def test_arrows_stand_at_the_moments_on_a_line_for_each_kind_and_class_that_loses(danced):
    _, counts = by_epoch.training_counts(danced, "train_augmented")
    moments = dance.moments(confusion.cctm(counts), (3, 5), size=sizes(danced, "train_augmented"))
    assert {(moment.kind, moment.own) for moment in moments} == {
        (kind, own) for kind in ("red", "blue") for own in (3, 5)
    }
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[1]
    lines = [line for line in axes.lines if line.get_linestyle() == "None"][1:]
    for line, (kind, own) in zip(
        lines, [("red", 3), ("red", 5), ("blue", 3), ("blue", 5)], strict=True
    ):
        expected = [
            1 + moment.position for moment in moments if (moment.kind, moment.own) == (kind, own)
        ]
        assert line.get_xdata().tolist() == expected
        assert line.get_color() == {"red": dances.RED, "blue": dances.BLUE}[kind]
        assert (
            sum(
                text.get_text().split("\n")[0].endswith(f": {len(expected)}") for text in axes.texts
            )
            >= 1
        )


def test_no_two_arrows_of_a_line_overlap_in_200_epochs(danced):
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[1]
    epoch = layout.box_of(axes).width * 72 / np.ptp(axes.get_xlim())  # points
    for line in axes.lines:
        if line.get_marker() is dances.ARROW:
            assert line.get_markersize() / 2 <= epoch * np.diff(line.get_xdata()).min()


def test_half_the_mistakes_are_the_same_step_upwards_at_every_recall(danced):
    axes = dances.dance_of(danced, "train_augmented", (3, 5)).axes[0]
    heights = axes.transData.transform([[1, recall] for recall in (60, 80, 90, 95)])[:, 1]
    assert np.diff(heights) == pytest.approx(np.full(3, heights[1] - heights[0]), rel=0.02)
    assert axes.get_ylim()[1] == 100


def test_pairs_are_ranked_in_the_first_panel_and_stand_in_its_order_in_the_others(evidence, drawn):
    played, panels = (
        dance.pairs_by_split(evidence["counts"]["vgg19"]),
        drawn["dance_pairs-vgg19"].axes,
    )
    recorded = [split for split in TRAINING_FIRST if split in toy.SPLITS]
    assert [axes.get_title(loc="left") for axes in panels] == [
        SPLITS[split].short for split in recorded
    ]
    first = played[played["split"] == "train_augmented"]
    names = [
        classes.pair(toy.CIFAR.labels[a], toy.CIFAR.labels[b])
        for a, b in zip(first["class_1"], first["class_2"], strict=True)
    ]
    assert tick_labels(panels[0].yaxis) == names
    for axes, mode in zip(panels, recorded, strict=True):
        rows = played[played["split"] == mode].set_index(["class_1", "class_2"])
        dots = np.concatenate(
            [line.get_xydata() for line in axes.lines if line.get_marker() == "o"]
        )
        expected = rows.loc[
            list(zip(first["class_1"], first["class_2"], strict=True)), "anticorrelation"
        ]
        np.testing.assert_array_equal(dots[dots[:, 1].argsort(), 0], expected)


def test_the_numbers_beside_a_pair_are_its_moments_and_intervals_that_hold_0_are_pale(danced):
    axes = dances.dance_pairs(danced, "train_augmented").axes[0]
    played = dance.pairs_by_split(danced)
    rows = played[played["split"] == "train_augmented"]
    for kind, colour in (("red", dances.RED), ("blue", dances.BLUE)):
        shown = [text.get_text() for text in axes.texts if text.get_color() == colour]
        assert shown == [str(times or "") for times in rows[kind]]
    sure = int(((rows["high"] < 0) | (rows["low"] > 0)).sum())
    assert 0 < sure < 45
    assert [len(bars.get_segments()) for bars in axes.collections] == [sure, 45 - sure]


@pytest.mark.parametrize(("later", "start"), [(3, 3), (0, None)])
def test_a_bar_marks_the_epochs_after_a_takeover(later: int, start: int | None):
    """DOG is 5, CAT is 3, PLANE is 0."""
    cctm = np.zeros((6, 10, 10))
    cctm[:, 5, 0] = 0.05
    cctm[2:, 5, 3] = 0.1
    cctm[-1, 5, later] = 0.2
    axes = Figure().add_subplot()
    dances._mark_takeover(axes, np.arange(1, 7), dance.notes(cctm, 5), 3)
    bars = [list(line.get_xdata()) for line in axes.lines]
    assert bars == ([] if start is None else [[start, 6]])
