import numpy as np

from interference import confusion
from interference.confusion import clustering

BLOCKS = np.array([0, 1, 2, 0, 1, 2, 0, 1])  # the cluster of each of eight classes


def blocks() -> np.ndarray:
    """Similarities of three clusters whose members are strewn over the labels."""
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, (8, 8))
    similarity = np.where(BLOCKS[:, None] == BLOCKS, 0.8, -0.2) + noise + noise.T
    np.fill_diagonal(similarity, 1)
    return similarity


def test_classes_of_a_cluster_stand_side_by_side():
    order = clustering.order(blocks())
    assert sorted(order) == list(range(8))
    assert np.count_nonzero(np.diff(BLOCKS[order])) == 2


def test_neighbours_in_a_chain_stay_neighbours():
    places = np.array([3, 0, 4, 1, 2])  # of five classes on a line
    similarity = 1 - np.abs(places[:, None] - places) / 4
    assert clustering.order(similarity) in ([1, 3, 4, 0, 2], [2, 0, 4, 3, 1])


def test_classes_like_no_other_come_last_in_label_order():
    similarity = blocks()
    similarity[[5, 1]] = similarity[:, [5, 1]] = np.nan
    order = clustering.order(similarity)
    assert order[-2:] == [1, 5]
    assert sorted(order[:-2]) == [0, 2, 3, 4, 6, 7]


def test_classes_that_are_one_are_no_less_than_no_distance_apart():
    similarity = np.full((4, 4), 1 + 2e-16)  # as rounding gives it
    assert sorted(clustering.order(similarity)) == [0, 1, 2, 3]


def test_classes_that_never_move_in_one_plane_count_as_unrelated():
    similarity = blocks()
    similarity[0, 4] = similarity[4, 0] = np.nan
    order = clustering.order(similarity)
    assert np.count_nonzero(np.diff(BLOCKS[order])) == 2


def test_few_and_unknown_classes_have_an_order_too():
    assert clustering.order(np.full((3, 3), np.nan)) == [0, 1, 2]
    assert clustering.order(np.array([[1, -0.5], [-0.5, 1]])) == [0, 1]


def test_relabelling_the_classes_relabels_the_order():
    similarity, renaming = blocks(), np.array([4, 7, 0, 2, 6, 1, 5, 3])
    order = clustering.order(similarity)
    renamed = [
        int(renaming[label]) for label in clustering.order(similarity[np.ix_(renaming, renaming)])
    ]
    assert renamed in (order, order[::-1])


def test_groups_are_the_order_cut_where_classes_are_alike_no_more():
    similarity = blocks()
    groups = clustering.groups(similarity, 0.5)
    assert [label for group in groups for label in group] == clustering.order(similarity)
    assert sorted(map(sorted, groups)) == [
        np.flatnonzero(block == BLOCKS).tolist() for block in range(3)
    ]
    assert len(clustering.groups(similarity, -1)) == 1
    assert len(clustering.groups(similarity, 1.2)) == 8


def test_two_clusters_are_one_group_at_the_mean_of_their_pairs():
    similarity = np.array(
        [[1, 0.9, 0.1], [0.9, 1, 0.5], [0.1, 0.5, 1]]
    )  # {0, 1} and 2: 0.3 on average
    assert clustering.groups(similarity, 0.2999) == [[0, 1, 2]]
    assert sorted(clustering.groups(similarity, 0.3001)) == [[0, 1], [2]]


def test_a_class_like_no_other_is_a_group_of_its_own():
    similarity = blocks()
    similarity[6] = similarity[:, 6] = np.nan
    assert clustering.groups(similarity, 0.5)[-1] == [6]
    assert clustering.groups(np.full((2, 2), np.nan), 0) == [[0], [1]]
    assert clustering.groups(np.ones((1, 1)), 0) == [[0]]


def test_classes_that_are_taken_for_each_other_twice_as_often_as_any_two_are_a_group():
    counts = np.where(BLOCKS[:, None] == BLOCKS, 30, 2) + 500 * np.eye(8, dtype=int)
    counts[3] *= 4  # shares count, not images
    groups = clustering.interfering(confusion.cctm(counts))
    assert sorted(map(sorted, groups)) == [
        np.flatnonzero(block == BLOCKS).tolist() for block in range(3)
    ]
    even = np.full((8, 8), 2) + 500 * np.eye(8, dtype=int)
    assert sorted(clustering.interfering(confusion.cctm(even))) == [[label] for label in range(8)]
    assert sorted(clustering.interfering(np.eye(8))) == [[label] for label in range(8)]


def test_a_class_without_images_interferes_with_none_and_comes_last():
    counts = np.where(BLOCKS[:, None] == BLOCKS, 30, 2) + 500 * np.eye(8, dtype=int)
    counts[5] = 0
    assert clustering.interfering(confusion.cctm(counts))[-1] == [5]
    assert clustering.interfering(np.full((3, 3), np.nan)) == [[0], [1], [2]]
