"""A page opened once in headless Chromium, and what a script in it saw there."""

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.optional import chromium

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=20000",
)

# Reads off a page, once all is drawn: what went wrong, what was asked for, and of each plot its
# marks and texts.
PROBE = """<script>
const seen = {errors: [], warnings: [], requests: [], plots: {}};
addEventListener("error", event => seen.errors.push(event.message || `cannot load ${event.target.src}`), true);
addEventListener("unhandledrejection", event => seen.errors.push(String(event.reason)));
console.error = (...words) => seen.errors.push(words.join(" "));
console.warn = (...words) => seen.warnings.push(words.join(" "));
const texts = (place, path) => [...place.querySelectorAll(path)].map(text => text.textContent);
const marks = (place, kind) => [...place.querySelectorAll(`g.mark-${kind}.role-mark > *`)].map(mark => ({
  label: mark.getAttribute("aria-label"), text: mark.textContent, fill: mark.getAttribute("fill"),
  opacity: mark.getAttribute("opacity"), stroke: mark.getAttribute("stroke"),
  dash: mark.getAttribute("stroke-dasharray"), x: mark.getBoundingClientRect().x, y: mark.getBoundingClientRect().y}));
addEventListener("load", () => setTimeout(() => {
  seen.requests = performance.getEntriesByType("resource").map(entry => entry.name);
  for (const place of document.querySelectorAll("body > div[id]")) seen.plots[place.id] = {
    texts: texts(place, "svg text"),
    axes: [...place.querySelectorAll("g.role-axis-label")].map(axis => texts(axis, "text")),
    ...Object.fromEntries(["rect", "symbol", "line", "text"].map(kind => [kind, marks(place, kind)]))};
  const said = document.createElement("pre");
  said.id = "seen";
  said.textContent = JSON.stringify(seen);
  document.body.append(said);
}, 5000));
</script>"""


def opened(page: Path, folder: Path) -> dict[str, Any]:
    """What the `PROBE` in a page saw: `errors`, `warnings`, `requests`, and `plots` by the id of
    their element.

    A plot has its `texts`, its `axes`' labels, and its marks by kind. Chromium's profile lies in a
    folder of its own.
    """
    command = [str(chromium()), *FLAGS, f"--user-data-dir={folder}", "--dump-dom", page.as_uri()]
    process = subprocess.run(command, text=True, capture_output=True, timeout=120, check=True)
    block = re.search(r'<pre id="seen">(.*?)</pre>', process.stdout, re.DOTALL)
    assert block, process.stdout[-2000:] + process.stderr
    return json.loads(html.unescape(block[1]))
