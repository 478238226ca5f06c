"""Confusion counts and what is derived from them: rates, intervals, dance, clustering; numpy only."""

from interference.confusion.matrix import (
    THRESHOLD,
    accuracy,
    both_ways,
    cctm,
    cells,
    columns,
    counts,
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
    "from_frame",
    "interferers",
    "pair_share",
    "ranked_pairs",
    "ratio",
    "recall",
    "row_share",
    "symmetrised",
]
