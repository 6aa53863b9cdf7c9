"""A study as a file: a page that loads nothing, a figure, all numbers; the page in a real browser too."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.image import imread

from wattlab.errors import StorageError, UserError
from wattlab.studies.study import Study
from wattlab.views.page import write_page
from wattlab.views.study_report import check_study_path, write_study
from wattlab.views.study_sections import study_sections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from wattlab.studies.row import Row

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]

CHROMIUM = shutil.which("chromium")
VOID = {"meta", "br", "link", "img", "input", "hr"}

in_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")]


class Read(HTMLParser):
    """Elements, texts and attributes of a page; elements must be closed in the order they were opened in."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def written(study: Study, folder: Path) -> Read:
    write_study(study, folder / "study.html")
    return Read(folder / "study.html")


def test_a_page_tells_everything(make_study: MakeStudy, tmp_path: Path) -> None:
    page = written(make_study(), tmp_path)
    expected = (
        "mnist-blog: native, torch, torch:compiled",
        "2 threads each",
        "keras:jax failed: ran out of memory",
        "What came out",
        "torch 0.144 0.141-0.147 1.55 1.48-1.61 worse yes",
        "Notes Energy is modelled",
        "Whether all did the same work",
        "tolerance same work native float64 5 2.2e-16 3.4e-15 1e-09 yes torch float64",
        "What differs between the recipes",
        "engine.backend – – – – tensorflow jax torch –",
        "What each engine used",
        "threads 2 2 2 2 2 2 2 2",
        "ACME 5950X",
        "Made by wattlab",
    )
    text = page.text.replace("\u2007", "").replace("  ", " ")
    assert [one for one in expected if one not in text] == []
    assert ("role", "alert") in page.attributes


def test_recipes_that_do_not_differ_are_said_not_to(
    make_study: MakeStudy, make_row: MakeRow, tmp_path: Path
) -> None:
    page = written(make_study((make_row(), make_row("native (again)", "control", 0.094))), tmp_path)
    assert "The recipes do not differ." in page.text


def test_nothing_is_loaded_from_anywhere(make_study: MakeStudy, tmp_path: Path) -> None:
    page = written(make_study(), tmp_path)
    assert {"link", "img", "iframe", "object", "embed", "video", "audio", "base"}.isdisjoint(page.tags)
    assert {"src", "href", "srcset", "action", "poster"}.isdisjoint(name for name, _ in page.attributes)
    policy = dict(page.attributes)["content"]
    assert policy is not None
    assert "default-src 'none'" in (tmp_path / "study.html").read_text(encoding="utf-8")[:400]


def test_each_figure_has_its_data(make_study: MakeStudy, tmp_path: Path) -> None:
    page = written(make_study(), tmp_path)
    names = [value for name, value in page.attributes if name == "data-figure"]
    ids = [value for name, value in page.attributes if name == "id"]
    assert names == ids
    assert len(names) == 3
    assert all(json.loads(script)["data"] for script in page.scripts[:3])


def test_names_cannot_break_out(make_study: MakeStudy, make_row: MakeRow, tmp_path: Path) -> None:
    bad = "native </script><img src=x onerror=alert(1)>"
    rows = make_row(bad), make_row("torch", "failed", None, failures=("<script>alert(2)</script>",))
    page = written(make_study(rows, title=bad, notes=("<i>note</i>",)), tmp_path)
    assert "img" not in page.tags
    assert "<i>note</i>" in page.text
    assert "<script>alert(2)</script>" in page.text
    assert page.tags.count("script") == 4  # two figures, plotly, and the page's own


def test_a_study_without_a_result_still_has_a_page(
    make_study: MakeStudy, make_row: MakeRow, tmp_path: Path
) -> None:
    row = make_row("torch", "failed", None, failures=("it crashed",))
    page = written(make_study((row,), notes=()), tmp_path)
    assert "torch failed: it crashed" in page.text
    assert not [value for name, value in page.attributes if name == "data-figure"]


def test_the_json_is_the_study(make_study: MakeStudy, tmp_path: Path) -> None:
    study = make_study()
    write_study(study, tmp_path / "study.json")
    assert Study.model_validate_json((tmp_path / "study.json").read_text(encoding="utf-8")) == study


def test_the_suffix_decides_and_folders_are_made(make_study: MakeStudy, tmp_path: Path) -> None:
    write_study(make_study(), tmp_path / "new" / "study.PNG")
    assert imread(tmp_path / "new" / "study.PNG", format="png").ndim == 3
    write_study(make_study(), tmp_path / "other" / "study.json")
    assert (tmp_path / "other" / "study.json").is_file()


@pytest.mark.parametrize(("name", "found"), [("study.pdf", "has the suffix '.pdf'"), ("study", "no suffix")])
def test_another_suffix_is_refused_with_the_three(
    make_study: MakeStudy, tmp_path: Path, name: str, found: str
) -> None:
    with pytest.raises(UserError, match=rf"{found}; .*\.html .*\.png .*\.json"):
        check_study_path(tmp_path / name)
    with pytest.raises(StorageError):
        write_study(make_study(), tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("suffix", ["html", "png", "json"])
def test_what_cannot_be_written_is_a_storage_error(
    make_study: MakeStudy, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="cannot be written"):
        write_study(make_study(), tmp_path / "file" / f"study.{suffix}")


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


class TestInBrowser:
    pytestmark = in_browser

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_figures_are_drawn_without_a_complaint(
        self, browser: Browser, make_study: MakeStudy, tmp_path: Path, scheme: str
    ) -> None:
        path = tmp_path / "study.html"
        write_study(make_study(), path)
        watched = Watched(browser, path, color_scheme=scheme)
        plots = watched.page.locator(".plot")
        assert plots.nth(0).locator(".scatterlayer .points path").count() == 6
        assert plots.nth(1).locator(".errorbars .errorbar").count() == 6
        assert plots.nth(2).locator(".barlayer .point").count() >= 12
        assert watched.complaints == []
        assert watched.requests == [path.as_uri()]

    def test_figures_do_not_cover_one_another(
        self, browser: Browser, make_study: MakeStudy, tmp_path: Path
    ) -> None:
        path = tmp_path / "study.html"
        write_study(make_study(), path)
        page = Watched(browser, path, viewport={"width": 400, "height": 800}).page
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        boxes = page.evaluate(
            "[...document.querySelectorAll('.plot')].map(plot => "
            "[plot.getBoundingClientRect().bottom, plot.querySelector('svg').getBoundingClientRect().bottom])"
        )
        assert len(boxes) == 3
        assert all(drawn <= room + 1 for room, drawn in boxes)

    def test_the_whole_table_is_seen_on_a_wide_screen(
        self, browser: Browser, make_study: MakeStudy, tmp_path: Path
    ) -> None:
        path = tmp_path / "study.html"
        write_study(make_study(), path)
        page = Watched(browser, path, viewport={"width": 1280, "height": 900}).page
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth + 1)"
        )

    def test_two_studies_may_share_a_page(
        self, browser: Browser, make_study: MakeStudy, tmp_path: Path
    ) -> None:
        path = tmp_path / "both.html"
        both = make_study(id="one"), make_study(id="two")
        write_page(path, "Both", "", [section for study in both for section in study_sections(study)])
        watched = Watched(browser, path)
        assert watched.page.locator(".plot .main-svg .xtitle").count() == 6
        assert watched.complaints == []
