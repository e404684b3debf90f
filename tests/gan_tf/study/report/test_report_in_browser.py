"""The report in a real browser: it renders without requests and fits a phone."""

import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
browser_path = next((path for path in map(shutil.which, BROWSERS) if path), None)

pytestmark = pytest.mark.skipif(browser_path is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser, study, **options):
    """A page with the report, its console messages and the URLs it requested."""
    page = browser.new_page(**options)
    messages, urls = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: urls.append(request.url))
    page.goto((study[0] / "report.html").as_uri())
    return page, messages, urls


def test_there_are_no_console_messages_and_no_requests_but_the_page_itself(browser, study):
    page, messages, urls = opened(browser, study)
    assert messages == []
    assert [one for one in urls if not one.startswith("data:")] == [page.url]
    broken = "() => [...document.images].filter(one => !one.naturalWidth).length"
    assert page.evaluate(broken) == 0
    assert page.evaluate("() => document.images.length") >= 4


def test_the_numbers_shown_are_those_of_the_results(browser, study):
    page, _, _ = opened(browser, study)
    for entry in study[1]["cells"]:
        row = page.locator(f"tr[data-cell='{entry['name']}']")
        assert row.locator("td.mean").inner_text() == f"{100 * entry['estimate']['mean']:.2f}"
        if "difference" in entry:
            shown = row.locator("td.difference").inner_text()
            assert shown == f"{100 * entry['difference']['mean']:+.2f}"
            assert row.locator("td.words").inner_text() == entry["verdict"]["outcome"]
    shown = " ".join(page.locator("#verdict").inner_text().split())
    assert shown == study[1]["verdict"]


def test_a_phone_scrolls_tables_but_not_the_page(browser, study):
    page, _, _ = opened(browser, study, viewport={"width": 360, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("scheme", "low", "high"), [("light", 200, 256), ("dark", 0, 60)])
def test_page_and_pictures_follow_the_color_scheme(browser, study, scheme, low, high):
    page, _, _ = opened(browser, study, color_scheme=scheme)
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert low <= int(background.removeprefix("rgb(").split(",")[0]) < high
    corner = page.evaluate(
        """() => {
          const image = document.querySelector("#curves img");
          const canvas = document.createElement("canvas");
          canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(1, 1, 1, 1).data[0];
        }"""
    )
    assert low <= corner < high


def test_it_prints(browser, study):
    page, _, _ = opened(browser, study)
    assert page.pdf(format="A4").startswith(b"%PDF")
