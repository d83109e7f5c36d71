"""padcli: text to padded arrays of token ids and their masks.

`pad`, `fit`, `stats`, `compare`, `run`, `verify` and `export_vocab` do what the commands of that name do; `load` gives
the arrays back, and `pad_texts` makes them of texts in memory. Importing this package is cheap: each name is fetched
when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from padcli.encode.export_vocab import export_vocab
    from padcli.errors import GateError, PadcliError
    from padcli.formats.reader import Padded, load
    from padcli.inspection.compare import compare
    from padcli.inspection.comparison import Comparison
    from padcli.inspection.verification import Verification, verify
    from padcli.jobs.run import JobResult, run
    from padcli.loaders.texts import pad_texts
    from padcli.pipeline import fit, pad, stats
    from padcli.report.run_report import Report, Stats

__all__ = [
    "Comparison",
    "GateError",
    "JobResult",
    "PadcliError",
    "Padded",
    "Report",
    "Stats",
    "Verification",
    "compare",
    "export_vocab",
    "fit",
    "load",
    "pad",
    "pad_texts",
    "run",
    "stats",
    "verify",
]

_HOMES = {
    "Comparison": "padcli.inspection.comparison",
    "GateError": "padcli.errors",
    "JobResult": "padcli.jobs.run",
    "PadcliError": "padcli.errors",
    "Padded": "padcli.formats.reader",
    "Report": "padcli.report.run_report",
    "Stats": "padcli.report.run_report",
    "compare": "padcli.inspection.compare",
    "Verification": "padcli.inspection.verification",
    "export_vocab": "padcli.encode.export_vocab",
    "fit": "padcli.pipeline",
    "load": "padcli.formats.reader",
    "pad": "padcli.pipeline",
    "pad_texts": "padcli.loaders.texts",
    "run": "padcli.jobs.run",
    "stats": "padcli.pipeline",
    "verify": "padcli.inspection.verification",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
