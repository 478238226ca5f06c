"""The lists and tables of a run's confidences."""

import numpy as np
import pandas as pd
import pytest

from interference.classes import Classes
from interference.study import confidence, confidence_sentences
from interference.study.confidence import Confidence

CLASSES = Classes(("cat", "dog", "cow"), ("cat", "dog", "cow"))
IMAGES = pd.DataFrame(
    {
        "index": [3, 5, 8, 9, 10, 11],
        "label": [0, 1, 0, 2, 1, 1],
        "predicted": [0, 0, 1, 2, 1, 0],
        "confidence": [0.55, 0.92, 0.97, 0.5, 0.8, 0.4],
        "second": [1, 1, 2, 0, 0, 1],
        "place": [1, 2, 3, 1, 1, 2],
        "label_confidence": [0.55, 0.05, 0.01, 0.5, 0.8, 0.3],
        "suggested": [-1, 0, 1, -1, -1, -1],
    }
)


def known() -> Confidence:
    return Confidence("mine", CLASSES, IMAGES)


def test_errors_stand_with_the_most_confident_first_and_near_misses_with_the_least():
    assert known().errors["index"].tolist() == [8, 5, 11]
    assert known().sure_errors["index"].tolist() == [8, 5]
    assert known().near_misses["index"].tolist() == [9, 3]
    assert known().label_errors["index"].tolist() == [8, 5]


def test_pairs_count_errors_and_near_misses_either_way():
    rows = known().pairs.to_dict("records")
    assert rows[0] == {
        "class_1": 0,
        "class_2": 1,
        "errors": 3,
        "near_misses": 1,
        "right_at_second": 2,
    }
    assert rows[1]["near_misses"] == 1
    assert (rows[1]["class_1"], rows[1]["class_2"]) == (0, 2)


def test_errors_that_remain_among_the_best_are_counted_by_cell():
    four = Classes(("cat", "dog", "cow", "ant"), ("cat", "dog", "cow", "ant"))
    images = pd.DataFrame(
        {
            "label": [0, 1, 0, 1],
            "predicted": [0, 0, 2, 1],
            "confidence": 0.5,
            "second": [1, 2, 0, 0],
            "place": [1, 3, 2, 1],
        }
    )
    left = Confidence("mine", four, images).errors_left()
    assert left[1].to_dict() == {(0, 2): 1, (1, 0): 1}
    assert left[2].to_dict() == {(1, 0): 1}
    assert left[3].empty


def test_errors_left_among_the_best_need_the_second_alone_or_all_places():
    left = known().errors_left()
    assert list(left) == [1, 2]  # 3 would be all classes
    assert left[1].to_dict() == {(0, 1): 1, (1, 0): 2}
    assert left[2].to_dict() == {(0, 1): 1}
    without_places = Confidence("mine", CLASSES, IMAGES.drop(columns=["place", "suggested"]))
    assert without_places.errors_left()[2].to_dict() == {(0, 1): 1}
    alone = Confidence("mine", CLASSES, IMAGES[["label", "predicted", "confidence"]])
    assert not alone.errors_left()
    assert alone.pairs.empty
    assert alone.near_misses.empty


def test_the_tables_name_classes_and_bins():
    frames = confidence.tables([known()])
    bins = frames["calibration"]
    total = bins[bins["predicted"] == "all"]
    assert total["images"].sum() == 6
    assert total.iloc[-1][["from", "to", "images", "right"]].tolist() == [0.9, 1, 2, 0]
    rows = frames["confidence"]
    assert rows["kind"].value_counts().to_dict() == {
        "confidently wrong": 3,
        "near miss": 2,
        "label-error candidate": 2,
    }
    assert rows.iloc[0][["index", "label", "predicted", "second"]].tolist() == [
        8,
        "cat",
        "dog",
        "cow",
    ]
    assert confidence.tables([]) == {}


def test_two_classes_have_the_threshold_with_the_fewest_errors():
    images = pd.DataFrame(
        {
            "label": [0, 0, 0, 1, 1],
            "predicted": [0, 1, 1, 1, 1],
            "confidence": [0.8, 0.6, 0.7, 0.9, 0.95],
        }
    )
    two = Confidence("mine", Classes(("no", "yes"), ("no", "yes")), images)
    assert confidence_sentences.threshold(two) == (
        "on these images, yes from a probability of 0.90 makes the fewest errors, 0 (2 from 0.5)"
    )
    assert confidence_sentences.threshold(known()) == ""


@pytest.mark.parametrize(
    ("sure", "verdict"),
    [(0.99, "too confident: "), (0.3, "not confident enough: "), (0.75, "neither surely")],
)
def test_the_headline_says_whether_a_run_is_too_confident(sure: float, verdict: str):
    label = np.repeat([0, 1], [75, 25])
    images = pd.DataFrame({"label": label, "predicted": 0, "confidence": sure})
    text = confidence_sentences.headline(Confidence("mine", CLASSES, images))
    assert text.startswith(verdict)
    assert "accuracy" in text


def test_the_lines_count_the_lists():
    first, second = confidence_sentences.lines(known())
    assert first.startswith("mine: ")
    assert second == (
        "mine: 2 of 3 errors have a confidence of at least 90 % (images 8, 5); 2 right predictions "
        "are near misses, with a confidence below 60 %; 2 labels are candidates for a wrong label, "
        "by confident learning"
    )
