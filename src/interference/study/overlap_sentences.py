"""The overlap of the errors of several runs in sentences."""

from interference.confusion.multiple_tests import p_text
from interference.confusion.overlap import Excess, Part
from interference.study.overlap import Overlap


def headline(overlap: Overlap) -> str:
    """Say how much of the errors lies in the images.

    Args:
        overlap: The overlap.

    Returns:
        A sentence without its full stop.
    """
    if not overlap.wrong.any():
        return f"No run errs on the {len(overlap.labels):,} shared test images"
    parts = overlap.parts
    if not parts.images.low > 0:
        return (
            "The runs do not surely find the same images hard: within a class, the images explain "
            f"{_part(parts.images)} of the variance of the errors"
        )
    return (
        f"{_part(parts.images)} of the variance of the errors lies in the images, "
        f"{parts.classes.percent:.0f} % in their classes, and {_part(parts.training)} in the "
        "training"
    )


def shared(overlap: Overlap) -> str:
    """Say how many images all runs mistake, and how often two runs err on the same one.

    Args:
        overlap: The overlap.

    Returns:
        A sentence without its full stop.
    """
    total = overlap.kinds.iloc[0]
    number = "both" if len(overlap.runs) == 2 else f"all {len(overlap.runs)}"
    return (
        f"{total['all']:,} of {total['images']:,} test images are mistaken by {number} runs, "
        f"{expected(total['expected'])} if errors were independent within each class; "
        f"{excess(overlap.excess)}"
    )


def excess(value: Excess) -> str:
    """Say how often two runs err on the same image, against independence.

    Args:
        value: The overlap over some pairs of runs.

    Returns:
        Words such as `two runs err on the same image 3.1 times as often as then (95 %: 2.9 to 3.3;
        p < 0.001)`.
    """
    if not value.expected:
        return "no two runs can err on the same image"
    return (
        f"two runs err on the same image {value.ratio:.1f} times as often as then (95 %: "
        f"{value.low:.1f} to {value.high:.1f}; {p_text(value.p)})"
    )


def expected(number: float) -> str:
    """An expected number of images: whole from 10 on, `fewer than 0.1` if it is tiny."""
    if number < 0.1:
        return "fewer than 0.1"
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def lines(overlap: Overlap) -> list[str]:
    """Describe the overlap for the terminal.

    Args:
        overlap: The overlap.

    Returns:
        Two lines; one if no run errs.
    """
    if not overlap.wrong.any():
        return [headline(overlap)]
    return [f"data or training: {headline(overlap)}", f"shared errors: {shared(overlap)}"]


def _part(part: Part) -> str:
    low = max(part.low, 0)
    high = min(part.high, 100)
    return f"{part.percent:.0f} % (95 %: {low:.0f} to {high:.0f})"
