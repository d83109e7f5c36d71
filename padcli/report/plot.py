"""The picture of the lengths, drawn by Altair and vl-convert: for a page, or to be tried out in a browser.

One chart for all kinds of files: a histogram of the rows, the shares that each `maxlen` keeps and pads, and the figures
of the one that is chosen. All figures are those of `LengthHistogram`: Vega adds up rows within a bar, and no more. In
an `.html` the `maxlen` is a parameter of the chart, bound to a slider: see `padcli.report.page`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import vl_convert

from padcli.report.picture import Picture
from padcli.report.run_report import Report

_WIDTH, _HEIGHT, _LEGEND, _LINE = 640, 210, 100, 22  # pixels
_SCALE = 2  # pixels of a .png for each of these

_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"  # vl-convert brings the first along; all are as wide
_INK, _FAINT, _GRID = "#1f2937", "#6b7280", "#e5e7eb"
_WHOLE, _CUT, _PADDING = "#0891b2", "#d97706", "#7d8694"  # cyan, orange and grey; 3 to 1 on white, and more
_FILES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a5195", "#666666")
_CHOSEN = "datum.maxlen == maxlen"


def draw(extension: str, report: Report, fits: Mapping[str, int | None]) -> bytes:
    """The file of a picture, of the kind that `extension` (".png", ".svg", ".pdf" or ".html") stands for.

    `fits`: as of `Stats`. The same report gives the same bytes, but for a .pdf.
    """
    picture = Picture.of(report, fits, is_live=extension == ".html")
    content = _page(picture) if picture.is_live else _KINDS[extension](chart_of(picture))
    return content.encode() if isinstance(content, str) else content


_KINDS: dict[str, Callable[[alt.VConcatChart], str | bytes]] = {
    ".png": lambda chart: vl_convert.vegalite_to_png(chart.to_dict(), scale=_SCALE),
    ".svg": lambda chart: vl_convert.vegalite_to_svg(chart.to_dict()),
    ".pdf": lambda chart: vl_convert.vegalite_to_pdf(chart.to_dict()),
}


def _page(picture: Picture) -> str:
    from padcli.report.page import page_of

    return page_of(picture, chart_of(picture), _title(picture), _facts(picture))


def chart_of(picture: Picture) -> alt.VConcatChart:
    """The chart; its data is the dataset "costs"."""
    parts: list[alt.Chart | alt.LayerChart] = [_histogram(picture), _shares(picture)]
    if not picture.is_live and (picture.maxlen is not None or picture.marks):
        parts.append(_figures(picture))
    chart: alt.VConcatChart = (
        alt.vconcat(*parts, data=alt.NamedData("costs"), datasets={"costs": picture.rows()}, spacing=24)
        .resolve_scale(color="independent", strokeDash="independent")
        .properties(title=_heading(picture))
        .configure(font=_FONT, background="transparent" if picture.is_live else "white", padding=16)
        .configure_title(anchor="start", fontSize=17, color=_INK, subtitleColor=_FAINT, subtitleFontSize=12, offset=18)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_INK, titleColor=_INK, titleFontWeight="normal", gridColor=_GRID, domainColor=_FAINT,
            tickColor=_FAINT, labelFontSize=11, titleFontSize=12, titlePadding=8, labelFlush=False,
        )
        .configure_legend(labelColor=_INK, labelFontSize=12, labelLimit=180, title=None, symbolStrokeWidth=2)
    )  # fmt: skip
    if picture.maxlen is not None:
        slider = alt.binding_range(min=picture.step, max=picture.end, step=picture.step, name="maxlen")
        bind = slider if picture.is_live else alt.Undefined
        chart = chart.add_params(alt.param(name="maxlen", value=picture.maxlen, bind=bind))
    return chart


def _title(picture: Picture) -> str:
    return f"Row lengths of {picture.name}"


def _heading(picture: Picture) -> alt.Title:
    """The title, which a page has in its own words, as it has the figures: they have to fit narrow screens."""
    return alt.Title("") if picture.is_live else alt.Title(_title(picture), subtitle=_facts(picture))


def _histogram(picture: Picture) -> alt.LayerChart:
    """The share of the rows in each bar, and in it what is cut; of several inputs over each other."""
    several = len(picture.inputs) > 1
    whole = "true" if picture.maxlen is None or several else "datum.maxlen <= maxlen"
    bars = (
        alt.Chart()
        .transform_filter(f"0 < datum.n && datum.maxlen <= {picture.end}")
        .transform_calculate(kept=f"{whole} ? 'whole' : 'cut'", share=_share("datum.n", "datum.rows"))
        .transform_aggregate(share="sum(share)", groupby=["input", "from", "to", "kept"])
        .transform_stack(
            stack="share",
            as_=["low", "high"],
            groupby=["input", "from"],
            sort=[alt.SortField("kept", order="descending")],
        )
        .mark_bar(opacity=0.45 if several else 1, stroke="white", strokeWidth=0.5)
        .encode(
            x=_along(picture, "from", "tokens per row"),
            x2="to:Q",
            y=alt.Y("low:Q", axis=_percent_axis("share of rows")),
            y2="high:Q",
            color=_by_input(picture, legend=_legend(picture))
            if several
            else alt.Color(
                "kept:N",
                scale=alt.Scale(domain=["whole", "cut"], range=[_WHOLE, _CUT]),
                legend=None if picture.maxlen is None else _legend(picture),
            ),
        )
    )
    return alt.LayerChart(layer=[bars, *_marks(picture, labelled=True)], width=_WIDTH, height=_HEIGHT)


def _shares(picture: Picture) -> alt.LayerChart:
    """Draw curves: the rows that each `maxlen` keeps whole, the tokens that it keeps, and the padding."""
    names: list[str | alt.FieldName] = ["rows whole", "tokens kept", "padding"]
    points = (
        alt.Chart()
        .transform_filter(f"0 < datum.maxlen && datum.maxlen <= {picture.end}")
        .transform_calculate("rows whole", "1 - " + _share("datum.cut", "datum.rows"))
        .transform_calculate("tokens kept", "1 - " + _share("datum.lost", "datum.tokens"))
        .transform_calculate("padding", _share("datum.padding", "datum.cells"))
        .transform_fold(names, as_=["what", "share"])
        .encode(
            x=_along(picture, "maxlen", "maxlen, in tokens"),
            y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=_percent_axis("share")),
        )
    )
    if len(picture.inputs) > 1:
        dashes = alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 3]])
        points = points.encode(
            color=_by_input(picture, legend=None),
            strokeDash=alt.StrokeDash("what:N", scale=dashes, legend=_lines(picture, symbolStrokeColor=_FAINT)),
        )
    else:
        colors = alt.Scale(domain=names, range=[_WHOLE, _INK, _PADDING])
        points = points.encode(color=alt.Color("what:N", scale=colors, legend=_lines(picture)))
    layers = [points.mark_line(strokeWidth=2)]
    if picture.maxlen is not None:
        dots = points.transform_filter(_CHOSEN).mark_point(filled=True, size=50, opacity=1)
        layers.append(dots.encode(strokeDash=alt.value([1, 0])))  # has no part in the legend
    return alt.LayerChart(layer=[*layers, *_marks(picture, labelled=False)], width=_WIDTH, height=_HEIGHT)


def _marks(picture: Picture, *, labelled: bool) -> list[alt.Chart]:
    """A line at each `maxlen` that is marked, and what it is: each to the right of its line, and below those before it.

    So that no line crosses a name. The chosen one comes first, since it can move, and turns its name to the left.
    """
    first = alt.FieldEqualPredicate(field="input", equal=next(iter(picture.inputs)))
    far = f"maxlen > {0.8 * picture.end}"
    chosen: dict[str, Any] = {"dx": alt.expr(f"{far} ? -5 : 5"), "align": alt.expr(f"{far} ? 'right' : 'left'")}
    still: dict[str, Any] = {"dx": 5, "align": "left"}
    far_still: dict[str, Any] = {"dx": -5, "align": "right"}
    marks = [] if picture.maxlen is None else [("maxlen", "", [1, 0], chosen)]
    for maxlen, why in sorted(picture.marks.items()):
        side = far_still if picture.is_live and maxlen > 0.8 * picture.end else still
        marks.append((str(maxlen), "" if picture.is_live else f": {why}", [4, 3], side))
    charts = list[alt.Chart]()
    for line, (at_maxlen, why, dash, place) in enumerate(marks):
        at = (
            alt.Chart()
            .transform_filter(f"datum.maxlen == {at_maxlen} && datum.maxlen <= {picture.end}")
            .transform_filter(first)
            .transform_calculate(text=f"'maxlen ' + format(datum.maxlen, ',') + '{why}'")
            .encode(x="maxlen:Q")
        )
        top = -10 - 15 * (len(marks) - line - 1) if labelled else 0
        charts.append(at.mark_rule(color=_INK, strokeWidth=1.5, strokeDash=dash, y=top, y2=_HEIGHT))
        if labelled:
            label = at.mark_text(color=_INK, fontSize=12, fontWeight="bold", y=top, **place)
            charts.append(label.encode(text="text:N"))
    return charts


def _figures(picture: Picture) -> alt.Chart:
    """A table of what the chosen `maxlen` costs of each input, or each of the marked ones."""
    which = _CHOSEN if picture.maxlen is not None else f"indexof({list(picture.marks)}, datum.maxlen) >= 0"
    lines = len(picture.inputs) * (1 if picture.maxlen is not None else len(picture.marks))
    name = " + ', ' + datum.input" if len(picture.inputs) > 1 else ""
    columns = {
        "rows cut": f"format(datum.cut, ',') + {_percent('datum.cut', 'datum.rows')}",
        "tokens lost": f"format(datum.lost, ',') + {_percent('datum.lost', 'datum.tokens')}",
        "padding of the array": f"format(datum.padding, ',') + {_percent('datum.padding', 'datum.cells')}",
        "array": "format(datum.rows, ',') + ' × ' + format(datum.maxlen, ',') + ' = ' + format(datum.cells, ',')",
    }
    table = alt.Chart().transform_filter(which)
    table = table.transform_calculate(label=f"'maxlen ' + format(datum.maxlen, ','){name}")
    for column, text in columns.items():
        table = table.transform_calculate(column, text)
    top = alt.Axis(
        orient="top", title=None, labelAngle=0, labelColor=_FAINT, labelLimit=0, ticks=False, domain=False, grid=False
    )
    left = alt.Axis(title=None, labelLimit=220, labelFontSize=12, ticks=False, domain=False, grid=False)
    figures: alt.Chart = (
        table.transform_fold(list(columns), as_=["what", "figure"])
        .mark_text(color=_INK, fontSize=12)
        .encode(
            x=alt.X("what:N", sort=list(columns), axis=top), y=alt.Y("label:N", sort=None, axis=left), text="figure:N"
        )
        .properties(width=_WIDTH + _LEGEND, height=lines * _LINE)
    )
    return figures


def _along(picture: Picture, field: str, title: str) -> alt.X:
    """Lengths, on the same axis in all parts."""
    scale = alt.Scale(domain=[-0.5 if picture.width == 1 else 0, picture.end + 0.5], nice=False, zero=False)
    return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(title=title, grid=False, format=",d", tickMinStep=1))


def _by_input(picture: Picture, *, legend: alt.Legend | None) -> alt.Color:
    names = list(picture.inputs)
    return alt.Color("input:N", scale=alt.Scale(domain=names, range=list(_FILES[: len(names)])), legend=legend)


def _legend(picture: Picture, **options: Any) -> alt.Legend:
    """A legend beside the chart, or below it in a page, which may be narrow."""
    return (
        alt.Legend(orient="bottom", columns=3, labelLimit=110, **options) if picture.is_live else alt.Legend(**options)
    )


def _lines(picture: Picture, **options: Any) -> alt.Legend:
    return _legend(picture, symbolType="stroke", symbolSize=500, **options)


def _percent_axis(title: str) -> alt.Axis:
    return alt.Axis(format="%", title=title, tickCount=5, domain=False, ticks=False)


def _share(part: str, whole: str) -> str:
    """An expression for a share, 0 to 1."""
    return f"({whole} ? {part} / {whole} : 0)"


def _percent(part: str, whole: str) -> str:
    """An expression for a share in words; one that is neither nothing nor all never reads as if it were."""
    share = _share(part, whole)
    return (
        f"(0 < {part} && {share} < 0.001 ? ' (<0.1%)' : {part} < {whole} && {share} > 0.999 ? ' (>99.9%)' : "
        f"' (' + format({share}, '.1%') + ')')"
    )


def _facts(picture: Picture) -> list[str]:
    """A line on each input; the rows that are too long to be drawn are told here."""
    lines = []
    for name, histogram in picture.inputs.items():
        facts = [f"{histogram.rows:,} {'row' if histogram.rows == 1 else 'rows'}", f"{histogram.tokens:,} tokens"]
        if histogram.empty_rows:
            facts.append(f"{histogram.empty_rows:,} empty")
        longer = histogram.cost(picture.end).rows_truncated
        if longer:
            facts.append(f"{longer:,} longer than shown, up to {histogram.longest:,} tokens")
        lines.append((f"{name}: " if len(picture.inputs) > 1 else "") + ", ".join(facts))
    return lines
