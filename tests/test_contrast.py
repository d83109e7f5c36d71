"""What the screens say can be read on dark and on light backgrounds, and by those who see no colours."""

import pytest
from rich.color import Color

from padcli.cli.theme import BAR_COLORS, THEME

# Background and bright magenta, as terminals have them unless they are told otherwise.
PALETTES = {
    "xterm, dark": ((0, 0, 0), (255, 0, 255)),
    "xterm, light": ((255, 255, 255), (255, 0, 255)),
    "Tango, dark": ((46, 52, 54), (173, 127, 168)),
    "Tango, light": ((255, 255, 255), (173, 127, 168)),
    "VS Code, dark": ((30, 30, 30), (214, 112, 214)),
    "VS Code, light": ((255, 255, 255), (188, 5, 188)),
    "macOS, dark": ((0, 0, 0), (229, 0, 229)),
    "macOS, light": ((255, 255, 255), (229, 0, 229)),
}
STYLES = {name: THEME.styles[name] for name in THEME.styles if name in (
    "title", "label", "whole", "cut", "advice", "error", "token", "unk", "special", "found", "lost", "pad",
)}  # fmt: skip


def luminance(color):
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", STYLES)
def test_text_has_the_colours_of_the_terminal_itself_and_is_never_faint(name):
    style = STYLES[name]
    assert style.color is None
    assert style.bgcolor is None
    assert not style.dim  # so that the contrast is that of the terminal's text: 4.5 and more in all of its themes


@pytest.mark.parametrize("name", PALETTES)
def test_bars_stand_out_on_dark_and_on_light(name):
    background, magenta = PALETTES[name]
    assert contrast(background, magenta) >= 3  # https://www.w3.org/TR/WCAG22/#non-text-contrast


def test_bars_are_of_that_colour_or_of_the_terminals_own():
    assert {kind for kind in BAR_COLORS.values() if not Color.parse(kind).is_default} == {"bright_magenta"}


def test_what_matters_differs_by_more_than_colour():
    assert STYLES["cut"].bold
    assert STYLES["error"].bold
    assert STYLES["unk"].bold
    assert STYLES["lost"].italic
