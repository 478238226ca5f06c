"""A relief: a surface over a square, drawn in space by parallel projection.

It consists of flat polygons, which are drawn faster than matplotlib's 3-D axes. A point of the
box is (u, v, w), each from 0 to 1: u and v along the two sides of the floor, w upwards. The box is
seen from above the corner u = 1, v = 0.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import ArrayLike

from interference.reporting.figures import theme
from interference.vocabulary import Array

AZIMUTH = np.radians(-58)  # of the eye
ELEVATION = np.radians(32)  # of the eye
HEIGHT = 0.72  # of the box, in sides of its floor
VECTOR = 600  # the most quadrilaterals that stay vectors in an SVG

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
    """A box that is drawn on axes whose unit is the inch.

    Args:
        axes: The axes.
        foot: Where the centre of the floor lies on the axes, in inches.
        side: The length of a side of the floor, in inches.
    """

    def __init__(self, axes: Axes, foot: tuple[float, float], side: float) -> None:
        self.axes = axes
        self.foot = np.asarray(foot)
        self.side = side

    def project(self, u: ArrayLike, v: ArrayLike, w: ArrayLike) -> Array:
        """Return where points of the box lie on the axes (..., 2), in inches."""
        centred_u = np.asarray(u) - 0.5
        centred_v = np.asarray(v) - 0.5
        point = np.stack(np.broadcast_arrays(centred_u, centred_v, w), -1)
        return self.foot + self.side * np.stack([point @ RIGHT, point @ UP], -1)

    def draw_box(self, ticks: Sequence[float] | Array, top: float, first: str, second: str) -> None:
        """Draw the floor and the two far walls, with a line and a number for each tick.

        Args:
            ticks: Heights with a line on the walls.
            top: The height of the box, in the unit of the ticks.
            first: The direction of u.
            second: The direction of v.
        """
        floor = self.project([0, 1, 1, 0], [0, 0, 1, 1], 0)
        left_wall = self.project(0, [0, 1, 1, 0], [0, 0, 1, 1])
        right_wall = self.project([0, 1, 1, 0], 1, [0, 0, 1, 1])
        for corners in (floor, left_wall, right_wall):
            self.axes.fill(
                *corners.T, facecolor="#f5f5f5", edgecolor="#cfcfcf", linewidth=0.5, zorder=1
            )
        lines = [self.project([0, 0, 1], [0, 1, 1], tick / top) for tick in ticks]
        self.axes.add_collection(
            LineCollection(lines, colors="#d8d8d8", linewidths=0.5, zorder=2), autolim=False
        )
        for tick, line in zip(ticks, lines, strict=True):
            x, y = line[-1]
            self.axes.text(x + 0.05, y, f"{tick:g}", size=6, va="center", color=theme.GREY)
        self._write_along(self.project(0.5, 0, 0), RIGHT[0], UP[0], f"{first} →")
        self._write_along(self.project(1, 0.5, 0), RIGHT[1], UP[1], f"{second} →")

    def _write_along(self, middle: Array, across: float, up: float, text: str) -> None:
        """Write a text below a side of the floor, in the side's direction."""
        x, y = middle + 0.08 * np.array([up, -across]) / np.hypot(across, up)
        self.axes.text(
            x,
            y,
            text,
            size=6.8,
            rotation=np.degrees(np.arctan2(up, across)),
            rotation_mode="anchor",
            ha="center",
            va="top",
        )

    def draw_surface(self, heights: Array, values: Array, colours: ScalarMappable) -> None:
        """Draw a surface as quadrilaterals between grid points.

        Args:
            heights: The height of each grid point (n1, n2), from 0 to 1.
            values: The value of each grid point (n1, n2); a quadrilateral has the colour of the
                mean of its corners.
            colours: The colours of the values.
        """
        rows, columns = heights.shape
        u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        corners = _corners(self.project(u, v, heights))  # (quads, 4, 2)
        nearness = _corners(np.stack([u, v], -1)).mean(1) @ NEAR
        order = np.argsort(nearness, kind="stable")  # the far ones first
        face_colours = colours.to_rgba(_corners(values[..., None]).mean((1, 2)))
        self.axes.add_collection(
            PolyCollection(
                list(corners[order]),
                facecolors=face_colours[order],
                edgecolors="#ffffff60",
                linewidths=0.15,
                zorder=3,
                rasterized=len(order) > VECTOR,
            )
        )

    def draw_pin(self, height: float) -> None:
        """Draw a dot in the middle of the box at a height from 0 to 1, on a pin from above."""
        pin = self.project(0.5, 0.5, [height, 1])
        dot = self.project(0.5, 0.5, height)
        self.axes.plot(*pin.T, color="black", linewidth=0.7, zorder=4)
        self.axes.plot(*dot, "o", ms=3.5, color="white", mec="black", mew=0.8, zorder=5)


def _corners(grid: Array) -> Array:
    """Return the corners (quads, 4, d) of the quadrilaterals of a grid (n1, n2, d), in order."""
    quads = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], 2)
    return quads.reshape(-1, 4, grid.shape[-1])
