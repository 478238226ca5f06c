"""The order in which a study's matrix shows its classes."""

import numpy as np

from interference import record_predictions
from interference.external import runs
from interference.study.study import ON_A_SCREEN, Study


def study_with_worst_pair(classes: int, pair: tuple[int, int]) -> Study:
    """A study in which every class is at times predicted as the next one, and one as another."""
    true = np.repeat(np.arange(classes), 10)
    predicted = true.copy()
    predicted[::10] = (true[::10] + 1) % classes
    first, second = pair
    predicted[true == first] = second
    record = record_predictions(true, predicted, name="net", classes=list(range(classes)))
    return Study("Order", ["net"], **runs.tables_by_kind([record]))


def test_many_classes_begin_with_the_worst_pair():
    classes = ON_A_SCREEN + 10
    study = study_with_worst_pair(classes, (25, 7))
    assert set(study.order[:2]) == {7, 25}
    assert sorted(study.order) == list(range(classes))


def test_few_classes_keep_the_order_of_their_clusters():
    study = study_with_worst_pair(ON_A_SCREEN, (5, 2))
    assert abs(study.order.index(5) - study.order.index(2)) == 1
    assert sorted(study.order) == list(range(ON_A_SCREEN))
