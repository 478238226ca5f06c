"""Two runs compared: their shared images, the findings in sentences, and the tests by name."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from interference import record_predictions
from interference.errors import BadInput
from interference.external import runs
from interference.study import comparison as comparisons
from interference.study import comparison_files
from interference.study import comparison_sentences as sentences

NAMES = ("cat", "dog", "cow-calf")
#     label, before, after, images
KNOWN = [
    ("cat", "dog", "cat", 8),
    ("cat", "cat", "dog", 4),
    ("cat", "dog", "dog", 3),
    ("cat", "cat", "cat", 85),
    ("dog", "dog", "cow-calf", 9),
    ("dog", "cat", "cow-calf", 1),
    ("dog", "dog", "dog", 70),
    ("cow-calf", "cow-calf", "cow-calf", 20),
]


def predictions(known=KNOWN):
    rows = [row[:3] for row in known for _ in range(row[3])]
    return np.array(rows).T


def tables(index=(None, None), known=KNOWN, images=(None, None)):
    """The tables of the runs `old` and `new`; every image has its position unless told otherwise."""
    label, before, after = predictions(known)
    records = []
    for name, predicted, numbers, files in zip(
        ("old", "new"), (before, after), index, images, strict=True
    ):
        numbers = np.arange(len(label)) if numbers is None else numbers
        records.append(
            record_predictions(
                label,
                predicted,
                name=name,
                classes=NAMES,
                index=None if len(numbers) == 0 else numbers,
                image=files,
            )
        )
    return runs.tables_by_kind(records)


def compared(**options):
    return comparisons.of_runs(tables(**options), "old", "new")


def test_a_comparison_counts_the_images_and_names_those_that_changed():
    found = compared()
    total = found.total
    assert (total["before"], total["after"]) == (12, 17)
    assert (total["mended"], total["broken"], total["both"]) == (8, 13, 4)
    changes = found.images["change"].value_counts().to_dict()
    assert changes == {"mended": 8, "broken": 13, "moved": 1}
    assert sorted(found.images[found.images["change"] == "mended"]["index"]) == list(range(8))
    assert comparisons.accuracies(found) == pytest.approx((94, 91.5))


def test_images_are_matched_whatever_their_order():
    label, before, after = predictions()
    order = np.random.default_rng(0).permutation(len(label))
    records = [
        record_predictions(label, before, name="old", classes=NAMES, index=np.arange(len(label))),
        record_predictions(
            label[order],
            after[order],
            name="new",
            classes=NAMES,
            index=np.arange(len(label))[order],
        ),
    ]
    shuffled = comparisons.of_runs(runs.tables_by_kind(records), "old", "new")
    pd.testing.assert_frame_equal(shuffled.kinds, compared().kinds)
    pd.testing.assert_frame_equal(shuffled.images, compared().images)


def test_a_sentence_is_written_for_what_is_beyond_chance_alone():
    found = compared()
    better, worse = sentences.sides(found)
    # Six tests: 10 new errors of a pair and its cell, 0.002 each, times 6; 9 of a class, 0.004
    # times 4; for cat 8 against 4 and for cat-dog 9 against 4, which is chance.
    assert better == []
    assert worse == [
        "dog\N{EN DASH}cow-calf: 10 more errors (0 before, 10 after, of 100 images); 0 mended, 9 "
        "broken, 0 mistaken by both; dog as cow-calf 10 more; p = 0.012",
        "dog: 9 more errors (1 before, 10 after, of 80 images); 0 mended, 9 broken, 1 mistaken by "
        "both; p = 0.016",
    ]
    assert sentences.headline(found) == (
        "new is neither surely better nor surely worse than old: 91.50 % of the test images are "
        "right, 94.00 % before, 2.50 points fewer (95 %: -7.1 to +2.2; McNemar's p = 0.383)"
    )


def test_a_cell_that_goes_the_other_way_than_its_pair_has_its_own_sentence():
    known = [
        ("cat", "dog", "cat", 60),
        ("dog", "dog", "cat", 15),
        ("cat", "cat", "cat", 40),
        ("dog", "dog", "dog", 85),
    ]
    better, worse = sentences.sides(compared(known=known))
    assert [text.split(":")[0] for text in better] == ["cat", "cat\N{EN DASH}dog"]
    assert [text.split(":")[0] for text in worse] == ["dog"]
    assert worse[0].startswith("dog: 15 more errors")


def test_a_cell_that_is_not_all_of_its_class_has_its_own_sentence():
    known = [
        ("cat", "dog", "cat", 60),
        ("dog", "dog", "cat", 15),
        ("dog", "cow-calf", "dog", 8),
        ("cat", "cat", "cat", 40),
        ("dog", "dog", "dog", 85),
    ]
    _, worse = sentences.sides(compared(known=known))
    assert [text.split(":")[0] for text in worse] == ["dog as cat"]


def test_the_lines_of_the_terminal_tell_the_verdict_the_findings_and_the_images():
    lines = list(sentences.lines(compared()))
    assert lines[1] == (
        "images: 8 mended, 13 broken, 4 mistaken by both, of 200 test images in both"
    )
    assert lines[2].startswith("tested: 6 classes, pairs and cells")
    assert lines[3] == "mended: nothing beyond chance"
    assert lines[4].startswith("broken: dog\N{EN DASH}cow-calf: 10 more errors")
    assert lines[5].startswith("broken: dog: 9 more errors")
    assert lines[6] == "mended images: 0, 1, 2, 3, 4, 5, 6, 7"
    assert lines[7].startswith("broken images: 100, 101")
    assert len(lines) == 8


def test_images_of_one_run_alone_are_left_out_and_that_is_said():
    numbers = np.arange(200)
    found = compared(index=(numbers, np.where(numbers < 190, numbers, numbers + 1000)))
    assert found.total["images"] == 190
    assert found.notes == ("190 test images are in both; 10 of old and 10 of new are not compared",)


def test_without_numbers_of_the_images_the_runs_are_compared_as_unmatched():
    found = compared(index=((), np.arange(200)))
    assert not found.is_paired
    assert len(found.images) == 0
    assert "as different images" in found.notes[0]
    assert "Fisher's p" in sentences.headline(found)
    _, worse = sentences.sides(found)
    assert worse == [
        "dog\N{EN DASH}cow-calf: 10.0 points more errors (0 of 100 images before, 10 of 100 after); "
        "dog as cow-calf 12.5 points more; p = 0.009",
        "dog: 11.2 points more errors (1 of 80 images before, 10 of 80 after); p = 0.037",
    ]


def test_images_are_matched_by_their_files():
    files = [f"{number}.png" for number in range(200)]
    found = compared(index=((), ()), images=(files, files))
    assert found.is_paired
    assert sentences.changed_images(found, "mended")[:2] == ["0.png", "1.png"]
    assert "index" not in found.images_table()


def test_runs_that_share_no_image_are_refused():
    with pytest.raises(BadInput, match=r"old and new: share no test image \(found for example 0, "):
        compared(index=(np.arange(200), np.arange(200) + 1000))


def test_an_image_of_two_true_classes_is_refused():
    with pytest.raises(
        BadInput, match=r"image 0 is cat in the one and cow-calf in the other, as are 3 of 200"
    ):
        compared(index=(np.arange(200), np.roll(np.arange(200), -1)))


def test_two_runs_that_cannot_be_compared_are_a_line():
    unrelated = tables(index=(np.arange(200), np.arange(200) + 1000))
    found, lines = comparisons.of_two_runs(unrelated, ["old", "new"])
    assert found is None
    assert lines[0].startswith("not compared: old and new: share no test image")
    assert comparisons.of_two_runs(unrelated, ["old"]) == (None, [])


@pytest.mark.parametrize(
    ("name", "answer", "is_worse"),
    [
        (
            "dog-cow-calf",
            "worse: 10 more errors (0 before, 10 after, of 100 images); p = 0.002",
            True,
        ),
        (
            "cow_calf-dog",
            "worse: 10 more errors (0 before, 10 after, of 100 images); p = 0.002",
            True,
        ),
        ("dog", "worse: 9 more errors (1 before, 10 after, of 80 images); p = 0.004", True),
        (
            "cat-dog",
            "not worse: 5 fewer errors (12 before, 7 after, of 180 images); p = 0.267",
            False,
        ),
        (
            "cow-calf",
            "not worse: as many errors (0 before, 0 after, of 20 images); p = 1.000",
            False,
        ),
        ("cat-cow-calf", "not worse: no such error is known", False),
        (
            "all",
            "not surely worse: 5 more errors (12 before, 17 after, of 200 images); p = 0.383",
            False,
        ),
    ],
)
def test_a_class_or_pair_that_is_named_beforehand_is_tested_alone(name, answer, is_worse):
    lines, found = sentences.gate(compared(), [name])
    assert lines == [f"--fail-if-worse {name}: {answer}"]
    assert found is is_worse


def test_several_names_are_corrected_together():
    lines, is_worse = sentences.gate(compared(), ["dog-cow-calf", "dog", "cat"])
    assert is_worse
    assert lines[0].endswith("p = 0.006")


@pytest.mark.parametrize("name", ["mouse", "cat-mouse", "cat-cat", "", "-"])
def test_a_name_of_no_class_is_refused(name):
    with pytest.raises(
        BadInput, match=r"allowed: all, a class or a pair of classes, such as cat-dog"
    ):
        sentences.gate(compared(), [name])


def test_the_tables_are_written_as_parquet_and_csv(tmp_path):
    comparison_files.save(compared(), tmp_path)
    kinds = pd.read_csv(tmp_path / "comparison.csv", keep_default_na=False)
    assert kinds["level"].unique().tolist() == ["total", "class", "pair", "cell"]
    pair = kinds[(kinds["level"] == "pair") & (kinds["label"] == "cat")].iloc[0]
    assert (pair["predicted"], pair["before"], pair["after"]) == ("dog", 12, 7)
    images = pd.read_csv(tmp_path / "changed_images.csv")
    assert set(images.columns) == {"index", "label", "before", "after", "change"}
    assert images["change"].value_counts()["mended"] == 8
    for name, frame in (("comparison", kinds), ("changed_images", images)):
        table = pq.read_table(tmp_path / f"{name}.parquet")
        assert table.column_names == list(frame.columns)
        assert len(table) == len(frame)


def test_a_file_name_like_a_formula_is_harmless_in_the_csv_file(tmp_path):
    files = [f"=run({number})" for number in range(200)]
    comparison_files.save(compared(index=((), ()), images=(files, files)), tmp_path)
    names = pd.read_csv(tmp_path / "changed_images.csv")["image"]
    assert all(name.startswith("'=run") for name in names)
