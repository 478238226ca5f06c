"""Hooks: optional parts of a machine, slow tests, and the cores and the memory that tests share.

The fixtures are a plugin (`tests/fixtures.py`), because pytest-xdist's process that only hands out
the tests does not need what they import.
"""

import os
from collections import Counter

import pytest

from tests import optional, scratch

TRAINED = {"done", "reproduced"}  # fixtures that train nets


def share_cores() -> None:
    """Give the programs that tests start a worker's share of the cores."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    cores = os.cpu_count() or 1
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // workers)))
    os.environ.setdefault(
        "OMP_WAIT_POLICY", "passive"
    )  # as `stages` sets it, for programs without it


def pytest_configure(config: pytest.Config) -> None:
    """Register the optional parts' markers and the fixtures, check the required parts, and divide
    the cores and the memory.
    """
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if is_worker:
        share_cores()
    else:
        scratch.use_memory()
    if is_worker or not config.getoption("numprocesses", None):
        config.pluginmanager.import_plugin("tests.fixtures")
    for part in optional.PARTS.values():
        config.addinivalue_line(
            "markers", f"{part.name}: skipped where {part.reason}; {part.remedy} brings it"
        )
    try:
        optional.required()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that reads what a fixture trained as slow."""
    for item in items:
        if TRAINED.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose optional part is missing; fail it where the part is required."""
    for part in optional.PARTS.values():
        if item.get_closest_marker(part.name) is None or part.is_there():
            continue
        if part.name in optional.required():
            pytest.fail(
                f"{part.reason}, and {optional.REQUIRE} lists {part.name}: {part.remedy}",
                pytrace=False,
            )
        pytest.skip(f"{part.reason}: {part.remedy}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was skipped: how many tests, why, and the command that brings what they need."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", ())
    )
    if not reasons:
        return
    parts = {f"{part.reason}: {part.remedy}": part for part in optional.PARTS.values()}
    rows = [("part", "tests", "reason", "how to run them")]
    for reason, number in reasons.most_common():
        part = parts.get(reason)
        rows.append(
            (part.name, str(number), part.reason, part.remedy)
            if part
            else ("-", str(number), reason, "-")
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("skipped")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        terminalreporter.write_line("  ".join(cells).rstrip())
