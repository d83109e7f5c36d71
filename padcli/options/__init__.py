"""The options that a user can choose, checked before any work is done.

A stage is a frozen dataclass, and an option one of its fields (see `padcli.options.option`). `STAGES` says which
stages a command has. Imports nothing heavy, so that `--help` stays instant.
"""

from padcli.options.choices import (
    BUILT_IN_TOKENIZERS,
    CHUNK_BYTES,
    KERAS_FILTERS,
    MOST_NGRAMS,
    PLOT_EXTENSIONS,
    TRAINED_TOKENIZERS,
    DType,
    EncodingErrors,
    Format,
    LabelType,
    LayerSplit,
    Names,
    OnError,
    Packing,
    PairTruncation,
    Record,
    Scheme,
    Side,
    Standardize,
)
from padcli.options.commands import STAGES, options_of_command, pick
from padcli.options.fit import FitOptions
from padcli.options.inspect import InspectOptions
from padcli.options.pad import PadOptions, head_of
from padcli.options.read import ReadOptions
from padcli.options.report import FIGURES_OF_INPUT, FIGURES_OF_PADDING, Gate, ReportOptions
from padcli.options.rows import RowOptions
from padcli.options.run import RunOptions
from padcli.options.select import SelectOptions
from padcli.options.stats import StatsOptions
from padcli.options.tokenize import TokenizeOptions
from padcli.options.write import WriteOptions

__all__ = [
    "BUILT_IN_TOKENIZERS",
    "CHUNK_BYTES",
    "FIGURES_OF_INPUT",
    "FIGURES_OF_PADDING",
    "KERAS_FILTERS",
    "MOST_NGRAMS",
    "PLOT_EXTENSIONS",
    "STAGES",
    "TRAINED_TOKENIZERS",
    "DType",
    "EncodingErrors",
    "FitOptions",
    "Format",
    "Gate",
    "InspectOptions",
    "LabelType",
    "LayerSplit",
    "Names",
    "OnError",
    "Packing",
    "PadOptions",
    "PairTruncation",
    "ReadOptions",
    "Record",
    "ReportOptions",
    "RowOptions",
    "RunOptions",
    "Scheme",
    "SelectOptions",
    "Side",
    "Standardize",
    "StatsOptions",
    "TokenizeOptions",
    "WriteOptions",
    "head_of",
    "options_of_command",
    "pick",
]
