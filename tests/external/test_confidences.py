"""A claim a test: confidences and probabilities of prediction files are read, or one line says why not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from interference import read_predictions, record_predictions
from interference.errors import BadInput
from interference.external.column_names import has_classes
from interference.external.predictions_file import open_table
from interference.io import tables

LABEL = ["ant", "bee", "ant", "cow"]
PREDICTED = ["ant", "ant", "bee", "cow"]
SCORES = np.array([[0.6, 0.3, 0.1], [0.5, 0.2, 0.3], [0.1, 0.7, 0.2], [0.1, 0.3, 0.6]])


def saved(folder: Path, **columns: object) -> Path:
    path = folder / "mine.csv"
    pd.DataFrame({"label": LABEL, "predicted": PREDICTED, **columns}).to_csv(path, index=False)
    return path


def with_scores(**columns: object) -> dict:
    return {f"p_{place}": column for place, column in enumerate(SCORES.T)} | columns


def refused(path: Path, **options: object) -> str:
    with pytest.raises(BadInput) as error:
        read_predictions(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_confidence_and_second_are_read_and_written_and_read_again(tmp_path: Path):
    path = saved(
        tmp_path,
        index=range(4),
        confidence=[0.9, 0.5, 0.75, 1],
        second=["bee", "cow", "ant", "ant"],
    )
    (record,) = read_predictions(path)
    images = record.confidences["test"]
    assert images["confidence"].tolist() == [0.9, 0.5, 0.75, 1] or np.allclose(
        images["confidence"], [0.9, 0.5, 0.75, 1]
    )
    assert images["second"].tolist() == [1, 2, 0, 0]
    record.save(tmp_path / "out")
    written = tmp_path / "out" / "predictions" / "mine.parquet"
    frame = tables.read(written, "predictions").frame
    assert frame["confidence"].dtype == np.float32
    assert frame["second"].dtype == np.int16
    (again,) = read_predictions(written)
    assert again.confidences["test"]["second"].tolist() == [1, 2, 0, 0]


def test_a_file_without_confidences_has_none(tmp_path: Path):
    (record,) = read_predictions(saved(tmp_path, index=range(4)))
    assert not record.confidences
    assert "confidence" not in record.final_predictions["test"]


def test_confidences_need_no_number_of_the_image(tmp_path: Path):
    (record,) = read_predictions(saved(tmp_path, confidence=0.5))
    assert not record.final_predictions
    assert record.confidences["test"]["label"].tolist() == [0, 1, 0, 2]


def test_probabilities_stand_beside_the_predicted_classes_in_label_order(tmp_path: Path):
    (record,) = read_predictions(saved(tmp_path, **with_scores()))
    images = record.confidences["test"]
    assert np.allclose(images["confidence"], [0.6, 0.5, 0.7, 0.6])
    assert images["second"].tolist() == [1, 2, 2, 1]
    assert images["place"].tolist() == [1, 3, 3, 1]
    assert "p_0 to p_2 are the classes in label order, p_0 is ant" in record.notes


def test_probabilities_alone_predict_the_class(tmp_path: Path):
    path = saved(tmp_path, **with_scores(label=[0, 1, 0, 2]))
    frame = pd.read_csv(path).drop(columns="predicted")
    frame.to_csv(path, index=False)
    (record,) = read_predictions(path)
    assert record.classes.labels == ("0", "1", "2")
    assert record.cells["test"][-1][0].tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert np.allclose(record.confidences["test"]["label_confidence"], [0.6, 0.2, 0.1, 0.6])


def test_classes_that_never_occur_are_known_by_their_column(tmp_path: Path):
    columns = with_scores(label=[0, 1, 0, 0], predicted=[0, 0, 1, 1])
    (record,) = read_predictions(saved(tmp_path, **columns))
    assert record.classes.labels == ("0", "1", "2")


def test_scores_that_are_probabilities_have_confidences_and_logits_have_a_note(tmp_path: Path):
    columns = {f"prob_{name}": SCORES[:, place] for place, name in enumerate(("ant", "bee", "cow"))}
    path = saved(tmp_path, **columns)
    (record,) = read_predictions(path, scores="prob_*")
    assert np.allclose(record.confidences["test"]["confidence"], SCORES.max(1))
    columns["prob_bee"] = columns["prob_bee"] + 1
    (logits,) = read_predictions(saved(tmp_path, **columns), scores="prob_*")
    assert not logits.confidences
    assert "row 1 (line 2): found 1.3, allowed: 0 to 1" in " ".join(logits.notes)


def test_a_threshold_takes_the_probability_of_its_own_prediction(tmp_path: Path):
    path = tmp_path / "two.csv"
    pd.DataFrame({"label": [0, 1, 1], "p": [0.2, 0.45, 0.9]}).to_csv(path, index=False)
    (record,) = read_predictions(path, scores="p", threshold=0.4)
    assert np.allclose(record.confidences["test"]["confidence"], [0.8, 0.45, 0.9])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"confidence": [0.5, 1.5, 0.2, 0.1]}, "confidence, row 2 (line 3): found 1.5, allowed: 0"),
        ({"confidence": [0.5, -0.1, 0.2, 0.1]}, "found -0.1, allowed: 0 to 1"),
        ({"confidence": [0.5, np.nan, 0.2, 0.1]}, "confidence, row 2 (line 3): empty"),
        ({"confidence": list("abcd")}, "allowed: numbers"),
        ({"second": ["bee", "ape", "bee", "ant"]}, "second: found 'ape', allowed:"),
        (
            {"confidence": 0.5, "second": ["bee", "bee", "bee", "ant"]},
            "mine.csv: second: found bee for an image that is predicted as bee, as in 1 of 4 rows",
        ),
        (with_scores(p_1=[0.3, 0.9, 0.7, 0.3]), "row 2 (line 3): found scores that sum to 1.7"),
        (with_scores(p_1=[0.3, 0.2, 7, 0.3]), "row 3 (line 4): found 7, allowed: 0 to 1"),
        (with_scores(p_3=[0, 0, 0, 0]), "found 4 columns for 3 classes"),
        (with_scores(p_1=[0.3, np.nan, 0.7, 0.3]), "row 2 (line 3): empty or nan in p_1"),
        (
            with_scores(p_1=["0.3", "x", "0.7", "0.3"]),
            "mine.csv: p_1: allowed: numbers, the scores",
        ),
    ],
)
def test_bad_confidences_are_refused_in_one_line(tmp_path: Path, columns: dict, message: str):
    assert message in refused(saved(tmp_path, **columns))


def test_scores_of_a_text_file_are_read_as_numbers_not_as_a_text_for_each(tmp_path: Path):
    path = saved(tmp_path, **with_scores())
    file = open_table(path, has_classes)
    table = file.read(["label", "p_0", "p_1"], ["p_0", "p_1"])
    assert table["p_1"].type == pa.float64()
    assert table["p_1"].to_pylist() == SCORES[:, 1].tolist()
    assert file.read(["label", "p_0"])["p_0"].to_pylist() == ["0.6", "0.5", "0.1", "0.1"]
    assert file.read(["label", "p_0"], ["label", "p_0"])["label"].to_pylist() == LABEL


@pytest.mark.parametrize(
    ("numbers", "note"),
    [
        ((0, 2, 3), "columns p_0, p_2, p_3 are not read as probabilities, since p_1 is missing"),
        ((1, 2, 3), "columns p_1, p_2, p_3 are not read as probabilities, since p_0 is missing"),
        ((1,), ""),
    ],
)
def test_a_missing_probability_is_said(tmp_path: Path, numbers: tuple[int, ...], note: str):
    columns = {f"p_{number}": SCORES[:, place] for place, number in enumerate(numbers)}
    (record,) = read_predictions(saved(tmp_path, **columns))
    assert not record.confidences
    assert [line for line in record.notes if "probabilities" in line] == (
        [f"{note}; p_0 is the first class"] if note else []
    )


def test_a_column_that_holds_something_else_can_be_left_out(tmp_path: Path):
    path = saved(tmp_path, confidence=[93, 50, 70, 99], second=[1.5, 2.5, 3.5, 4.5])
    assert "--confidence none" in refused(path)
    options = {"confidence": "none"}
    assert "--second none" in refused(path, columns=options)
    (record,) = read_predictions(path, columns={**options, "second": "none"})
    assert not record.confidences


def test_rows_of_several_images_and_the_k_best_have_no_confidence(tmp_path: Path):
    (record,) = read_predictions(saved(tmp_path, confidence=0.5, count=[1, 2, 1, 1]))
    assert not record.confidences
    assert "confidences are left out, since a row stands for several images" in record.notes
    path = saved(tmp_path, **with_scores())
    (best,) = read_predictions(path, scores="p_*", top_k=2, classes=["ant", "bee", "cow"])
    assert not best.confidences


def test_arrays_take_the_same_columns():
    record = record_predictions(LABEL, PREDICTED, scores=SCORES)
    assert np.allclose(record.confidences["test"]["confidence"], [0.6, 0.5, 0.7, 0.6])
    assert record_predictions(LABEL, PREDICTED, confidence=[0.1] * 4).confidences
    with pytest.raises(BadInput, match=r"scores \(4,\), allowed: \(4, C\)"):
        record_predictions(LABEL, PREDICTED, scores=[1, 2, 3, 4])
