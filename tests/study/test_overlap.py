"""The errors that several runs share: matched images, sentences and files."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from interference import record_predictions
from interference.external import runs
from interference.study import overlap as overlaps
from interference.study import overlap_files
from interference.study import overlap_sentences as sentences

CLASSES = ("cat", "dog", "=cow")


def three_runs(index=True, files=None):
    """Three runs on 60 images: all miss images 0 to 5 as dog, each misses three more of its own."""
    numbers = np.arange(60)
    label = np.repeat(CLASSES, 20)
    records = []
    for run in range(3):
        predicted = label.copy()
        predicted[:6] = "dog"
        predicted[20 + 3 * run : 23 + 3 * run] = "=cow"
        order = np.random.default_rng(run).permutation(60)
        records.append(
            record_predictions(
                label[order],
                predicted[order],
                name=f"seed{run}",
                classes=CLASSES,
                index=numbers[order] if index else None,
                image=None if files is None else np.array(files)[order],
            )
        )
    return records


def overlap_of(records):
    return overlaps.of_runs(runs.tables_by_kind(records)["predictions"])


def test_images_are_matched_by_their_number_whatever_their_order():
    overlap = overlap_of(three_runs())
    assert overlap.runs == ("seed0", "seed1", "seed2")
    assert overlap.index.tolist() == list(range(60))
    assert overlap.wrong.sum(1).tolist() == [9, 9, 9]
    assert overlap.difficulty["images"].tolist() == [45, 9, 0, 6]


def test_the_hardest_images_come_first_with_the_class_that_most_runs_choose():
    images = overlap_of(three_runs()).images
    assert images["index"].tolist() == [*range(6), *range(20, 29)]
    assert images["runs"].tolist() == [3] * 6 + [1] * 9
    first = images.iloc[0]
    assert (first["label"], first["predicted"], first["alike"], first["of"]) == (0, 1, 3, 3)


def test_a_vote_that_is_split_names_the_class_with_the_most_votes():
    label = np.array(["cat"] * 4)
    predictions = [["dog"], ["cow"], ["cow"]]
    records = [
        record_predictions(
            label,
            predicted * 4,
            name=f"run{place}",
            classes=("cat", "cow", "dog"),
            index=np.arange(4),
        )
        for place, predicted in enumerate(predictions)
    ]
    images = overlap_of(records).images
    assert set(images["predicted"]) == {1}
    assert set(images["alike"]) == {2}


def test_images_of_two_true_classes_are_left_out():
    records = three_runs()
    label = np.repeat(CLASSES, 20)
    label[59] = "cat"
    records[0] = record_predictions(
        label, label, name="other", classes=CLASSES, index=np.arange(60)
    )
    assert 59 not in overlap_of(records).index


def test_one_run_and_unmatched_images_share_nothing():
    assert overlap_of(three_runs()[:1]) is None
    assert overlap_of(three_runs(index=False)) is None


def test_sentences_say_what_lies_in_the_images():
    overlap = overlap_of(three_runs())
    first, second = sentences.lines(overlap)
    parts = overlap.parts
    assert first.startswith(f"data or training: {parts.images.percent:.0f} % (95 %: ")
    expected = 20 * (6 / 20) ** 3 + 20 * (3 / 20) ** 3
    assert f"6 of 60 test images are mistaken by all 3 runs, {expected:.1f} if errors" in second
    observed = 3 * 6
    by_chance = 3 * (6 * 6 / 20 + 3 * 3 / 20)
    assert f"{observed / by_chance:.1f} times as often" in second


def test_runs_without_an_error_have_one_sentence():
    label = np.repeat(CLASSES, 3)
    records = [
        record_predictions(label, label, name=name, classes=CLASSES, index=np.arange(9))
        for name in ("a", "b")
    ]
    assert sentences.lines(overlap_of(records)) == ["No run errs on the 9 shared test images"]


def test_files_hold_the_rows_with_names_that_a_spreadsheet_does_not_run(tmp_path):
    overlap = overlap_of(three_runs())
    overlap_files.save(overlap, tmp_path)
    kinds = pd.read_csv(tmp_path / "shared_errors.csv")
    assert kinds["level"].tolist() == ["total", "class", "class", "class", "pair", "pair"]
    assert "'=cow" in set(kinds["label"]) | set(kinds["predicted"])
    stored = pq.read_table(tmp_path / "shared_errors.parquet").to_pandas()
    assert stored["all"].tolist() == overlap.kinds["all"].tolist()
    images = pd.read_csv(tmp_path / "difficulty.csv")
    assert images["index"].tolist() == overlap.images["index"].tolist()


def test_images_known_by_file_are_named_by_it(tmp_path):
    overlap = overlap_of(three_runs(index=False, files=[f"{k:02}.png" for k in range(60)]))
    assert sorted(overlap.images["image"].head(6)) == [f"{k:02}.png" for k in range(6)]
    overlap_files.save(overlap, tmp_path)
    assert "index" not in pd.read_csv(tmp_path / "difficulty.csv")


@pytest.mark.parametrize(("setups", "kinds"), [((1, 1, 2), 2), ((1, 1, 1), 0), ((1, 2, 3), 0)])
def test_seeds_are_told_from_other_trainings(setups, kinds):
    tables = runs.tables_by_kind(three_runs())["predictions"]
    for seed, (table, rate) in enumerate(zip(tables.values(), setups, strict=True)):
        table.run["setup"] = {"lr": rate, "schedule": "cosine", "epochs": 1}
        table.run["seed"] = seed
        table.run["net"] = "small"
    excess = overlaps.of_runs(tables).excess_of
    assert len(excess) == kinds
    if kinds:
        assert [pairs for pairs, _ in excess.values()] == [1, 2]
