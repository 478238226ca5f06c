"""A page opened in headless Chromium, and what is drawn there."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

Scheme = Literal["light", "dark"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
         "--virtual-time-budget=20000")

# Reads off a page, once all is drawn: what went wrong, what was asked for, and of each plot its marks and texts.
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
    """What the `PROBE` in a page saw: `errors`, `warnings`, `requests`, and `plots` by the id of their element.

    A plot has its `texts`, its `axes`' labels, and its marks by kind. Chromium's profile lies in a folder of its own.
    """
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "--dump-dom", page.as_uri()]
    found = subprocess.run(words, text=True, capture_output=True, timeout=120, check=True)
    said = re.search(r'<pre id="seen">(.*?)</pre>', found.stdout, re.DOTALL)
    assert said, found.stdout[-2000:] + found.stderr
    return json.loads(html.unescape(said[1]))


# Pages that are driven, not only looked at

GRAPHICS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium under Playwright, with WebGL drawn by the CPU."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(GRAPHICS))
        yield browser
        browser.close()


@contextmanager
def page(browser: Browser, path: Path, *, scheme: Scheme = "light", width: int = 1280, webgl: bool = True,
         ready: str = "html[data-ready]") -> Iterator[Page]:
    """A page, opened and `ready`, by default a report; in the end, that it asked for nothing and nothing went wrong."""
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True,
                             reduced_motion="reduce") as context:
        opened, wrong, asked = context.new_page(), [], []
        if not webgl:
            opened.add_init_script(NO_WEBGL)
        opened.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(path.as_uri())
        opened.wait_for_selector(ready, timeout=60_000)
        yield opened
        assert not wrong
        assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


NO_WEBGL = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") || kind === "experimental-webgl" ? null : get.call(this, kind, ...more);
};"""


def scroll_through(opened: Page) -> None:
    """Bring every part of a page into view once, so that all that is drawn lazily is drawn."""
    for top in range(0, opened.evaluate("document.documentElement.scrollHeight"), 700):
        opened.evaluate(f"scrollTo(0, {top})")
        opened.wait_for_timeout(100)


def violations(opened: Page) -> list[str]:
    """What axe-core, the accessibility checker, finds wrong with a page, a line a rule."""
    found = Axe().run(opened).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]


def redrawn(page: Page) -> None:
    """Wait until what was asked for has been drawn: a page draws once a frame."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
