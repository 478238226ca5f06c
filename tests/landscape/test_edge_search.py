"""Edges that fit: the search along an axis, on lines whose flat part is known."""

from math import inf

import pytest

from interference.errors import BadInput
from interference.landscape import edge_search
from interference.landscape.edge_search import (
    DOUBLINGS,
    FIRST,
    HALVINGS,
    check_ends,
    find_reach,
    fitted_edge,
    is_coarse,
)


@pytest.mark.parametrize("end", [2e-6, 0.0003, FIRST, 0.37, 15.0])
def test_the_reach_is_the_end_of_the_flat_part_from_below(end: float):
    steps = []

    def is_flat(step: float) -> bool:
        steps.append(step)
        return step <= end

    reach = find_reach(is_flat, 1.0)
    assert end / 1.05 < reach <= end
    assert len(steps) <= 20
    assert find_reach(lambda step: step <= 3 * end, 3.0) == pytest.approx(3 * reach)


def test_a_hollow_behind_the_first_end_does_not_count():
    reach = find_reach(lambda step: step < 0.1 or 0.4 < step < 1, 1.0)
    assert 0.1 / 1.05 < reach < 0.1


def test_a_line_without_a_flat_step_has_no_reach_and_a_flat_line_no_end():
    assert find_reach(lambda step: False, 2.0) == 0
    assert find_reach(lambda step: True, 2.0) == inf


def test_the_flat_part_spans_the_wanted_cells_of_the_fitted_plane():
    edge = fitted_edge([(0.5, 0.5), (0.7, 0.7)], points=19, cells=8)
    step = edge / 9
    assert 8 <= 1.0 / step < 8.8
    assert edge == 1.1  # 1.125, with two digits
    assert edge > 0.7


def test_a_plane_reaches_half_as_far_again_as_its_flat_part_whatever_the_other_axis_wants():
    assert fitted_edge([(0.01, 0.01), (0.2, 2.0)], points=19, cells=8) == 3.0


def test_no_edge_fits_a_plane_without_a_flat_point_on_one_of_its_axes():
    assert fitted_edge([(0.0, 0.0), (0.2, 2.0)], points=19, cells=8) == 0
    assert not is_coarse(1.0, 0.0)


def test_a_side_without_an_end_does_not_count():
    assert fitted_edge([(0.5, inf), (2.0, 2.0)], points=19, cells=8) == 3.0
    assert fitted_edge([(0.5, inf), (inf, inf)], points=19, cells=8) == 1.1
    assert fitted_edge([(inf, inf), (inf, inf)], points=19, cells=8) == inf
    assert not is_coarse(1e9, inf)


def test_only_a_plane_of_more_than_twice_the_fitted_edge_is_coarse():
    assert is_coarse(2.1, 1.0)
    assert not is_coarse(2.0, 1.0)
    assert not is_coarse(0.1, 1.0)


def test_an_axis_without_an_end_or_without_a_beginning_is_one_line():
    check_ends("net", [(0.1, 0.0), (inf, inf)])
    with pytest.raises(BadInput, match="net: edge: auto finds no flat point along theta_2") as line:
        check_ends("net", [(0.1, 0.1), (0.0, 0.0)])
    assert "1e-06 of the weights' norm" in str(line.value)
    with pytest.raises(BadInput, match="only flat points, up to a step of 16 times"):
        check_ends("net", [(inf, inf), (inf, inf)])
    with pytest.raises(BadInput, match="no flat point along theta_1"):
        check_ends("net", [(0.0, inf), (0.1, 0.1)])
    with pytest.raises(BadInput, match="no flat point along theta_2"):  # a line has that axis alone
        check_ends("net", [(0.0, 0.0)])


def test_the_points_of_two_axes_are_within_those_of_the_test():
    most = 4 * (1 + max(DOUBLINGS, HALVINGS) + edge_search.NARROWINGS)
    assert most <= edge_search.POINTS
