"""padcli: text to padded arrays of token ids and their masks.

`pad`, `fit`, `stats`, `compare`, `verify` and `export_vocab` do what the commands of that name do; `load` gives the
arrays back. Importing this package is cheap: each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from padcli.comparison import Comparison
    from padcli.errors import GateError, PadcliError
    from padcli.loading import Padded, load
    from padcli.pipeline import compare, export_vocab, fit, pad, stats
    from padcli.report import Report, Stats
    from padcli.verification import Verification, verify

__all__ = [
    "Comparison",
    "GateError",
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
    "stats",
    "verify",
]

_HOMES = {
    "Comparison": "padcli.comparison",
    "GateError": "padcli.errors",
    "PadcliError": "padcli.errors",
    "Padded": "padcli.loading",
    "Report": "padcli.report",
    "Stats": "padcli.report",
    "compare": "padcli.pipeline",
    "Verification": "padcli.verification",
    "export_vocab": "padcli.pipeline",
    "fit": "padcli.pipeline",
    "load": "padcli.loading",
    "pad": "padcli.pipeline",
    "stats": "padcli.pipeline",
    "verify": "padcli.verification",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
