"""Looks at every page of the built site in a real browser.

`python docs/browse.py SITE [--shots FOLDER]` exits with 1 and a list if a page has an
error, a picture that does not load, a link that leads nowhere, a formula that is not
typeset, or is wider than a telephone; if the search finds nothing, if the dark mode
cannot be read, or if a public name is nowhere. Without Chromium it exits with 77.
"""

import argparse
import functools
import http.server
import pathlib
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from hooks import public_names
from selenium import webdriver

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SKIPPED = 77

# What a page says of itself: all that is wrong, its links, and its anchors.
LOOK = """
const wrong = [];
for (const image of document.images)
  if (!image.complete || !image.naturalWidth) wrong.push(`no picture: ${image.src}`);
for (const formula of document.querySelectorAll("article math")) {
  const box = formula.getBoundingClientRect();
  const hidden = formula.closest("details:not([open])");
  if (!hidden && (box.width < 2 || box.height < 2)) wrong.push("a formula of no size");
}
const article = document.querySelector("article").cloneNode(true);
for (const code of article.querySelectorAll("pre, code, math")) code.remove();
const raw = article.textContent.match(/\\\\[a-z(\\[]{2,}|\\$\\$/);
if (raw) wrong.push(`a formula that is not typeset: ${raw[0]}`);
const host = location.origin;
for (const entry of performance.getEntriesByType("resource"))
  if (!entry.name.startsWith(host) && !entry.name.startsWith("data:"))
    wrong.push(`asks another host: ${entry.name}`);
return {
  wrong,
  links: [...document.querySelectorAll("a[href]")].map(link => link.href),
  anchors: [...document.querySelectorAll("[id], a[name]")].map(x => x.id || x.name),
};
"""
WIDTH = "return document.documentElement.scrollWidth - window.innerWidth"
# Contrast of text and background, by the formula of WCAG 2.
CONTRAST = """
const light = rgb => {
  const parts = rgb.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255).map(
    x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const body = light(getComputedStyle(document.body).backgroundColor);
return [...document.querySelectorAll("article p, article math, article h1")].map(x => {
  const ink = light(getComputedStyle(x).color);
  return (Math.max(ink, body) + 0.05) / (Math.min(ink, body) + 0.05);
});
"""


def browser() -> webdriver.Chrome:
    """Start Chromium without a window."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        print("No Chromium here: the site is not looked at.")
        sys.exit(SKIPPED)
    options = webdriver.ChromeOptions()
    options.binary_location = found
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp()}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def serve(site: pathlib.Path) -> str:
    """Serve a folder on this machine, and return its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/"


def addresses(site: pathlib.Path, home: str) -> list[str]:
    """Return the address of every page."""
    pages = sorted(page.relative_to(site) for page in site.rglob("index.html"))
    return [urljoin(home, page.as_posix().removesuffix("index.html")) for page in pages]


def resize(driver: webdriver.Chrome, width: int) -> None:
    """Make the page as wide as a screen, which no window without a frame can be."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def look(driver: webdriver.Chrome, page: str) -> dict:
    """Open a page, and return what it says of itself."""
    resize(driver, 1400)
    driver.get(page)
    time.sleep(0.2)
    seen = driver.execute_script(LOOK)
    seen["wrong"] += [
        f"{entry['level'].lower()}: {entry['message']}"
        for entry in driver.get_log("browser")
        if entry["level"] == "SEVERE"
    ]
    for width in (1400, 400):
        resize(driver, width)
        if (too_wide := driver.execute_script(WIDTH)) > 0:
            seen["wrong"].append(f"{too_wide} pixels wider than {width}")
    resize(driver, 1400)
    return seen


def broken_links(seen: dict[str, dict], site: pathlib.Path, home: str) -> Iterator[str]:
    """Yield links within the site that lead nowhere."""
    for page, found in seen.items():
        for link in sorted(set(found["links"])):
            target, anchor = urldefrag(link)
            if not link.startswith(home):
                continue
            if target in seen:
                if anchor and anchor not in seen[target]["anchors"]:
                    yield f"{page}: no anchor {link}"
            elif not (site / target.removeprefix(home)).is_file():
                yield f"{page}: no page {link}"


def missing_names(seen: dict[str, dict]) -> Iterator[str]:
    """Yield public names that no page explains."""
    anchors = {anchor for found in seen.values() for anchor in found["anchors"]}
    for module, names in public_names():
        for name in names:
            if f"{module}.{name}" not in anchors:
                yield f"{module}.{name}: on no page"


def search(driver: webdriver.Chrome, home: str, text: str) -> Iterator[str]:
    """Yield a complaint if the search does not find a text."""
    driver.get(home)
    driver.execute_script("document.querySelector('[for=__search]').click()")
    driver.find_element("css selector", "input.md-search__input").send_keys(text)
    for _ in range(50):
        time.sleep(0.2)
        if driver.find_elements("css selector", ".md-search-result__item a"):
            return
    yield f"search: nothing about {text!r}"


def dark(driver: webdriver.Chrome, page: str) -> Iterator[str]:
    """Turn on the dark mode, and yield what cannot be read in it."""
    driver.get(page)
    before = driver.execute_script(CONTRAST)
    driver.execute_script("document.querySelector('label[title=Dark]').click()")
    time.sleep(0.5)
    scheme = driver.execute_script("return document.body.dataset.mdColorScheme")
    if scheme != "slate":
        yield f"{page}: no dark mode, but {scheme}"
    for name, contrasts in ("light", before), ("dark", driver.execute_script(CONTRAST)):
        if min(contrasts) < 4.5:
            yield f"{page}: contrast of only {min(contrasts):.1f} in {name}"


def shoot(driver: webdriver.Chrome, pages: list[str], folder: pathlib.Path) -> None:
    """Save pictures of pages as they are shown now."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        driver.get(page)
        time.sleep(0.3)
        name = page.rstrip("/").rpartition("/")[2].replace(":", "_") or "home"
        scheme = driver.execute_script("return document.body.dataset.mdColorScheme")
        driver.save_screenshot(str(folder / f"{name}_{scheme}.png"))


def main() -> None:
    """Look at the site."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=pathlib.Path, help="folder of the built site")
    parser.add_argument("--shots", type=pathlib.Path, help="folder for pictures")
    options = parser.parse_args()
    driver, home = browser(), serve(options.site)
    pages = addresses(options.site, home)
    seen = {page: look(driver, page) for page in pages}
    wrong = [f"{page}: {x}" for page, found in seen.items() for x in found["wrong"]]
    wrong += broken_links(seen, options.site, home)
    wrong += missing_names(seen)
    wrong += search(driver, home, "mutual information")
    if options.shots:
        shoot(driver, pages, options.shots)
    wrong += dark(driver, urljoin(home, "api/probs/"))
    if options.shots:
        shoot(driver, pages, options.shots)
    driver.quit()
    print(f"{len(pages)} pages, {len(wrong)} complaints")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
