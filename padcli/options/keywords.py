"""The keyword arguments of the library's functions, for type checkers. Written by `make options`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from padcli.options.choices import (
    DType,
    EncodingErrors,
    Format,
    LabelType,
    Names,
    OnError,
    Packing,
    PairTruncation,
    Record,
    Scheme,
    Side,
    Standardize,
)


class PadKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.pad`."""

    format: Format | None
    field: str | None
    pair_field: Sequence[str]
    label: Sequence[str]
    label_map: bool
    group: str | None
    stratify: str | None
    record: Record | None
    label_from_folder: bool
    delimiter: str | None
    header: bool
    quotes: bool
    label_type: LabelType
    encoding: str
    encoding_errors: EncodingErrors
    on_error: OnError
    rejects: str | Path | None
    limit: int | None
    sample: str | None
    drop_duplicates: bool
    drop_empty: bool
    min_length: int | None
    max_length: int | None
    shuffle: bool
    split_into: str | None
    seed: int
    tokenizer: str | Path
    filters: str | None
    split: str | None
    standardize: Standardize | None
    ngrams: int | str | Sequence[int] | None
    lower: bool | None
    vocab_size: int | None
    min_count: int | None
    unk: bool
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    scheme: Scheme | None
    pattern: str | None
    like: str | Path | None
    maxlen: int | str | None
    padding: Side
    truncating: str
    pad_id: int | None
    dtype: DType | None
    start: int | Sequence[str] | Sequence[int]
    end: int | Sequence[str] | Sequence[int]
    separator: int | Sequence[str] | Sequence[int]
    truncate_pairs: PairTruncation | None
    overflow: str
    stride: int
    windows: str | None
    pack: Packing | None
    pad_to_multiple_of: int | None
    bucket: str | None
    compress: bool
    names: Names
    shard_rows: int | None
    shard_size: int | str | None
    save_tokenizer: str | Path | None
    force: bool
    if_changed: bool
    fail_if: Sequence[str]
    write_anyway: bool
    no_output_on_fail: bool
    report: str | Path | None
    plot: str | Path | None
    croissant: str | Path | None
    workers: int | None
    engine: str | None
    resume: bool
    chunk_bytes: int


class TextsKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.pad_texts`."""

    limit: int | None
    sample: str | None
    drop_duplicates: bool
    drop_empty: bool
    min_length: int | None
    max_length: int | None
    shuffle: bool
    seed: int
    tokenizer: str | Path
    filters: str | None
    split: str | None
    standardize: Standardize | None
    ngrams: int | str | Sequence[int] | None
    lower: bool | None
    vocab_size: int | None
    min_count: int | None
    unk: bool
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    scheme: Scheme | None
    pattern: str | None
    maxlen: int | str | None
    padding: Side
    truncating: str
    pad_id: int | None
    dtype: DType | None
    start: int | Sequence[str] | Sequence[int]
    end: int | Sequence[str] | Sequence[int]
    separator: int | Sequence[str] | Sequence[int]
    truncate_pairs: PairTruncation | None
    overflow: str
    stride: int
    windows: str | None
    pack: Packing | None
    pad_to_multiple_of: int | None
    names: Names
    workers: int | None
    chunk_bytes: int


class FitKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.fit`."""

    format: Format | None
    field: str | None
    record: Record | None
    delimiter: str | None
    header: bool
    quotes: bool
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
    unk: bool
    special_tokens: Sequence[str]
    continue_from: str | Path | None
    save_counts: str | Path | None
    workers: int | None
    engine: str | None
    resume: bool
    chunk_bytes: int


class StatsKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.stats`."""

    format: Format | None
    field: str | None
    record: Record | None
    delimiter: str | None
    header: bool
    quotes: bool
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
    unk: bool
    add_special_tokens: bool
    add_bos: bool
    add_eos: bool
    special_in_text: bool
    scheme: Scheme | None
    pattern: str | None
    maxlen: Sequence[int]
    max_truncated: str | None
    max_lost: str | None
    max_padding: str | None
    fail_if: Sequence[str]
    report: str | Path | None
    plot: str | Path | None
    workers: int | None
    engine: str | None
    resume: bool
    chunk_bytes: int


class CompareKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.compare`."""

    format: Format | None
    field: str | None
    label: Sequence[str]
    record: Record | None
    label_from_folder: bool
    delimiter: str | None
    header: bool
    quotes: bool
    label_type: LabelType
    encoding: str
    encoding_errors: EncodingErrors
    on_error: OnError
    tokenizer: str | Path
    filters: str | None
    split: str | None
    standardize: Standardize | None
    ngrams: int | str | Sequence[int] | None
    lower: bool | None
    vocab_size: int | None
    min_count: int | None
    special_in_text: bool
    scheme: Scheme | None
    pattern: str | None
    workers: int | None
    chunk_bytes: int


class ConvertKeywords(TypedDict, total=False):
    """Keyword arguments of `padcli.convert`."""

    compress: bool
    shard_rows: int | None
    shard_size: int | str | None
    force: bool
    names: Names | None
    label_map: bool
