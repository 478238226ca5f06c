"""Draws the stages of dvc.yaml and what they read from each other, as a picture that fits a page.

    python -m tools.draw_stages [docs/assets/stages.svg]

An arrow is left out where a longer path says the same.
"""

import sys
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from ruamel.yaml import YAML

from interference.reporting.figures import theme

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "assets" / "stages.svg"
BOX = (0.98, 0.32)  # inches
STEP = (1.24, 0.52)  # inches from box to box
FILL = "#eef3f8"
PLACES = {  # the column and the row of each stage, so that no arrow crosses a box
    "source": (0, 1.5),
    "download": (1, 1),
    "inputs": (1, 2),
    "train": (2, 1.5),
    "cctm": (3, 1),
    "ego": (3, 2.5),
    "sweep": (4, 2.5),
    "mistakes": (5, 0),
    "claims": (5, 1),
    "figures": (5, 2),
    "plots": (5, 3),
    "report": (6, 1),
    "reproduction": (6, 2),
}


def graph(pipeline: dict[str, Any]) -> dict[str, set[str]]:
    """The stages that each stage reads from.

    Args:
        pipeline: The `stages` of dvc.yaml.

    Returns:
        The names of its sources by stage.
    """
    written = {name: _paths(entry, "outs", "metrics", "plots") for name, entry in pipeline.items()}
    sources: dict[str, set[str]] = {}
    for name, entry in pipeline.items():
        read = _paths(entry, "deps")
        sources[name] = {
            other
            for other, outputs in written.items()
            if other != name and _share_a_path(read, outputs)
        }
    return sources


def _paths(entry: dict[str, Any], *kinds: str) -> set[str]:
    """The paths of some kinds in a stage's entry, with its loop's variables as they stand."""
    body = entry.get("do", entry)
    paths: set[str] = set()
    for kind in kinds:
        for item in body.get(kind, []):
            paths.add(next(iter(item)) if isinstance(item, dict) else item)
    return {path.replace("item.run", "key") for path in paths}


def _share_a_path(read: set[str], written: set[str]) -> bool:
    """Whether a path that is written is read, by itself or with its folder."""
    return any(
        path == output or output.startswith(f"{path}/") for path in read for output in written
    )


def reduced(sources: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the arrows that follow from longer paths."""
    return {
        name: {
            direct
            for direct in direct_sources
            if not any(direct in _ancestors(sources, other) for other in direct_sources - {direct})
        }
        for name, direct_sources in sources.items()
    }


def _ancestors(sources: dict[str, set[str]], name: str) -> set[str]:
    """All stages that a stage depends on, directly or not."""
    found = set(sources[name])
    for source in sources[name]:
        found |= _ancestors(sources, source)
    return found


def draw(sources: dict[str, set[str]]) -> Figure:
    """Draw a graph from left to right.

    Args:
        sources: The sources of each stage.

    Returns:
        The figure.
    """
    columns, rows = zip(*PLACES.values(), strict=True)
    width = STEP[0] * max(columns) + BOX[0] + 0.2
    height = STEP[1] * max(rows) + BOX[1] + 0.2
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    figure.patch.set_alpha(0)
    centres = {
        name: (0.1 + BOX[0] / 2 + STEP[0] * column, height - 0.1 - BOX[1] / 2 - STEP[1] * row)
        for name, (column, row) in PLACES.items()
    }
    for name, direct in reduced(sources).items():
        for source in sorted(direct):
            _arrow(axes, centres[source], centres[name])
    for name, (x, y) in centres.items():
        corner = (x - BOX[0] / 2, y - BOX[1] / 2)
        box = Rectangle(corner, *BOX, linewidth=0.8, facecolor=FILL, edgecolor=theme.HUES[0])
        axes.add_patch(box)
        axes.text(x, y, name, ha="center", va="center", size=8.5, color=theme.INK)
    return figure


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow from the right side of one box to the left side of another."""
    half = BOX[0] / 2
    axes.annotate(
        "",
        (end[0] - half, end[1]),
        (start[0] + half, start[1]),
        arrowprops={
            "arrowstyle": "-|>",
            "color": theme.GREY,
            "lw": 0.8,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def main(picture: Path = PICTURE) -> None:
    """Write the picture of this checkout's dvc.yaml."""
    pipeline = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    with theme.styled():
        figure = draw(graph(pipeline))
    picture.write_bytes(theme.to_svg(figure))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
