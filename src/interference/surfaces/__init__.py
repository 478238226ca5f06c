"""The readings of an interference plane's table: rates, flatness and cosines; numpy only."""

from interference.surfaces.surface import (
    Surface,
    class_losses,
    class_mistake_rates,
    correct_counts,
    from_table,
    is_estimated,
    lines,
    mean_rises,
    mistake_rate,
    pair_of,
    planes,
    similarity,
    swapped,
    to_table,
)

__all__ = [
    "Surface",
    "class_losses",
    "class_mistake_rates",
    "correct_counts",
    "from_table",
    "is_estimated",
    "lines",
    "mean_rises",
    "mistake_rate",
    "pair_of",
    "planes",
    "similarity",
    "swapped",
    "to_table",
]
