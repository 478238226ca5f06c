"""Pages that are driven in headless Chromium under Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.optional import chromium

Scheme = Literal["light", "dark"]

# WebGL is drawn by the CPU, which draws all else faster without the detour over a graphics library.
GRAPHICS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-accelerated-2d-canvas",
)


@contextmanager
def running() -> Iterator[Browser]:
    """Chromium under Playwright, with WebGL drawn by the CPU."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(GRAPHICS))
        yield browser
        browser.close()


def open_tab(browser: Browser, *, webgl: bool = True) -> Page:
    """Open an empty tab without the network.

    A tab keeps compiled scripts: the second report in it is ready in a third of the time.
    """
    tab = browser.new_context(offline=True, reduced_motion="reduce").new_page()
    if not webgl:
        tab.add_init_script(NO_WEBGL)
    return tab


@contextmanager
def page(
    tab: Page,
    path: Path,
    *,
    scheme: Scheme = "light",
    width: int = 1280,
    ready: str = "html[data-ready]",
) -> Iterator[Page]:
    """Load a page in a tab and wait until it is `ready`; by default the page is a report.

    In the end, assert that no script failed and nothing outside the file was asked for.
    """
    errors: list[str] = []
    requests: list[str] = []
    listeners = {
        "console": lambda message: message.type == "error" and errors.append(message.text),
        "pageerror": lambda error: errors.append(str(error)),
        "request": lambda request: requests.append(request.url),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)
    try:
        tab.goto(path.as_uri())
        tab.wait_for_selector(ready, timeout=60_000)
        yield tab
        assert not errors
        assert not [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
    finally:
        tab.mouse.move(0, 0)
        tab.goto("about:blank")
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)


NO_WEBGL = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") || kind === "experimental-webgl" ? null : get.call(this, kind, ...more);
};"""


def scroll_through(opened: Page) -> None:
    """Bring every part of a page into view once, so that all that is drawn lazily is drawn."""
    for top in range(0, opened.evaluate("document.documentElement.scrollHeight"), 700):
        opened.evaluate(f"scrollTo(0, {top})")
        redrawn(opened)


def violations(opened: Page) -> list[str]:
    """What axe-core, the accessibility checker, finds wrong with a page, a line a rule."""
    rules = Axe().run(opened).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {rule['nodes'][0]['html'][:200]}" for rule in rules]


def visible_words(opened: Page) -> int:
    """The number of words that a reader sees: texts with a letter, outside closed details; of a list
    of choices only the chosen one.
    """
    scroll_through(opened)
    return opened.evaluate(VISIBLE_WORDS)


VISIBLE_WORDS = r"""() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const option = parent.closest("option");
    const shown = option?.closest("select") ?? parent;
    const isOutside = shown.getBoundingClientRect().right <= 0;
    const isCode = parent.closest("script, style, noscript");
    if (isOutside || isCode || !shown.checkVisibility() || option?.selected === false) continue;
    words += walker.currentNode.textContent.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length;
  }
  return words;
}"""


def wait_until(page: Page, expression: str) -> None:
    """Wait until an expression is true; Playwright's own way evaluates texts, which a report's
    policy forbids.
    """
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(f"{expression} was not true within 30 s")


def redrawn(page: Page) -> None:
    """Wait until what was asked for has been drawn: a page draws once a frame."""
    page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
    )
