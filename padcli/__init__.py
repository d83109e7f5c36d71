"""padcli: text to padded arrays of token ids and their masks.

`pad`, `fit`, `stats`, `compare`, `run`, `verify`, `convert` and `export_vocab` do what the commands of that name do;
`load` gives the arrays back, `tfrecord_parser` turns records into tensors, and `pad_texts` makes arrays of texts in
memory. Importing this package is cheap: each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from padcli.conversion.convert import Conversion, convert
    from padcli.encode.export_vocab import export_vocab
    from padcli.errors import GateError, PadcliError
    from padcli.inspection.compare import compare
    from padcli.inspection.comparison import Comparison
    from padcli.inspection.verification import Verification, verify
    from padcli.jobs.run import JobResult, run
    from padcli.loaders.load import load
    from padcli.loaders.padded import Padded
    from padcli.loaders.texts import pad_texts
    from padcli.loaders.tfrecord import tfrecord_parser
    from padcli.pipeline import fit, pad, stats
    from padcli.report.run_report import Report, Stats

__all__ = [
    "Comparison",
    "Conversion",
    "GateError",
    "JobResult",
    "PadcliError",
    "Padded",
    "Report",
    "Stats",
    "Verification",
    "compare",
    "convert",
    "export_vocab",
    "fit",
    "load",
    "pad",
    "pad_texts",
    "run",
    "stats",
    "tfrecord_parser",
    "verify",
]

_HOMES = {
    "Comparison": "padcli.inspection.comparison",
    "Conversion": "padcli.conversion.convert",
    "GateError": "padcli.errors",
    "JobResult": "padcli.jobs.run",
    "PadcliError": "padcli.errors",
    "Padded": "padcli.loaders.padded",
    "Report": "padcli.report.run_report",
    "Stats": "padcli.report.run_report",
    "compare": "padcli.inspection.compare",
    "convert": "padcli.conversion.convert",
    "Verification": "padcli.inspection.verification",
    "export_vocab": "padcli.encode.export_vocab",
    "fit": "padcli.pipeline",
    "load": "padcli.loaders.load",
    "pad": "padcli.pipeline",
    "pad_texts": "padcli.loaders.texts",
    "run": "padcli.jobs.run",
    "stats": "padcli.pipeline",
    "tfrecord_parser": "padcli.loaders.tfrecord",
    "verify": "padcli.inspection.verification",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
