"""What is read off the table of an interference plane: rates, flatness, cosines; numpy only."""

from interference.surfaces.surface import (
    Surface,
    class_losses,
    class_mistake_rates,
    from_table,
    lines,
    mistake_rate,
    paid,
    pair_of,
    planes,
    right,
    similarity,
    swapped,
)

__all__ = [
    "Surface",
    "class_losses",
    "class_mistake_rates",
    "from_table",
    "lines",
    "mistake_rate",
    "paid",
    "pair_of",
    "planes",
    "right",
    "similarity",
    "swapped",
]
