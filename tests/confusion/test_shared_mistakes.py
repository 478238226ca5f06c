"""A claim a test: which images carry a pair's errors, in several runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interference.confusion import by_epoch, shared_mistakes
from interference.errors import BadInput
from interference.io import tables
from interference.io.tables import Table
from interference.reporting.figures import contact
from tests import toy
from tests.reporting.figures.artists import assert_whole, texts_of

LABELS = [0, 0, 1, 1, 2, 2, 2]


def table(name: str, *predictions: tuple[str, list[int]], data: str = "cifar10") -> Table:
    """A run's predictions of three classes by split."""
    frame = pd.concat(
        pd.DataFrame(
            {"split": split, "index": range(len(LABELS)), "label": LABELS, "predicted": predicted}
        )
        for split, predicted in predictions
    )
    run = toy.run(name, "optim", 2, ())
    return Table(
        frame, tables.class_metadata(toy.LETTERS) | {"run": run | {"data": {"name": data}}}
    )


@pytest.fixture
def three() -> list[Table]:
    return [
        table("small-1", ("test", [0, 1, 1, 0, 2, 1, 1]), ("train", [0, 0, 1, 1, 2, 2, 0])),
        table("small-2", ("test", [2, 1, 1, 1, 2, 1, 2])),
        table("small-3", ("test", [0, 1, 1, 0, 2, 2, 1])),
    ]


def test_a_row_is_a_mistake_with_how_many_runs_make_it_and_of_how_many(three):
    mistakes = shared_mistakes.shared(three)
    assert list(mistakes) == [*shared_mistakes.KEYS, "runs", "of"]
    assert mistakes.to_numpy().tolist() == [
        ["test", 1, 0, 1, 3, 3],
        ["test", 3, 1, 0, 2, 3],
        ["test", 5, 2, 1, 2, 3],
        ["test", 6, 2, 1, 2, 3],
        ["test", 0, 0, 2, 1, 3],
        ["train", 6, 2, 0, 1, 1],
    ]


def test_an_image_of_two_true_classes_is_left_out(three):
    other = three[1].frame
    is_last = (other["split"] == "test") & (other["index"] == 6)
    other.loc[is_last, ["label", "predicted"]] = [1, 0]
    mistakes = shared_mistakes.shared(three)
    assert mistakes.loc[mistakes["split"] == "test", "index"].tolist() == [1, 3, 5, 0]
    assert mistakes.loc[mistakes["split"] == "train", "index"].tolist() == [6]


def test_the_order_of_the_runs_changes_nothing(three):
    pd.testing.assert_frame_equal(
        shared_mistakes.shared(three), shared_mistakes.shared(three[::-1])
    )


def test_the_runs_of_all_mistakes_are_the_errors_of_all_runs(three):
    mistakes = shared_mistakes.shared(three)
    counts = shared_mistakes.pooled(three, "test")
    assert counts.sum() == 3 * len(LABELS)
    assert mistakes[mistakes["split"] == "test"]["runs"].sum() == counts.sum() - np.trace(counts)


def test_relabelling_the_classes_relabels_the_mistakes(three):
    order = np.array([2, 0, 1])
    other = [
        Table(
            each.frame.assign(
                label=order[each.frame["label"]], predicted=order[each.frame["predicted"]]
            ),
            each.meta,
        )
        for each in three
    ]
    columns = ["split", "runs", "index"]  # ties aside
    expected = shared_mistakes.shared(three).assign(
        label=lambda mistakes: order[mistakes["label"]],
        predicted=lambda mistakes: order[mistakes["predicted"]],
    )
    pd.testing.assert_frame_equal(
        shared_mistakes.shared(other).sort_values([*columns, "predicted"], ignore_index=True),
        expected.sort_values([*columns, "predicted"], ignore_index=True),
    )


def test_runs_of_two_data_sets_are_not_taken_together(three):
    with pytest.raises(
        BadInput, match="found runs of cifar10, digits, allowed: runs of one data set"
    ):
        shared_mistakes.shared([*three, table("other", ("test", LABELS), data="digits")])
    with pytest.raises(BadInput, match="found runs of no data set"):
        shared_mistakes.shared([])
    for each, path in zip(three, ("birds", "birds", "pets"), strict=True):
        each.meta["run"] = each.run | {"data": {"name": "folder", "path": path}}
    assert len(shared_mistakes.shared(three[:2]))
    with pytest.raises(BadInput, match="found runs of folder birds, folder pets, allowed"):
        shared_mistakes.shared(three)


