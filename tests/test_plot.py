"""`--plot` draws what `LengthHistogram` counts; in a browser the slider shows what each maxlen costs."""

import re
import shutil
import struct
import sys
import xml.etree.ElementTree as ET
import zlib
from collections import Counter

import numpy as np
import pytest
from conftest import SAMPLE_DATA
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait
from test_contrast import contrast

import padcli
from padcli.report import plot
from padcli.report.page import DARK
from padcli.report.picture import Picture
from padcli.rows.lengths import LengthHistogram
from padcli.text_format import percent

KINDS = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg", ".pdf": b"%PDF-", ".html": b"<!DOCTYPE html>"}


def rows(*lengths):
    return "".join("w " * length + "\n" for length in lengths)


@pytest.fixture
def picture_of(write):
    """The picture of files with rows of these lengths."""

    def make(*inputs, is_live=False, maxlen=None, **limits):
        paths = [write(f"{number}.txt", rows(*lengths)) for number, lengths in enumerate(inputs)]
        if maxlen is not None:
            report, fits = padcli.pad(paths, paths[0].with_suffix(".npz"), maxlen=maxlen), {}
        else:
            found = padcli.stats(paths, **limits)
            report, fits = found.report, found.fits
        return Picture.of(report, fits, is_live=is_live)

    return make


@pytest.mark.parametrize("extension", KINDS)
def test_a_picture_is_of_its_kind_and_the_same_each_time(tmp_path, extension):
    files = [tmp_path / f"{name}{extension}" for name in "ab"]
    for file in files:
        found = padcli.stats(SAMPLE_DATA / "reviews.txt", max_lost="1%", plot=file)
        assert found.report.outputs == ((str(file), file.stat().st_size),)
    first, second = (file.read_bytes() for file in files)
    assert first.startswith(KINDS[extension])
    assert first == second or extension == ".pdf"


def test_an_svg_says_what_is_cut_and_fetches_nothing(tmp_path):
    report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "a.npz", maxlen=50, plot=tmp_path / "a.svg")
    assert [path for path, _ in report.outputs][-1] == str(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    texts = ["".join(element.itertext()) for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]
    cost = report.cost
    for text in [
        "Row lengths of reviews.txt",
        f"{cost.rows_truncated:,} ({percent(cost.rows_truncated, report.histogram.rows)})",
        f"{cost.tokens_lost:,} ({percent(cost.tokens_lost, report.histogram.tokens)})",
        f"{cost.padding:,} ({percent(cost.padding, cost.cells)})",
        f"240 × 50 = {cost.cells:,}",
        "tokens per row",
        "maxlen, in tokens",
    ]:
        assert text in texts
    assert texts.count("maxlen 50") == 2  # at its line, and in the table
    assert not re.search(r"(?:href|src|url)\W*https?:", svg)


def test_a_png_is_whole(tmp_path):
    padcli.stats(SAMPLE_DATA / "reviews.txt", plot=tmp_path / "a.png")
    content, at, chunks = (tmp_path / "a.png").read_bytes(), 8, {}
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + data) == int.from_bytes(content[at + 8 + size : at + 12 + size])
        chunks[kind] = chunks.get(kind, b"") + data
        at += 12 + size
    width, height, depth, colors = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colors) == (8, 6)
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 4 * width)
    assert width >= 2 * plot._WIDTH
    assert list(chunks)[-1] == b"IEND"


@pytest.mark.parametrize("lengths", [[5], [128] * 9, [0, 0], [0, 1, 1, 7], list(range(300)), [3] * 999 + [10**6]])
def test_the_data_are_those_of_the_histogram(picture_of, lengths):
    picture, histogram = picture_of(lengths, maxlen=4), LengthHistogram.of(np.array(lengths))
    data = picture.rows()
    assert [row["maxlen"] for row in data if row["maxlen"] <= picture.end] == list(range(picture.end + 1))
    for row in data:
        cost = histogram.cost(row["maxlen"])
        assert (row["cut"], row["lost"], row["padding"], row["cells"]) == (
            cost.rows_truncated,
            cost.tokens_lost,
            cost.padding,
            cost.cells,
        )
    bars = Counter()
    for row in data:
        assert row["from"] <= max(row["maxlen"], picture.width > 1) <= row["to"]
        bars[row["from"], row["to"]] += row["n"]
    assert {to - start for start, to in bars} == {picture.width}
    for (start, to), n in bars.items():
        from_ = 0 if start == 0.5 and picture.width > 1 else start
        assert n == sum(from_ <= length <= to for length in lengths)


