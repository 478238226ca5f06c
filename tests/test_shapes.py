import numpy as np

from interference import shapes

BLOCKS = np.array([0, 1, 2, 0, 1, 2, 0, 1])  # the cluster of each of eight classes


def blocks() -> np.ndarray:
    """Similarities of three clusters whose members are strewn over the labels."""
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, (8, 8))
    similarity = np.where(BLOCKS[:, None] == BLOCKS, 0.8, -0.2) + noise + noise.T
    np.fill_diagonal(similarity, 1)
    return similarity


def test_classes_of_a_cluster_stand_side_by_side():
    order = shapes.cluster_order(blocks())
    assert sorted(order) == list(range(8))
    assert np.count_nonzero(np.diff(BLOCKS[order])) == 2


def test_neighbours_in_a_chain_stay_neighbours():
    places = np.array([3, 0, 4, 1, 2])  # of five classes on a line
    similarity = 1 - np.abs(places[:, None] - places) / 4
    assert shapes.cluster_order(similarity) in ([1, 3, 4, 0, 2], [2, 0, 4, 3, 1])


def test_flat_classes_come_last_in_label_order():
    similarity = blocks()
    similarity[[5, 1]] = similarity[:, [5, 1]] = np.nan
    order = shapes.cluster_order(similarity)
    assert order[-2:] == [1, 5]
    assert sorted(order[:-2]) == [0, 2, 3, 4, 6, 7]


def test_classes_of_one_shape_are_no_less_than_no_distance_apart():
    similarity = np.full((4, 4), 1 + 2e-16)  # as rounding gives it
    assert sorted(shapes.cluster_order(similarity)) == [0, 1, 2, 3]


def test_classes_that_never_move_in_one_plane_count_as_unrelated():
    similarity = blocks()
    similarity[0, 4] = similarity[4, 0] = np.nan
    order = shapes.cluster_order(similarity)
    assert np.count_nonzero(np.diff(BLOCKS[order])) == 2


def test_few_and_flat_classes_have_an_order_too():
    assert shapes.cluster_order(np.full((3, 3), np.nan)) == [0, 1, 2]
    assert shapes.cluster_order(np.array([[1, -0.5], [-0.5, 1]])) == [0, 1]


def test_relabelling_the_classes_relabels_the_order():
    similarity, renaming = blocks(), np.array([4, 7, 0, 2, 6, 1, 5, 3])
    order = shapes.cluster_order(similarity)
    renamed = [int(renaming[label]) for label in shapes.cluster_order(similarity[np.ix_(renaming, renaming)])]
    assert renamed in (order, order[::-1])


def test_a_plane_in_which_a_class_is_flat_does_not_count_for_it():
    one, other = np.array([[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]), np.full((3, 3), np.nan)
    other[:2, :2] = [[1, 0.9], [0.9, 1]]
    np.testing.assert_allclose(shapes.mean_similarity([one, other]), [[1, 0.7, 0.2], [0.7, 1, 0], [0.2, 0, 1]])
    assert np.isnan(shapes.mean_similarity([other])[2]).all()