def test_directions_are_of_the_most_interfering_pairs_and_never_without_a_mistake(three):
    counts = shared_mistakes.pooled(three, "test")
    assert counts.tolist() == [[2, 3, 1], [2, 4, 0], [0, 4, 5]]
    assert shared_mistakes.directions(counts, 1) == [(0, 1), (1, 0)]
    assert shared_mistakes.directions(counts, 9) == [(0, 1), (1, 0), (2, 1), (0, 2)]
    assert shared_mistakes.directions(np.diag([3, 2, 1]), 9) == []


def test_carriers_are_the_first_of_each_way(three):
    mistakes = shared_mistakes.shared(three)
    chosen = shared_mistakes.most_shared(mistakes, [(2, 1), (0, 1)], 1)
    assert chosen[["index", "label", "predicted"]].to_numpy().tolist() == [[5, 2, 1], [1, 0, 1]]
    assert shared_mistakes.most_shared(mistakes, [], 1).empty


def test_perfect_runs_make_no_mistakes():
    mistakes = shared_mistakes.shared([table("small", ("test", LABELS))])
    assert mistakes.empty
    assert list(mistakes) == [*shared_mistakes.KEYS, "runs", "of"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    return toy.study(
        folder, runs={"vgg19": "optim", "resnet18": "optim", "dla": "optim"}, swept=(), epochs=1
    )


def test_the_toys_predictions_have_its_counts_and_share_hard_images(study):
    predicted = tables.read_folder(study / "predictions", "predictions")
    for name, counted in tables.read_folder(study / "cctm", "cctm").items():
        np.testing.assert_array_equal(
            shared_mistakes.pooled([predicted[name]], "test"), by_epoch.test_counts(counted)
        )
    assert (shared_mistakes.shared(list(predicted.values()))["runs"] == 3).any()


def sheet(three: list[Table], pixels: np.ndarray, most: int = 2):
    """The sheet of all ways of the three runs."""
    mistakes = shared_mistakes.shared(three)
    mistakes = mistakes[mistakes["split"] == "test"]
    ways = shared_mistakes.directions(shared_mistakes.pooled(three, "test"), 9)
    return contact.contact_sheet(
        mistakes, ways, pixels, toy.LETTERS, [each.run for each in three], most
    )


def test_a_sheet_has_a_row_a_way_and_says_who_errs_on_which_image(three):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 3, 8, 8), np.uint8)
    figure = sheet(three, pixels)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "alpha predicted as beta: 1 image, 1 of them by all 3 runs",
        "beta predicted as alpha: 1 image, 0 of them by all 3 runs",
        "gamma predicted as beta: 2 images, 0 of them by all 3 runs",
        "alpha predicted as gamma: 1 image, 0 of them by all 3 runs",
    ]
    assert [text.get_text() for text in figure.axes[2].texts] == [
        "2 of 3",
        "no. 5",
        "2 of 3",
        "no. 6",
    ]
    shown = figure.axes[2].images[1].get_array()
    np.testing.assert_array_equal(shown, pixels[6].transpose(1, 2, 0))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 40, 20), (1, 1, 5), (3, 300, 200)])
def test_images_of_any_size_keep_their_proportions_and_nothing_is_cut_off(three, shape):
    figure = sheet(three[:1], np.zeros((7, *shape), np.uint8), most=10)
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    assert (bottom - top) / (right - left) == pytest.approx(shape[1] / shape[2])
    assert max(right - left, bottom - top) == contact.SIDE
    assert_whole("sheet", figure)


def test_grey_images_keep_black_black_and_white_white(three):
    figure = sheet(three, np.full((7, 1, 4, 4), 200, np.uint8))
    assert all(image.get_clim() == (0, 255) for axes in figure.axes for image in axes.images)


def test_a_sheet_of_one_run_counts_no_runs_in_its_titles(three):
    figure = sheet(three[:1], np.zeros((7, 1, 4, 4), np.uint8))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert "gamma predicted as beta: 2 images" in titles
    assert all(text.get_text().startswith("no. ") for axes in figure.axes for text in axes.texts)


def test_a_sheet_without_mistakes_says_so():
    assert "no errors" in texts_of(
        sheet([table("small", ("test", LABELS))], np.zeros((7, 1, 4, 4), np.uint8))
    )
