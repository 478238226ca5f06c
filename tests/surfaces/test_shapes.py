import numpy as np

from interference.surfaces import shapes


def test_a_plane_in_which_a_class_is_flat_does_not_count_for_it():
    one, other = np.array([[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]), np.full((3, 3), np.nan)
    other[:2, :2] = [[1, 0.9], [0.9, 1]]
    np.testing.assert_allclose(
        shapes.mean_similarity([one, other]), [[1, 0.7, 0.2], [0.7, 1, 0], [0.2, 0, 1]]
    )
    assert np.isnan(shapes.mean_similarity([other])[2]).all()
