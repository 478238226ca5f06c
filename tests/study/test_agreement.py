"""The agreement of a run with a reference: another run, a matrix, or votes."""

import numpy as np
import pytest

from interference import agreement, record_predictions
from interference.errors import BadInput
from interference.study import agreement_sentences
from tests.two_runs import records


def test_a_run_is_compared_image_by_image_with_another():
    old, new = records("cow")
    result = agreement(new, old)
    assert result.images == 140
    rows = {result.name(row): row for row in result.pairs.to_dict("records")}
    gone = rows["cat\N{EN DASH}dog"]
    assert gone["excess"] == pytest.approx(-25)
    assert (gone["rate"], gone["reference"]) == (0, 25)
    assert gone["p"] == pytest.approx(2 * 0.5**15)
    assert gone["p_holm"] == pytest.approx(4 * 0.5**15)
    assert rows["dog\N{EN DASH}cow"]["excess"] == pytest.approx(15)
    assert next(iter(agreement_sentences.sentences(result))).startswith(
        "cat\N{EN DASH}dog: 25.0 points less (95 %: -"
    )
    assert "confused more often than by old: 1 of 2 pairs, less often: 1, beyond chance" in (
        agreement_sentences.headline(result)
    )
    assert result.table()["class_1"].tolist() == ["cat", "dog"]


def test_images_that_are_not_known_and_a_matrix_are_compared_by_their_counts():
    old, new = records("cow", index=False)
    by_records = agreement(new, old)
    assert by_records.images == 0
    by_matrix = agreement(new, old.cells["test"][-1][0], name="last year")
    assert by_matrix.reference == "last year"
    assert by_matrix.pairs["excess"].tolist() == by_records.pairs["excess"].tolist()


def test_votes_are_compared_with_the_images_of_their_number():
    old, _ = records("cow")
    label = old.final_predictions["test"]["label"].to_numpy()
    votes = 9.0 * np.eye(3)[label]
    votes[:15, 1] = 3  # a quarter of the people say dog
    result = agreement(old, votes)
    row = result.pairs.iloc[0]
    assert row["reference"] == pytest.approx(100 * 15 * 0.25 / 60)
    assert row["excess"] == pytest.approx(100 * 15 * 0.75 / 60)
    assert result.images == 140
    with pytest.raises(BadInput, match="most votes agree with the label of 14% of the images"):
        agreement(old, 9.0 * np.eye(3)[[2] * 140])
    with pytest.raises(BadInput, match="found votes on 100 images, allowed: at least 140"):
        agreement(old, votes[:100])
    with pytest.raises(BadInput, match="need the number of each image in old"):
        agreement(records("cow", index=False)[0], votes)
    votes[7] = 0
    with pytest.raises(
        BadInput, match=r"row 8: found \[0.0, 0.0, 0.0\], allowed: numbers of votes"
    ):
        agreement(old, votes)


def test_a_reference_of_other_classes_is_refused():
    old, _ = records("cow")
    other = record_predictions(["ape", "cat"], ["ape", "ape"], name="other")
    with pytest.raises(BadInput, match="found other classes in other than in old"):
        agreement(old, other)
    with pytest.raises(BadInput, match=r"found an array \(4, 4\), allowed: counts \(C, C\)"):
        agreement(old, np.ones((4, 4)))
