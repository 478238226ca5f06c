"""The parameters of a study: params.yaml as frozen dataclasses, checked as a whole.

`fields` holds the types of single values, `groups` the groups of the file, `load` the reader and
the checks across groups; nothing else reads the file. Facts of a machine (device, precision, paths)
are no parameters: see `machine`.
"""

from interference.params.fields import (
    ALWAYS,
    BATCH_NORMS,
    CONVERT,
    PAPER_SETUPS,
    RUN,
    SCALES,
    SCHEDULES,
    SPLITS,
    check_run,
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
from interference.params.load import GROUPS, check_images, edge, grid, load, naming

__all__ = [
    "ALWAYS",
    "BATCH_NORMS",
    "CONVERT",
    "GROUPS",
    "PAPER_SETUPS",
    "RUN",
    "SCALES",
    "SCHEDULES",
    "SPLITS",
    "Claims",
    "Data",
    "Ego",
    "Grid",
    "Optim",
    "Params",
    "Run",
    "Setup",
    "Sweep",
    "check_images",
    "check_run",
    "edge",
    "grid",
    "load",
    "naming",
]
