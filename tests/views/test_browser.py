"""The report in a real browser without network."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.views.report import write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from wattlab.records.run import Run

    MakeRun = Callable[..., Run]

CHROMIUM = shutil.which("chromium")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


class Watched:
    """A page of which every request and complaint is noted."""

    def __init__(self, browser: Browser, path: Path, **context: Any) -> None:
        self.page: Page = browser.new_context(offline=True, **context).new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body.drawn", timeout=30_000)

    def value(self, script: str) -> Any:
        return self.page.evaluate(script)


@pytest.fixture
def two_runs(make_run: MakeRun, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    write_report([make_run("one", target=0.9), make_run("two", epochs=9)], path)
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_figure_is_drawn_without_a_complaint(browser: Browser, two_runs: Path, scheme: str) -> None:
    watched = Watched(browser, two_runs, color_scheme=scheme)
    plots = watched.page.locator(".plot")
    assert plots.count() == 11
    for place in range(plots.count()):
        assert plots.nth(place).locator(".scatterlayer path.js-line").count() >= 2
    assert watched.complaints == []
    assert watched.requests == [two_runs.as_uri()]


def test_text_of_figures_follows_the_colour_scheme(browser: Browser, two_runs: Path) -> None:
    from playwright.sync_api import expect

    page = Watched(browser, two_runs, color_scheme="light").page
    title = page.locator(".plot .xtitle").first
    expect(title).to_have_css("fill", "rgb(27, 31, 36)")
    page.emulate_media(color_scheme="dark")
    expect(title).to_have_css("fill", "rgb(230, 233, 238)")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(title).to_have_css("fill", "rgb(27, 31, 36)")


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, two_runs: Path) -> None:
    watched = Watched(browser, two_runs, viewport={"width": 400, "height": 800})
    assert watched.value("document.documentElement.scrollWidth") == 400


def test_a_chip_hides_its_run_in_all_figures_of_the_section(browser: Browser, two_runs: Path) -> None:
    watched = Watched(browser, two_runs)
    visible = (
        "[...document.querySelectorAll('section:has(.plot)')[0].querySelectorAll('.plot')]"
        ".flatMap(plot => plot.data.filter(trace => trace.visible !== false).map(trace => trace.meta.run))"
    )
    assert sorted(set(watched.value(visible))) == [0, 1]
    chip = watched.page.locator(".chips button", has_text="one").first
    chip.click()
    assert set(watched.value(visible)) == {1}
    assert chip.get_attribute("aria-pressed") == "false"
    chip.click()
    assert sorted(set(watched.value(visible))) == [0, 1]
