"""The paper's claims, checked on the tables of a study: one function a claim, without torch.

The verdict on a claim is *holds*, *fails* or *not measured*. A claim is not measured if it needs a
table that is absent, or if the tables leave the answer open; the verdict then gives the reason.

A claim is checked on the runs under the training configuration (set-up) that the paper names. Runs
with another learning rate or schedule are left out. The net `claims.net` stands for the paper's
VGG19; the paper's other nets have their own names.

The class losses of Figure 5 are the error rates of the classes. Planes are swept at the paper's
scale, `raw`, unless a claim is about scales.
"""

# These modules register the claims, in the paper's order.
from interference.claims import recognition, minima, class_losses, training  # isort: skip
from interference.claims.registry import (
    CLAIMS,
    VERDICTS,
    Claim,
    Evidence,
    Finding,
    NotMeasured,
    Verdict,
    check_all,
)
from interference.claims.verdicts_csv import COLUMNS, as_frame, as_metrics, read

__all__ = [
    "CLAIMS",
    "COLUMNS",
    "VERDICTS",
    "Claim",
    "Evidence",
    "Finding",
    "NotMeasured",
    "Verdict",
    "as_frame",
    "as_metrics",
    "check_all",
    "class_losses",
    "minima",
    "read",
    "recognition",
    "training",
]
