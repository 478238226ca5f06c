"""What the report says of trainings: accuracies, the dance of any pair, notes; held against the
package's functions.
"""

from dataclasses import replace

import numpy as np
import pytest

from interference import confusion
from interference.confusion import by_epoch, dance
from interference.reporting import report
from tests import reports, toy

CAT, DOG, SHIP = 3, 5, 8
RUN, SPLIT = reports.RECORDED, "train_augmented"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Two runs of 40 epochs, of which one recorded training after each epoch."""
    return reports.trained(tmp_path_factory)


def counts(study: report.Study, run: str = RUN, split: str = SPLIT) -> np.ndarray:
    return by_epoch.training_counts(study.counts[run], split)[1]


def splits(study: report.Study) -> list[tuple[str, str]]:
    """Every run and split that was recorded."""
    return [
        (run, split)
        for run, table in study.counts.items()
        for split in table.frame["split"].unique()
    ]


def test_the_moments_of_every_pair_are_those_of_its_dance(source, study):
    view, block = reports.page_data(source)["views"]["dances"]["runs"], reports.arrays(source)
    assert [
        (run, split) for run in sorted(view) for split in sorted(view[run]["splits"])
    ] == sorted(splits(study))
    for run, split in splits(study):
        recorded = counts(study, run, split)
        carried = reports.array(block, view[run]["splits"][split]["moments"]).tolist()
        for pair in ((CAT, DOG), (SHIP, CAT), (0, 9)):
            moments = dance.moments(confusion.cctm(recorded), pair, size=recorded[0].sum(-1))
            expected = [
                [moment.position, moment.own, moment.partner, moment.taker] for moment in moments
            ]
            assert [row for row in carried if set(row[1:3]) == set(pair)] == expected
        assert len(carried) > 100


def test_the_ranking_of_pairs_is_that_of_the_package(source, study):
    view, block = reports.page_data(source)["views"]["dances"]["runs"], reports.arrays(source)
    for run, table in study.counts.items():
        for split, expected in dance.pairs_by_split(table).groupby("split"):
            carried = view[run]["splits"][split]
            np.testing.assert_array_equal(
                reports.array(block, carried["pairs"]),
                expected[["class_1", "class_2", "dance_epochs", "red", "blue"]],
            )
            np.testing.assert_allclose(
                reports.array(block, carried["r"]),
                expected[["anticorrelation", "low", "high"]],
                rtol=1e-6,
            )


def test_pairs_to_choose_from_are_ranked_by_interference_on_the_test_set(source, study):
    view = reports.page_data(source)["views"]["dances"]["runs"]
    for run in study.runs:
        rates = confusion.cctm(counts(study, run, "test")[-1])
        assert view[run]["most"] == [list(pair[:2]) for pair in confusion.ranked_pairs(rates)]


def test_the_notes_are_those_of_the_package_and_none_is_the_number_of_classes(source, study):
    view, block = reports.page_data(source)["views"]["notes"], reports.arrays(source)
    for run, split in splits(study):
        carried = reports.array(block, view["runs"][run][split]).astype(int)
        cctm = confusion.cctm(counts(study, run, split))
        for row in range(10):
            expected = dance.notes(cctm, row, view["threshold"])
            np.testing.assert_array_equal(
                np.where(carried[:, row] == 10, dance.NONE, carried[:, row]), expected
            )


def test_a_training_of_one_epoch_has_no_dance(tmp_path):
    toy.study(tmp_path, runs={RUN: "optim"}, epochs=1, swept=())
    views = reports.page_data(report.html(reports.study(tmp_path, [RUN])))["views"]
    assert "curves" in views
    assert not {"dances", "notes"} & set(views)


def test_an_untrained_study_has_no_section_on_training(study):
    views = reports.page_data(report.html(replace(study, counts={})))["views"]
    assert not {"curves", "dances", "notes"} & set(views)
