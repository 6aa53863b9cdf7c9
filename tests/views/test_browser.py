"""Reports and the pages of studies in a real browser without network."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.views.page import write_page
from wattlab.views.report import write_report
from wattlab.views.study_report import write_study
from wattlab.views.study_sections import study_sections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from wattlab.records.run import Run
    from wattlab.studies.study import Study

    MakeRun = Callable[..., Run]
    MakeStudy = Callable[..., Study]

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


@pytest.fixture
def a_study(make_study: MakeStudy, tmp_path: Path) -> Path:
    path = tmp_path / "study.html"
    write_study(make_study(), path)
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_studys_figures_are_drawn_without_a_complaint(browser: Browser, a_study: Path, scheme: str) -> None:
    watched = Watched(browser, a_study, color_scheme=scheme)
    plots = watched.page.locator(".plot")
    assert plots.nth(0).locator(".scatterlayer .points path").count() == 6
    assert plots.nth(1).locator(".errorbars .errorbar").count() == 6
    assert plots.nth(2).locator(".barlayer .point").count() >= 12
    assert watched.complaints == []
    assert watched.requests == [a_study.as_uri()]


def test_a_studys_figures_do_not_cover_one_another(browser: Browser, a_study: Path) -> None:
    page = Watched(browser, a_study, viewport={"width": 400, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    boxes = page.evaluate(
        "[...document.querySelectorAll('.plot')].map(plot => "
        "[plot.getBoundingClientRect().bottom, plot.querySelector('svg').getBoundingClientRect().bottom])"
    )
    assert len(boxes) == 3
    assert all(drawn <= room + 1 for room, drawn in boxes)


def test_the_whole_table_is_seen_on_a_wide_screen(browser: Browser, a_study: Path) -> None:
    page = Watched(browser, a_study, viewport={"width": 1280, "height": 900}).page
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth + 1)"
    )


def test_two_studies_may_share_a_page(browser: Browser, make_study: MakeStudy, tmp_path: Path) -> None:
    path = tmp_path / "both.html"
    both = make_study(id="one"), make_study(id="two")
    write_page(path, "Both", "", [section for study in both for section in study_sections(study)])
    watched = Watched(browser, path)
    assert watched.page.locator(".plot .main-svg .xtitle").count() == 6
    assert watched.complaints == []
