"""A claim a test: the results of the library as pandas frames, with the names of classes."""

import numpy as np
import pandas as pd
import pytest

from interference import (
    BadInput,
    agreement,
    comparison,
    confidence,
    mistake_rate,
    record_predictions,
    shared_errors,
)
from interference.external.record import Record
from tests.surfaces.test_surface import SIZES, of_mistakes
from tests.two_runs import records

EPOCHS = {
    "y_true": ["cat", "dog", "cat", "cat", "cow"],
    "y_pred": ["cat", "cat", "dog", "cat", "cow"],
    "epoch": [1, 1, 1, 2, 2],
}


def test_a_record_is_its_cells_by_split_and_epoch():
    frame = record_predictions(**EPOCHS).to_frame()
    assert frame.columns.tolist() == ["split", "epoch", "label", "predicted", "count", "loss_sum"]
    assert frame[["split", "epoch", "label", "predicted", "count"]].values.tolist() == [
        ["test", 1, "cat", "cat", 1],
        ["test", 1, "cat", "dog", 1],
        ["test", 1, "dog", "cat", 1],
        ["test", 2, "cat", "cat", 1],
        ["test", 2, "cow", "cow", 1],
    ]
    assert frame["loss_sum"].isna().all()


def test_a_record_whose_epoch_is_not_known_has_minus_one_and_an_empty_one_no_rows():
    (old, _) = records("cow")
    assert old.to_frame()["epoch"].unique().tolist() == [-1]
    empty = Record("empty", old.classes).to_frame()
    assert empty.columns.tolist() == old.to_frame().columns.tolist()
    assert not len(empty)


def test_a_surface_has_a_row_for_each_point_and_class():
    mistakes = np.arange(12).reshape(2, 2, 3)
    theta = np.array([-1.0, 1.0])
    plane = of_mistakes(theta, 2 * theta, mistakes)
    frame = plane.to_frame()
    names = ["theta_1", "theta_2", "label", "images", "errors", "error_rate", "loss"]
    assert frame.columns.tolist() == names
    assert frame.iloc[5].tolist() == [-1, 2, "gamma", SIZES[2], 5, pytest.approx(500 / 60), 0.5]
    assert frame["errors"].tolist() == list(range(12))
    totals = frame.groupby(["theta_1", "theta_2"])[["errors", "images"]].sum()
    rates = (100 * totals["errors"] / totals["images"]).unstack()
    assert np.allclose(rates, mistake_rate(plane))


def test_an_agreement_names_the_classes_of_its_pairs():
    old, new = records("=cow")  # a spreadsheet would run this name
    compared = agreement(new, old)
    frame = compared.to_frame()
    assert frame[["class_1", "class_2"]].values.tolist() == [["cat", "dog"], ["dog", "=cow"]]
    assert frame["excess"].round(6).tolist() == [-25, 15]
    columns = [name for name in compared.pairs if name not in ("class_1", "class_2")]
    pd.testing.assert_frame_equal(frame[columns], compared.pairs[columns])
    assert compared.table()["class_2"].tolist() == ["dog", "'=cow"]


def test_a_comparison_counts_what_is_mended_and_broken():
    old, new = records("=cow")
    compared = comparison(old, new)
    frame = compared.to_frame()
    rows = frame[["level", "label", "predicted", "mended", "broken"]].values.tolist()
    assert rows[0] == ["total", "", "", 15, 9]
    assert ["pair", "cat", "dog", 15, 0] in rows
    assert ["pair", "dog", "=cow", 0, 9] in rows
    assert compared.is_paired
    assert compared.kinds_table()["predicted"].tolist().count("'=cow") == 2  # the pair, the cell
    assert len(compared.images) == 24
    unmatched = comparison(*records("cow", index=False))
    assert not unmatched.is_paired


def test_confidences_are_a_frame_of_bins():
    label = ["cat", "cat", "=cow", "=cow"]
    record = record_predictions(
        label, ["cat", "=cow", "=cow", "=cow"], confidence=[1, 0.85, 0.8, 0.5]
    )
    known = confidence(record)
    frame = known.to_frame()
    names = ["predicted", "from", "to", "images", "right", "confidence", "accuracy", "low", "high"]
    assert frame.columns.tolist() == names
    assert frame[["predicted", "from", "images", "right"]].values.tolist() == [
        ["all", 0.5, 1, 1],
        ["all", 0.8, 2, 1],
        ["all", 0.9, 1, 1],
        ["=cow", 0.5, 1, 1],
        ["=cow", 0.8, 2, 1],
        ["cat", 0.9, 1, 1],
    ]
    assert frame["confidence"][1] == pytest.approx(0.825)
    assert set(known.calibration_table()["predicted"]) == {"all", "'=cow", "cat"}


def test_shared_errors_are_a_frame_of_classes_and_pairs():
    old, new = records("cow")
    overlap = shared_errors([old, new])
    frame = overlap.to_frame()
    rows = frame[["level", "label", "predicted", "errors", "some", "all"]].values.tolist()
    assert rows[0] == ["total", "", "", 24, 24, 0]
    assert ["pair", "cat", "dog", 15, 15, 0] in rows
    assert ["class", "dog", "", 9, 9, 0] in rows


def test_records_that_do_not_fit_are_refused_in_one_line():
    old, new = records("cow")
    (other, _) = records("ape")
    truth = ["cat", "dog"] * 5
    elsewhere = record_predictions(
        truth, truth, name="far", index=range(900, 910), classes=old.classes
    )
    for analyse, message in (
        (lambda: comparison(old, old), "found the names old, old, allowed: names that differ"),
        (lambda: comparison(new, other), "found other classes in old than in new"),
        (lambda: comparison(old, elsewhere), "old and far: share no test image"),
        (lambda: confidence(old), "old: found no confidences of test images, allowed: predictions"),
        (lambda: shared_errors([old]), "records: found old alone, allowed: two runs or more"),
        (lambda: shared_errors([old, elsewhere]), "old, far: share no test image"),
        (lambda: shared_errors(records("cow", index=False)), "old, new: share no test image"),
        (lambda: comparison("old.csv", new), "records: found str, allowed: a Record"),
    ):
        with pytest.raises(BadInput) as error:
            analyse()
        assert message in str(error.value)
        assert "\n" not in str(error.value)
