"""Confusion counts, and rates, intervals, dances and clusters computed from them; numpy only."""

from interference.confusion.matrix import (
    THRESHOLD,
    accuracy,
    both_ways,
    cctm,
    cells,
    columns,
    counts,
    diagonal,
    from_frame,
    interferers,
    pair_share,
    ranked_pairs,
    ratio,
    recall,
    row_share,
    symmetrised,
)

__all__ = [
    "THRESHOLD",
    "accuracy",
    "both_ways",
    "cctm",
    "cells",
    "columns",
    "counts",
    "diagonal",
    "from_frame",
    "interferers",
    "pair_share",
    "ranked_pairs",
    "ratio",
    "recall",
    "row_share",
    "symmetrised",
]
