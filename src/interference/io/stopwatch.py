"""Measures the time of work across interruptions, and formats times."""

import json
import math
import time
from pathlib import Path

from interference.io import files


class Stopwatch:
    """The wall-clock time of work, across interruptions.

    Args:
        path: The file that keeps the seconds of unfinished work, if there is some.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = time.monotonic() - _earlier_seconds(path)

    @property
    def seconds(self) -> float:
        """The time so far, in seconds to a tenth."""
        return round(time.monotonic() - self.started, 1)

    def keep(self) -> None:
        """Write the time so far to the file, in case the work is interrupted."""
        files.write_text(self.path, str(self.seconds))


def _earlier_seconds(path: Path) -> float:
    """The seconds in a file; 0 if there is no file or it is damaged."""
    try:
        seconds = float(path.read_text())
    except (OSError, ValueError):
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0


def clock(seconds: float) -> str:
    """Format a time in seconds as hours, minutes and seconds, such as `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def save(path: Path, seconds: float) -> None:
    """Write the time that a piece of work took, as JSON.

    Args:
        path: The file to write.
        seconds: The time in seconds.
    """
    files.write_text(path, json.dumps({"seconds": seconds}) + "\n")