def test_thousands_of_lengths_are_thinned_out_but_counted_exactly(picture_of):
    lengths = np.random.default_rng(0).permutation(30_000)[:400]
    picture = picture_of(lengths, maxlen=12_345)
    data = picture.rows()
    assert picture.step == 20
    assert len(data) <= 2002
    assert 12_345 in [row["maxlen"] for row in data]
    assert sum(row["n"] for row in data) == 400
    for row in data:
        assert row["cut"] == (lengths > row["maxlen"]).sum()
        assert row["lost"] == np.maximum(lengths - row["maxlen"], 0).sum()


def test_one_long_row_does_not_squash_the_picture(picture_of):
    picture = picture_of([*range(1, 101)] * 10 + [1_000_000])
    assert picture.end == 100
    assert plot._facts(picture) == ["1,001 rows, 1,050,500 tokens, 1 longer than shown, up to 1,000,000 tokens"]
    assert picture_of([20] * 10 + [1_000_000]).end == 20
    assert picture_of([0] * 90 + [200] * 10).end == 200


def test_a_maxlen_beyond_the_rows_is_drawn_unless_it_is_far_beyond(picture_of):
    assert picture_of([*range(1, 101)], maxlen=150).end == 150
    assert picture_of([*range(1, 101)], maxlen=10_000).end == 100


def test_limits_are_marked_by_what_keeps_to_them(picture_of):
    picture = picture_of([*range(1, 101)], max_truncated="5%", max_lost="99%", max_padding="0%")
    assert picture.maxlen is None
    assert picture.marks == {
        95: "at most 5% of rows cut",
        1: "at most 99% of tokens lost, at most 0% padding",
    }
    assert picture_of([*range(1, 101)], max_truncated="5%", is_live=True).maxlen == 95
    assert picture_of([*range(1, 101)], is_live=True).maxlen == 95  # p95


def test_each_input_has_its_own_histogram(picture_of, write, tmp_path):
    picture = picture_of([1, 2], [], [3, 3, 3])
    assert [(name, histogram.counts.tolist()) for name, histogram in picture.inputs.items()] == [
        ("0.txt", [1, 1]),
        ("1.txt", []),
        ("2.txt", [3]),
    ]
    write("ids.jsonl", '{"text": [5, 6]}\n' * 7)
    report = padcli.stats([tmp_path / "ids.jsonl"] * 2, workers=4, chunk_bytes=20).report
    assert [histogram.rows for histogram in report.histograms] == [7, 7]
    assert list(Picture.of(report, {}, is_live=False).inputs) == ["ids.jsonl", "ids.jsonl (2)"]


def test_inputs_of_the_same_name_go_by_their_paths_and_many_are_drawn_as_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text("w w\n")
    (tmp_path / "<!--\n.txt").write_text("w\n")
    named = Picture.of(padcli.stats(["a/x.txt", "b/x.txt", "<!--\n.txt"]).report, {}, is_live=False).inputs
    assert list(named) == ["a/x.txt", "b/x.txt", "\ufffd!--\ufffd.txt"]
    (tmp_path / "y (2)").write_text("w\n")
    (tmp_path / "y").write_text("w\n")
    again = Picture.of(padcli.stats(["y", "y (2)", "y"], format="text").report, {}, is_live=False).inputs
    assert list(again) == ["y", "y (2)", "y (3)"]
    many = Picture.of(padcli.stats(["a/x.txt"] * 9).report, {}, is_live=False)
    assert [(name, histogram.rows) for name, histogram in many.inputs.items()] == [("9 inputs together", 9)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--plot", "a.jpg"],
            "--plot a.jpg: unknown extension; expected .png, .svg, .pdf, .html.",
        ),
        (["--plot", "-"], "--plot -: unknown extension"),
        (["--plot", "nowhere/a.png"], "nowhere/a.png: the folder nowhere does not exist"),
        (["--plot", "corpus.svg"], "corpus.svg: would overwrite the input corpus.svg"),
    ],
)
@pytest.mark.parametrize("name", ["pad", "stats"])
def test_wrong_use(command_here, write, tmp_path, name, arguments, message):
    write("corpus.svg", "w\n")
    finished = command_here(name, "corpus.svg", "--format", "text", *arguments)
    assert finished.returncode == 2
    assert message in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.svg"]


