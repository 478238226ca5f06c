"""The paper's statements as checks on the tables of this study: one function a claim, no torch.

The verdict on a claim is *holds*, *fails* or *not measured*. A claim is not measured if a table that it
needs is absent, or if the tables leave the answer open; the verdict then gives the reason.

A claim is checked on the runs under the set-up that the paper speaks of. A run with another learning
rate or another schedule is not under the paper's set-up. The parameter `claims.net` names the net that
stands for the paper's VGG19; the paper's other nets go by their own names.

The class losses of Figure 5 are the classes' mistake rates. Surfaces are those at the paper's scale,
`raw`, unless a claim is about scales.
"""

from interference.claims import recognition, minima, class_losses, training  # isort: skip, the paper's order
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
