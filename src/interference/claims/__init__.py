"""The paper's statements as checks on our own tables: one function a claim, torch nowhere.

A claim answers *holds*, *fails* or *not measured* (what it needs is absent, or what is there leaves it open, and it
says what). It looks at the runs under the set-up that the paper speaks of and at no other: a set-up of another rate or
schedule is not the paper's.
Class losses are the classes' mistake rates (Figure 5); surfaces are those at the raw scale, the paper's, unless a claim
is about scales. `net` in the parameters stands for the paper's VGG19; its other nets go by their names.
"""

from interference.claims import recognition, minima, class_losses, training  # isort: skip, the paper's order
from interference.claims.judging import (
    CLAIMS,
    COLUMNS,
    Evidence,
    Finding,
    NotMeasured,
    Verdict,
    as_frame,
    as_metrics,
    check_all,
)
from interference.claims.written import read

__all__ = ["CLAIMS", "COLUMNS", "Evidence", "Finding", "NotMeasured", "Verdict", "as_frame", "as_metrics", "check_all",
           "class_losses", "minima", "read", "recognition", "training"]
