"""The page is drawn before its large scripts run, so that a reader sees the answer at once."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from interference import record_predictions
from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from tests.browser import driver

# The end of the scripts of the page, in milliseconds after its start.
READY = """new MutationObserver(() => { window.readyAt ??= performance.now(); })
    .observe(document, {attributes: true, subtree: true, attributeFilter: ["data-ready"]});"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@pytest.fixture(scope="module")
def source() -> str:
    """The page of a run of three classes."""
    label = np.repeat([0, 1, 2], 20)
    predicted = np.where(np.arange(60) % 7 == 0, (label + 1) % 3, label)
    record = record_predictions(label, predicted, name="net", classes=["cat", "dog", "car"])
    return report.html(study_of_records([record], runs.tables_by_kind([record]), []))


def test_only_a_small_script_runs_before_the_page_is_drawn(source: str):
    running = re.sub(r"<template.*?</template>", "", source, flags=re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", running, re.DOTALL)
    assert len(script) < 1000
    assert len(source) > 1_000_000


def test_the_answer_is_painted_before_the_scripts_have_run(chromium: Browser, path: Path):
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.add_init_script(READY)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        driver.wait_until(page, "performance.getEntriesByType('paint').length > 1")
        assert page.evaluate(FIRST_PAINT) < page.evaluate("readyAt")
