"""A surface over a square drawn in space, by parallel projection: plain polygons, drawn faster than 3-D axes.

A point of the box is (u, v, w), each 0 to 1: u and v along the two sides of the floor, w up. The box is seen from above
the corner u = 1, v = 0.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import ArrayLike

from interference.reporting.figures import style
from interference.vocabulary import Array

AZIMUTH, ELEVATION = np.radians(-58), np.radians(32)  # of the eye
HEIGHT = 0.72  # of the box, in sides of its floor
VECTOR = 600  # the most quadrilaterals that are kept as vectors in an SVG

RIGHT = np.array([-np.sin(AZIMUTH), np.cos(AZIMUTH), 0])
UP = np.array(
    [
        -np.sin(ELEVATION) * np.cos(AZIMUTH),
        -np.sin(ELEVATION) * np.sin(AZIMUTH),
        np.cos(ELEVATION) * HEIGHT,
    ]
)
NEAR = np.array([np.cos(AZIMUTH), np.sin(AZIMUTH)])  # on the floor, towards the eye


class Relief:
    """A box on axes whose unit is the inch, its floor's centre at `foot`, the floor's side `side` long."""

    def __init__(self, axes: Axes, foot: tuple[float, float], side: float) -> None:
        self.axes, self.foot, self.side = axes, np.asarray(foot), side

    def page(self, u: ArrayLike, v: ArrayLike, w: ArrayLike) -> Array:
        """Where points of the box lie on the page: (..., 2)."""
        point = np.stack(np.broadcast_arrays(np.asarray(u) - 0.5, np.asarray(v) - 0.5, w), -1)
        return self.foot + self.side * np.stack([point @ RIGHT, point @ UP], -1)

    def box(self, ticks: Sequence[float] | Array, top: float, first: str, second: str) -> None:
        """The floor, the two far walls with a line a tick, the ticks' numbers, and what the floor's sides mean."""
        across, up = [0, 1, 1, 0], [0, 0, 1, 1]
        for corners in ((across, up, 0), (0, across, up), (across, 1, up)):
            self.axes.fill(
                *self.page(*corners).T,
                facecolor="#f5f5f5",
                edgecolor="#cfcfcf",
                linewidth=0.5,
                zorder=1,
            )
        lines = [self.page([0, 0, 1], [0, 1, 1], tick / top) for tick in ticks]
        self.axes.add_collection(
            LineCollection(lines, colors="#d8d8d8", linewidths=0.5, zorder=2), autolim=False
        )
        for tick, (_, _, (x, y)) in zip(ticks, lines, strict=True):
            self.axes.text(x + 0.05, y, f"{tick:g}", size=6, va="center", color=style.GREY)
        self._along(self.page(0.5, 0, 0), RIGHT[0], UP[0], f"{first} →")
        self._along(self.page(1, 0.5, 0), RIGHT[1], UP[1], f"{second} →")

    def _along(self, middle: Array, across: float, up: float, words: str) -> None:
        x, y = middle + 0.08 * np.array([up, -across]) / np.hypot(across, up)
        self.axes.text(
            x,
            y,
            words,
            size=6.8,
            rotation=np.degrees(np.arctan2(up, across)),
            rotation_mode="anchor",
            ha="center",
            va="top",
        )

    def surface(self, heights: Array, values: Array, colours: ScalarMappable) -> None:
        """Quadrilaterals between (n1, n2) grid points at `heights`, coloured by the mean of their corners' `values`."""
        rows, columns = heights.shape
        u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        corners = _corners(self.page(u, v, heights))  # (quads, 4, 2)
        depth = _corners(np.stack([u, v], -1)).mean(1) @ NEAR
        order = np.argsort(depth, kind="stable")  # the far ones first
        colour = colours.to_rgba(_corners(values[..., None]).mean((1, 2)))
        self.axes.add_collection(
            PolyCollection(
                list(corners[order]),
                facecolors=colour[order],
                edgecolors="#ffffff60",
                linewidths=0.15,
                zorder=3,
                rasterized=len(order) > VECTOR,
            )
        )

    def pin(self, height: float) -> None:
        """A dot in the middle at a height, on a pin from above."""
        self.axes.plot(*self.page(0.5, 0.5, [height, 1]).T, color="black", linewidth=0.7, zorder=4)
        self.axes.plot(
            *self.page(0.5, 0.5, height), "o", ms=3.5, color="white", mec="black", mew=0.8, zorder=5
        )


def _corners(grid: Array) -> Array:
    """The four corners (quads, 4, d) of every quadrilateral of a grid (n1, n2, d), in order round it."""
    quads = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], 2)
    return quads.reshape(-1, 4, grid.shape[-1])
