"""The parameters of a study: params.yaml as frozen dataclasses, checked as a whole.

`fields` holds the types of single values, `groups` the groups of the file, and `load` the reader
and the checks across groups. No other module reads the file. Device, precision and paths are not
parameters, since they depend on the machine (`runtime.device`).
"""

from interference.params.fields import (
    CONVERT,
    OPTIMIZERS,
    PAPER_SETUPS,
    SCHEDULES,
)
from interference.params.groups import (
    Claims,
    Data,
    Ego,
    Grid,
    Optim,
    Params,
    Run,
    Setup,
    Sweep,
)
from interference.params.load import (
    GROUPS,
    check_edge_search,
    check_images,
    edge,
    grid,
    load,
    naming,
)

__all__ = [
    "CONVERT",
    "GROUPS",
    "OPTIMIZERS",
    "PAPER_SETUPS",
    "SCHEDULES",
    "Claims",
    "Data",
    "Ego",
    "Grid",
    "Optim",
    "Params",
    "Run",
    "Setup",
    "Sweep",
    "check_edge_search",
    "check_images",
    "edge",
    "grid",
    "load",
    "naming",
]
