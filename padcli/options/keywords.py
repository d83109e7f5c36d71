"""The keyword arguments of `padcli.pad`, `fit`, `stats` and `compare`: the fields of `padcli.options`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from padcli.options import DType, EncodingErrors, Format, Names, OnError, Scheme, Side, Standardize


class _CommonKeywords(TypedDict, total=False):
    """Reading, fitting, and how the work is done."""

    format: Format | None
    field: str | None
    encoding: str
    encoding_errors: EncodingErrors
    on_error: OnError
    rejects: str | Path | None
    tokenizer: str | Path
    filters: str | None
    split: str | None
    standardize: Standardize | None
    ngrams: int | str | Sequence[int] | None
    lower: bool | None
    vocab_size: int | None
    min_count: int | None
    workers: int | None
    chunk_bytes: int


class FitKeywords(_CommonKeywords, total=False):
    """The keyword arguments of `padcli.fit`."""

    unk: bool
    special_tokens: Sequence[str]
    continue_from: str | Path | None
    save_counts: str | Path | None


class StatsKeywords(_CommonKeywords, total=False):
    """The keyword arguments of `padcli.stats`."""

    unk: bool
    scheme: Scheme | None
    pattern: str | None
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    maxlen: Sequence[int]
    max_truncated: str | None
    max_lost: str | None
    max_padding: str | None
    fail_if: Sequence[str]
    report: str | Path | None
    plot: str | Path | None


class CompareKeywords(_CommonKeywords, total=False):
    """The keyword arguments of `padcli.compare`."""

    label: Sequence[str]
    scheme: Scheme | None
    pattern: str | None
    special_in_text: bool


class TextsKeywords(TypedDict, total=False):
    """The keyword arguments of `padcli.pad_texts`."""

    tokenizer: str | Path
    filters: str | None
    split: str | None
    standardize: Standardize | None
    ngrams: int | str | Sequence[int] | None
    lower: bool | None
    vocab_size: int | None
    min_count: int | None
    unk: bool
    scheme: Scheme | None
    pattern: str | None
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    maxlen: int | str | None
    padding: Side
    truncating: Side
    pad_id: int | None
    dtype: DType
    names: Names
    workers: int | None
    chunk_bytes: int


class PadKeywords(_CommonKeywords, total=False):
    """The keyword arguments of `padcli.pad`: all options of all stages but the output's path."""

    label: Sequence[str]
    maxlen: int | str | None
    padding: Side
    truncating: Side
    pad_id: int | None
    unk: bool
    scheme: Scheme | None
    pattern: str | None
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    dtype: DType
    compress: bool
    names: Names
    save_tokenizer: str | Path | None
    fail_if: Sequence[str]
    no_output_on_fail: bool
    report: str | Path | None
    plot: str | Path | None
    if_changed: bool
