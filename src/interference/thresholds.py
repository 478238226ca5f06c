"""The default thresholds of two words: what counts as flat, and what counts as a dancing note.

A study may move both in params.yaml, as `claims.epsilon` and `claims.note`. Everything that reads
them takes them as an argument, so that claims, figures, report and pages of one study agree.
"""

EPSILON = 5.0  # percentage points of the error rate: flat is at most so far above the trained net
NOTE = 0.001  # share of a class's images: a note is a class that takes more than that (Section 4.2)
