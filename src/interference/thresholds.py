"""Default thresholds: which error rate counts as flat, and which rate is a dancing note.

A study may set both in params.yaml, as `claims.epsilon` and `claims.note`. Every function that
needs one takes it as an argument, so that claims, figures, report and pages of a study agree.
"""

EPSILON = 5.0  # percentage points: flat is an error rate at most this far above the trained net's
NOTE = 0.001  # a rate: a class is a dancing note above this fraction of images (Section 4.2)
