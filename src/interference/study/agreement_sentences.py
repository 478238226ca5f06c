"""The agreement of a run with a reference in sentences."""

from collections.abc import Iterator

import numpy as np

from interference.confusion.multiple_tests import p_text
from interference.study.agreement import Agreement

SHOWN = 5  # findings on the terminal


def lines(agreement: Agreement) -> Iterator[str]:
    """Describe an agreement for the terminal.

    Args:
        agreement: The agreement.

    Yields:
        The lines.
    """
    prefix = f"{agreement.run} against {agreement.reference}"
    yield f"{prefix}: {headline(agreement)}"
    findings = list(sentences(agreement))
    for finding in findings[:SHOWN]:
        yield f"{prefix}: {finding}"
    if len(findings) > SHOWN:
        yield f"{prefix}: {len(findings) - SHOWN} further pairs: see reference.csv"


def headline(agreement: Agreement) -> str:
    """Say whether both confuse the same classes, and how many pairs differ.

    Args:
        agreement: The agreement.

    Returns:
        A sentence without its full stop.
    """
    if np.isfinite(agreement.correlation):
        rates = (
            f"the rates of pairs correlate by {agreement.correlation:.2f} (Spearman; Mantel's "
            f"{p_text(agreement.p)})"
        )
    else:
        rates = "too few pairs are confused for a correlation"
    more = int((agreement.findings["excess"] > 0).sum())
    less = len(agreement.findings) - more
    basis = f"on {agreement.images:,} images of both" if agreement.images else "on different images"
    return (
        f"{rates}; confused more often than by {agreement.reference}: {more} of "
        f"{agreement.family} pairs, less often: {less}, beyond chance (Holm), {basis}"
    )


def sentences(agreement: Agreement) -> Iterator[str]:
    """Describe the pairs that differ beyond chance, the largest excess first.

    Args:
        agreement: The agreement.

    Yields:
        A sentence for each pair, without its full stop.
    """
    for row in agreement.findings.to_dict("records"):
        word = "more" if row["excess"] > 0 else "less"
        yield (
            f"{agreement.name(row)}: {abs(row['excess']):.1f} points {word} (95 %: "
            f"{row['low']:+.1f} to {row['high']:+.1f}; {row['rate']:.1f} % against "
            f"{row['reference']:.1f} %, both ways added; {p_text(row['p_holm'])})"
        )
