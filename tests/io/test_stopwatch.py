import time

from interference.io.stopwatch import Stopwatch, clock


def test_a_stopwatch_counts_on_from_what_was_kept(tmp_path):
    first = Stopwatch(tmp_path / "folder" / "seconds")
    first.started -= 90
    first.keep()
    second = Stopwatch(first.path)
    second.started -= 10
    assert 100 <= second.seconds < 101


def test_a_stopwatch_with_nothing_kept_starts_at_nought(tmp_path):
    watch = Stopwatch(tmp_path / "seconds")
    started = time.monotonic()
    while time.monotonic() - started < 0.11:
        pass
    assert 0.1 <= watch.seconds < 1


def test_times_are_hours_minutes_and_seconds():
    assert [clock(seconds) for seconds in (0, 59.6, 3599, 360_061)] == [
        "0:00:00",
        "0:01:00",
        "0:59:59",
        "100:01:01",
    ]
