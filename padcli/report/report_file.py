"""`--report FILE`: what is known of a run, as JSON for programs, or as GitHub's Markdown for the summary of a job."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from padcli.files.pending import PendingFiles, disk_errors
from padcli.options.report import is_step_summary
from padcli.report.advice import advice
from padcli.report.run_report import Report, Stats
from padcli.rows.lengths import PERCENTILES
from padcli.text_format import percent, shown, unknown_share, visible


def write(path: Path, result: Report | Stats) -> None:
    """Write a whole report. Raises `OutputError`; then none is written."""
    if is_step_summary(path):  # to which each step adds its part
        with disk_errors(str(path)), path.open("ab") as file:
            file.write(f"\n{markdown(result)}".encode())
        return
    if path.suffix.lower() == ".md":
        content = markdown(result).encode()
    else:
        content = orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    with disk_errors(str(path)), PendingFiles() as pending:
        pending.open(path).write(content)


def markdown(result: Report | Stats) -> str:
    """The report as a page."""
    report = result.report if isinstance(result, Stats) else result
    histogram, tokenizer, layout, cost = report.histogram, report.tokenizer, report.layout, report.cost
    outputs = [path for path, _ in report.outputs or ()]
    parts = [f"### padcli: {shown([_plain(facts.path) for facts in report.inputs])}"]
    parts += [f"{'❌' if gate.fails else '✅'} `{gate.expression}`: {gate.found}\n" for gate in report.gates]
    facts = [("rows", f"{histogram.rows:,}", f"{histogram.empty_rows:,} empty, {report.duplicates:,} repeated")]
    facts.append(("tokens", f"{histogram.tokens:,}", ""))
    if tokenizer is not None:
        facts[-1] = (
            *facts[-1][:2],
            " ".join(unknown_share(tokenizer.unk_tokens, tokenizer.dropped_tokens, histogram.tokens)),
        )
        facts.append(("vocabulary", f"{tokenizer.vocab_size:,}", tokenizer.name))
    if report.rejected:
        facts.append(("skipped", f"{report.rejected:,}", "bad records"))
    if layout is not None and cost is not None:
        size = sum(size for _, size in report.outputs or ())
        facts += [
            ("rows cut", f"{cost.rows_truncated:,}", percent(cost.rows_truncated, histogram.rows)),
            ("tokens lost", f"{cost.tokens_lost:,}", percent(cost.tokens_lost, histogram.tokens)),
            ("padding", f"{cost.padding:,}", percent(cost.padding, cost.cells)),
            *(
                ("array", f"{rows:,} × {width:,}", f"{layout.dtype}, padded {layout.padding}")
                for rows, width in report.buckets or [(report.rows, layout.width)]
            ),
        ]
        if outputs:
            facts.append(("written", f"{size:,} bytes", ", ".join(outputs)))
    parts.append(_table(("", "", ""), facts))
    names = ("min", "mean", *("median" if p == 50 else f"p{p}" for p in PERCENTILES), "max")
    middle = [f"{histogram.percentile(p):,}" for p in PERCENTILES]
    lengths = (f"{histogram.shortest:,}", f"{histogram.mean:,.1f}", *middle, f"{histogram.longest:,}")
    parts.append(_table(("tokens per row", *names), [("", *lengths)]))
    if isinstance(result, Stats):
        parts.append(_candidates(result))
    lines = [*report.reasons, *advice(report)]
    if isinstance(result, Stats):
        lines += [f"{what}: {f'--maxlen {fit:,}' if fit else 'no maxlen'}" for what, fit in result.fits.items()]
    parts.append("\n".join(f"- {_plain(line)}" for line in lines))
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _candidates(stats: Stats) -> str:
    histogram = stats.report.histogram
    rows = [
        (
            f"{each.maxlen:,}",
            percent(histogram.rows - each.cost.rows_truncated, histogram.rows),
            percent(each.cost.tokens_lost, histogram.tokens),
            percent(each.cost.padding, each.cost.cells),
            ", ".join(each.names),
        )
        for each in stats.candidates
    ]
    return _table(("maxlen", "rows whole", "tokens lost", "padding", ""), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *(map(_plain, row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _plain(text: str) -> str:
    """The text, without what Markdown would take for markup."""
    for char in "\\`*_[]<>|~&@$":
        text = text.replace(char, f"\\{char}")
    return " ".join(visible(text).split())
