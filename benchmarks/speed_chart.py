"""Draw docs/speed.svg: the times of benchmarks/results.md as bars.

Run it with: make pictures
"""

import re
from pathlib import Path

import altair as alt
import vl_convert

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.md"
CHART = ROOT / "docs" / "speed.svg"

# Of the programs of bench.py, those that do a job of their own.
SHOWN = {
    "wc -w (only counts)": "wc -w (only counts words)",
    "padcli": "padcli",
    "Keras TextVectorization": "Keras TextVectorization",
    "Keras Tokenizer + pad_sequences": "Keras Tokenizer + pad_sequences",
    "Hugging Face WordLevel": "Hugging Face tokenizers, WordLevel",
}
_INK, _OURS, _OTHERS = "#1f2937", "#0891b2", "#7d8694"
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def seconds_of(results: str) -> dict[str, float]:
    """Read the seconds of each program for the whole file: those of the first table."""
    table = results.split("\n\n")[1]
    return {name: float(seconds) for name, seconds in re.findall(r"^\| (.+?) \| ([\d.]+) \|", table, re.MULTILINE)}


def svg(results: str) -> str:
    """Draw the chart."""
    seconds = seconds_of(results)
    rows = [{"program": shown, "seconds": seconds[name]} for name, shown in SHOWN.items()]
    color = alt.condition("datum.program == 'padcli'", alt.value(_OURS), alt.value(_OTHERS))
    axis = alt.Axis(title=None, labelLimit=260, labelFontSize=13, labelPadding=8, ticks=False, domain=False)
    base = alt.Chart(alt.InlineData(rows)).encode(
        x=alt.X("seconds:Q", axis=None), y=alt.Y("program:N", sort=None, axis=axis)
    )
    bars = base.mark_bar(height=16).encode(color=color)
    labels = base.mark_text(align="left", dx=5, fontSize=13, color=_INK).encode(
        text=alt.Text("seconds:Q", format=".1f")
    )
    title = alt.Title("From text to padded arrays, in seconds", subtitle=results.partition("\n")[0].rstrip("."))
    chart = (
        (bars + labels)
        .properties(width=430, height=alt.Step(26), title=title)
        .configure(font=_FONT, background="white", padding=14)
        .configure_view(stroke=None)
        .configure_axis(labelColor=_INK)
        .configure_title(anchor="start", color=_INK, fontSize=15, subtitleColor="#6b7280", offset=12)
    )
    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return drawn


if __name__ == "__main__":
    CHART.write_text(svg(RESULTS.read_text(encoding="utf-8")), encoding="utf-8")
