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

from interference.reporting.figures import labels, theme
from interference.vocabulary import Array

AZIMUTH = np.radians(-58)  # of the eye
ELEVATION = np.radians(32)  # of the eye
HEIGHT = 0.72  # of the box, in sides of its floor
TICK = 0.035  # inches: the length of a tick
TICK_SIZE = 6  # points: the numbers at the ticks
LABEL_SIZE = 6.8  # points: the labels of the axes
LABEL_GAP = 0.2  # inches from the right edge of the box to the label of the heights
NUMBER_WIDTH = 0.14  # inches of a side that the number at its end takes
FAR_PLACE = 0.68  # where a long label of v lies along its side
FAR_TEXT_GAP = 0.24  # inches from a side of the floor to a long label
TEXT_GAP = 0.08  # inches from a side of the floor to its label
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

    def draw_box(self, ticks: Sequence[float] | Array, top: float, height_label: str) -> None:
        """Draw the floor and the two far walls, with a line and a number for each tick.

        Args:
            ticks: Heights with a line on the walls.
            top: The height of the box, in the unit of the ticks.
            height_label: The label of the heights.
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
            self.axes.text(x + 0.05, y, f"{tick:g}", size=TICK_SIZE, va="center", color=theme.GREY)
        x, y = self.project(1, 1, 0.5)
        self.axes.text(
            x + LABEL_GAP,
            y,
            height_label,
            size=LABEL_SIZE,
            rotation=90,
            ha="left",
            va="center",
            color=theme.GREY,
        )

    def label_floor(
        self,
        first: str,
        second: str,
        first_ends: tuple[float, float],
        second_ends: tuple[float, float],
    ) -> None:
        """Write the directions along the near sides of the floor, and theta at their ends.

        Args:
            first: The direction of u.
            second: The direction of v.
            first_ends: The smallest and the largest theta of u.
            second_ends: The smallest and the largest theta of v.
        """
        middle = self.project(0.45, 0, 0)  # off the number at the right end
        self._write_along(middle, TEXT_GAP, RIGHT[0], UP[0], f"{first} →")
        text = f"{second} →"
        length = self.side * np.hypot(RIGHT[1], UP[1])
        if labels.text_width([text], LABEL_SIZE) > length - 2 * NUMBER_WIDTH:
            place = self.project(1, FAR_PLACE, 0)  # beyond the numbers at the ends
            self._write_along(place, FAR_TEXT_GAP, RIGHT[1], UP[1], text)
        else:
            place = self.project(1, 0.5, 0)
            self._write_along(place, TEXT_GAP, RIGHT[1], UP[1], text)
        for u, theta, alignment in zip((0, 1), first_ends, ("center", "right"), strict=True):
            self._draw_tick(self.project(u, 0, 0), RIGHT[0], UP[0], theta, alignment)
        for v, theta in zip((0, 1), second_ends, strict=True):
            self._draw_tick(self.project(1, v, 0), RIGHT[1], UP[1], theta, "left")

    def _draw_tick(
        self, foot: Array, across: float, up: float, theta: float, alignment: str
    ) -> None:
        """Draw a tick outwards from a side of the floor, with its number."""
        outwards = np.array([up, -across]) / np.hypot(across, up)
        tip = foot + TICK * outwards
        self.axes.plot(*np.stack([foot, tip]).T, color=theme.GREY, linewidth=0.5, zorder=2)
        x, y = foot + 1.6 * TICK * outwards
        self.axes.text(
            x,
            y,
            labels.format_number(theta),
            size=TICK_SIZE,
            ha=alignment,
            va="top",
            color=theme.GREY,
        )

    def _write_along(self, middle: Array, gap: float, across: float, up: float, text: str) -> None:
        """Write a text at a distance below a side of the floor, in the side's direction."""
        x, y = middle + gap * np.array([up, -across]) / np.hypot(across, up)
        self.axes.text(
            x,
            y,
            text,
            size=LABEL_SIZE,
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
