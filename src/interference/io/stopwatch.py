"""How long work takes: a stopwatch that goes on where an interrupted work does, and times in words."""

import time
from pathlib import Path

from interference.io import files


class Stopwatch:
    """The time that a work takes by the clock on the wall, counted on from what a file keeps of unfinished work.

    The file lies beside that work, and goes with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = time.monotonic() - (float(path.read_text()) if path.exists() else 0)

    @property
    def seconds(self) -> float:
        """The seconds so far, to a tenth."""
        return round(time.monotonic() - self.started, 1)

    def keep(self) -> None:
        """Keep the seconds so far, should the work be interrupted."""
        files.write_text(self.path, str(self.seconds))


def clock(seconds: float) -> str:
    """A stretch of time as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