@pytest.mark.parametrize("name", ["pad", "stats"])
@pytest.mark.parametrize("library", ["altair", "vl_convert"])
def test_without_the_libraries_nothing_is_begun(command_here, write, tmp_path, monkeypatch, name, library):
    write("corpus.txt", "w\n")
    monkeypatch.setitem(sys.modules, library, None)
    finished = command_here(name, "corpus.txt", "--plot", "a.png")
    assert (finished.returncode, finished.err.splitlines()) == (
        2,
        [
            "error: --plot requires a library that is not installed.",
            'hint:  Install it: pip install "padcli[plot]"',
        ],
    )
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.txt"]


@pytest.mark.parametrize("content", ["", "\n\n", "w\n"])
def test_next_to_nothing_can_be_drawn(command_here, write, tmp_path, content):
    write("corpus.txt", content)
    assert command_here("stats", "corpus.txt", "--max-lost", "1%", "--plot", "a.svg").returncode == 0
    assert "Row lengths of corpus.txt" in (tmp_path / "a.svg").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    """A Chromium that finds no other machine."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Chromium or its driver is not installed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--window-size=1000,1000",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver))
    yield driver
    driver.quit()


def shown(browser):
    """All texts of the page."""
    return browser.execute_script(
        "return [...document.querySelectorAll('svg text, h1, td, li')].map(each => each.textContent)"
    )


def opened(browser, path):
    """The slider of a page, once all is drawn."""
    browser.get(path.as_uri())
    WebDriverWait(browser, 20).until(lambda _: "share of rows" in shown(browser))
    return browser.find_element("css selector", "input[type=range]")


def move(browser, slider, maxlen):
    """Move the slider as a hand does."""
    browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
        slider,
        maxlen,
    )
    WebDriverWait(browser, 20).until(lambda _: f"maxlen {maxlen:,}" in shown(browser))


def assert_costs_are_shown(texts, histogram, maxlen):
    cost = histogram.cost(maxlen)
    for figure in [
        f"{cost.rows_truncated:,} ({percent(cost.rows_truncated, histogram.rows)})",
        f"{cost.tokens_lost:,} ({percent(cost.tokens_lost, histogram.tokens)})",
        f"{cost.padding:,} ({percent(cost.padding, cost.cells)})",
        f"{histogram.rows:,} × {maxlen:,} = {cost.cells:,}",
    ]:
        assert figure in texts


def test_the_slider_shows_what_each_maxlen_costs_and_moves_the_mark(browser, tmp_path):
    report = padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "a.npz", maxlen=50, plot=tmp_path / "a.html")
    slider = opened(browser, tmp_path / "a.html")
    assert [slider.get_attribute(name) for name in ("min", "max", "step", "value")] == ["1", "92", "1", "50"]
    assert_costs_are_shown(shown(browser), report.histogram, 50)
    colors = "return [...document.querySelectorAll('svg .mark-rect path')].map(each => each.getAttribute('fill'))"
    places = set()
    for maxlen in [30, 1, 91]:
        move(browser, slider, maxlen)
        texts = shown(browser)
        assert_costs_are_shown(texts, report.histogram, maxlen)
        assert texts.count(f"maxlen {maxlen}") == 2
        assert "maxlen 50" not in texts
        places.add(browser.find_element("css selector", "svg .mark-rule.role-mark line").get_attribute("transform"))
        fills = Counter(browser.execute_script(colors))
        assert (fills[plot._CUT] > 0) == (report.histogram.longest > maxlen)
    assert len(places) == 3


def test_the_slider_shows_all_inputs_and_limits(browser, tmp_path, write):
    paths = [write("train.txt", rows(*[5, 80, 3000] * 9, 10**5)), write("test.txt", rows(*range(0, 2500, 100)))]
    found = padcli.stats(paths, max_truncated="2%", plot=tmp_path / "a.html")
    slider = opened(browser, tmp_path / "a.html")
    (fitting,) = found.fits.values()
    assert f"maxlen {fitting:,}: at most 2% of rows cut" in shown(browser)
    assert slider.get_attribute("step") == "2"
    symbols = browser.find_elements("css selector", "svg .role-legend-symbol path")
    dashed = [symbol.get_attribute("stroke") for symbol in symbols if symbol.get_attribute("stroke-dasharray")]
    assert dashed == [plot._FAINT] * 3
    for maxlen in [100, 2000]:
        move(browser, slider, maxlen)
        texts = shown(browser)
        for name, histogram in zip(["train.txt", "test.txt"], found.report.histograms, strict=True):
            assert f"maxlen {maxlen:,}, {name}" in texts
            assert_costs_are_shown(texts, histogram, maxlen)


def test_nothing_is_fetched_and_nothing_goes_wrong(browser, tmp_path):
    padcli.stats(SAMPLE_DATA / "reviews.txt", plot=tmp_path / "a.html")
    opened(browser, tmp_path / "a.html")
    assert browser.execute_script("return performance.getEntriesByType('resource').map(each => each.name)") == []
    assert browser.get_log("browser") == []
    linked = browser.execute_script(
        "return [...document.querySelectorAll('[src], [href]')].map(each => each.src || each.href)"
    )
    assert linked == []
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "http" not in re.sub(r"<script[^>]*>.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r"<script.*?>", page) == 2 * ['<script type="text/javascript">']


@pytest.fixture
def screen_of(browser, tmp_path):
    """Opens a page as a screen of that many pixels and that colour scheme shows it."""

    def show(page, width, scheme):
        scheme = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        opened(browser, page)

    yield show
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [420, 1280])
def test_the_page_fits_the_screen_and_all_text_is_as_large_as_it_is_meant(browser, screen_of, tmp_path, width):
    paths = [SAMPLE_DATA / "reviews.txt", SAMPLE_DATA / "multilingual.txt"]
    padcli.stats(paths, max_lost="1%", max_truncated="50%", plot=tmp_path / "a.html")
    screen_of(tmp_path / "a.html", width, "light")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    edges = browser.execute_script(
        "return [...document.querySelectorAll('svg text, td, h1, input')]"
        ".filter(each => each.textContent || each.value).map(each => each.getBoundingClientRect().right)"
    )
    assert max(edges) <= width
    assert browser.execute_script("return document.querySelector('svg').getScreenCTM().a") == 1


BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
COLORS = (
    "return [...document.querySelectorAll('svg text, svg .mark-rect path, h1, p, td, th, li')]"
    ".map(each => { const style = getComputedStyle(each);"
    " return [each.tagName, each instanceof SVGElement ? style.fill : style.color]; })"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_read_in_light_and_dark(browser, screen_of, tmp_path, scheme):
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "a.npz", maxlen=50, plot=tmp_path / "a.html")
    screen_of(tmp_path / "a.html", 1280, scheme)
    background = rgb(browser.execute_script(BACKGROUND))
    assert (sum(background) < 200) == (scheme == "dark")
    for tag, color in browser.execute_script(COLORS):
        assert contrast(background, rgb(color)) >= (3 if tag == "path" else 4.5), (tag, color)


def rgb(color):
    return [int(part) for part in re.findall(r"\d+", color)[:3]]


def test_the_page_stays_below_a_megabyte_however_much_is_drawn(tmp_path, write):
    lengths = np.random.default_rng(0).integers(0, 2000, (8, 2000))
    paths = [write(f"{number}.txt", rows(*some)) for number, some in enumerate(lengths)]
    padcli.stats(paths, plot=tmp_path / "a.html")
    assert (tmp_path / "a.html").stat().st_size < 1_000_000
    assert '<meta name="viewport" content="width=device-width' in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_every_colour_of_the_chart_has_one_for_a_dark_page():
    used = {plot._INK, plot._FAINT, plot._GRID, plot._WHOLE, plot._CUT, plot._PADDING, *plot._FILES, "white"}
    assert {color for color in used if contrast(rgb_of(color), (17, 24, 39)) < 3} <= DARK.keys()


def rgb_of(color):
    return (255, 255, 255) if color == "white" else tuple(bytes.fromhex(color[1:]))
