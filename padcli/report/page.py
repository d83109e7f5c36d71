"""The page of a picture: the chart, drawn by Vega in the browser, a slider that moves `maxlen`, and its figures.

The page is one file that fetches nothing. It fits narrow screens, and is dark where the reader's system is.
"""

import json
from html import escape
from typing import Any

import altair as alt
import vl_convert

from padcli.report.picture import Picture

# Colours of the chart, and what they become on a dark page.
DARK = {
    "#1f2937": "#e5e7eb", "#6b7280": "#9ca3af", "#e5e7eb": "#374151", "#0891b2": "#22d3ee", "#d97706": "#fbbf24",
    "#7d8694": "#b6bdc8", "white": "#111827", "#0072b2": "#4aa8e8", "#d55e00": "#ff8a3d", "#009e73": "#2dd4a4",
    "#cc79a7": "#eaa5cb", "#7a5195": "#c09adb", "#666666": "#a3a3a3",
}  # fmt: skip

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2937; --faint: #6b7280; --paper: white; }
body { margin: 16px; background: var(--paper); color: var(--ink); }
body, input { font: 15px/1.45 "Liberation Sans", Arial, Helvetica, sans-serif; }
main { max-width: 780px; }
h1 { font-size: 1.25em; margin: 0; overflow-wrap: anywhere; }
p, li { margin: 0; color: var(--faint); font-size: 0.9em; overflow-wrap: anywhere; }
ul { margin: 0; padding: 0; list-style: none; }
.vega-bind { margin: 1em 0 0.5em; }
.vega-bind label { display: flex; gap: 0.8em; align-items: center; }
.vega-bind input[type=range] { flex: 1; min-width: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2em 0.4em 0.2em 0; text-align: right; vertical-align: top; }
th { font-weight: normal; color: var(--faint); font-size: 0.9em; }
tr :first-child { text-align: left; color: var(--ink); }
svg { display: block; overflow: visible; }
@media (max-width: 500px) { table { font-size: 13px; } }
"""

_SCRIPT = """
const { spec, inputs, maxlens, from, barWidth, margin } = window.page;
// Only what cannot be computed from the rest is in the page.
const costs = inputs.flatMap(({ input, rows, tokens, cut, lost }) => maxlens.map((maxlen, i) => ({
  input, rows, tokens, maxlen, from: from[i], to: from[i] + barWidth, n: (i ? cut[i - 1] : rows) - cut[i],
  cut: cut[i], lost: lost[i], cells: rows * maxlen, padding: rows * maxlen - tokens + lost[i],
})));
spec.data.find(each => each.name === "costs").values = costs;

const number = value => value.toLocaleString("en-US");
function share(part, whole) {
  const percent = whole ? 100 * part / whole : 0;
  const isLittle = 0 < part && percent < 0.1, isMost = part < whole && percent > 99.9;
  return `${number(part)} (${isLittle ? "<0.1" : isMost ? ">99.9" : percent.toFixed(1)}%)`;
}
function showFigures(maxlen) {
  document.querySelector("tbody").replaceChildren(...costs.filter(each => each.maxlen === maxlen).map(each => {
    const row = document.createElement("tr");
    const name = `maxlen ${number(maxlen)}` + (inputs.length > 1 ? `, ${each.input}` : "");
    for (const text of [
      name, share(each.cut, each.rows), share(each.lost, each.tokens), share(each.padding, each.cells),
      `${number(each.rows)} × ${number(maxlen)} = ${number(each.cells)}`,
    ]) row.insertCell().textContent = text;
    return row;
  }));
}

const options = { mode: "vega", renderer: "svg", bind: "#slider", actions: false, defaultStyle: false };
vegaEmbed("#chart", spec, options).then(({ view }) => {
  function fit() {
    const width = Math.max(200, document.querySelector("main").clientWidth - margin);
    return view.width(width).runAsync();  // of both parts, since they are equally wide
  }
  view.addSignalListener("maxlen", (_, maxlen) => showFigures(maxlen));
  showFigures(view.signal("maxlen"));
  window.addEventListener("resize", fit);
  return fit();
}).catch(console.error);
"""

_MARGIN = 80  # pixels beside the chart, for its axis


def page_of(picture: Picture, chart: alt.VConcatChart, title: str, facts: list[str]) -> str:
    """Lay out the page of a chart, whose data is the dataset "costs"; the page brings that along."""
    spec = vl_convert.vegalite_to_vega(chart.to_dict())
    data = {"spec": _without_data(spec), **_costs(picture), "margin": _MARGIN}
    head = "".join(f"<th>{name}</th>" for name in ("", "rows cut", "tokens lost", "padding of the array", "array"))
    marks = "".join(f"<li>maxlen {maxlen:,}: {escape(why)}</li>" for maxlen, why in sorted(picture.marks.items()))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}{_dark()}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{"".join(f"<p>{escape(line)}</p>" for line in facts)}
<div id="slider"></div>
<table><thead><tr>{head}</tr></thead><tbody></tbody></table>
<ul>{marks}</ul>
<div id="chart"></div>
</main>
<script type="text/javascript">window.page = {json.dumps(data, separators=(",", ":"))}</script>
<script type="text/javascript">{vl_convert.javascript_bundle(_SCRIPT)}</script>
</body>
</html>
"""


def _without_data(spec: dict[str, Any]) -> dict[str, Any]:
    data = [{**each, "values": []} if each["name"] == "costs" else each for each in spec["data"]]
    return {**spec, "data": data}


def _costs(picture: Picture) -> dict[str, Any]:
    """Return the data by column: those of each `maxlen` once, and of each input what the others do not tell."""
    rows = picture.rows()
    n_maxlens = len(rows) // len(picture.inputs)
    blocks = [rows[start : start + n_maxlens] for start in range(0, len(rows), n_maxlens)]
    inputs = [
        {**{name: block[0][name] for name in ("input", "rows", "tokens")}, **_columns(block, "cut", "lost")}
        for block in blocks
    ]
    shared = _columns(blocks[0], "maxlen", "from")
    return {"inputs": inputs, "maxlens": shared["maxlen"], "from": shared["from"], "barWidth": picture.width}


def _columns(rows: list[dict[str, Any]], *names: str) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _dark() -> str:
    rules = [
        f"svg [{attribute}={json.dumps(light)}] {{ {attribute}: {dark}; }}"
        for light, dark in DARK.items()
        for attribute in ("fill", "stroke")
    ]
    colors = f":root {{ --ink: {DARK['#1f2937']}; --faint: {DARK['#6b7280']}; --paper: {DARK['white']}; }}"
    return f"@media (prefers-color-scheme: dark) {{ {colors} {' '.join(rules)} }}"
