import numpy as np

from interference.surfaces import shapes


def test_a_plane_in_which_a_class_is_flat_does_not_count_for_it():
    first, second = np.array([[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]), np.full((3, 3), np.nan)
    second[:2, :2] = [[1, 0.9], [0.9, 1]]
    np.testing.assert_allclose(
        shapes.mean_similarity([first, second]), [[1, 0.7, 0.2], [0.7, 1, 0], [0.2, 0, 1]]
    )
    assert np.isnan(shapes.mean_similarity([second])[2]).all()
