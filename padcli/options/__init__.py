"""What a user can choose, checked before any work is done.

Frozen dataclasses: one a stage, one for what is asked about lengths, one for what is told, and one for how the work is
done. Their fields are the keyword arguments of `padcli.pad`, `padcli.fit` and `padcli.stats`, and the options of the
command line. Imports nothing heavy, so that `--help` stays instant.
"""

import codecs
import dataclasses
import operator
import os
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from padcli.errors import UsageError

Format = Literal["text", "jsonl"]
EncodingErrors = Literal["strict", "replace"]
OnError = Literal["stop", "skip"]
Side = Literal["pre", "post"]
Names = Literal["keras", "hf"]
Scheme = Literal[
    "gpt2", "r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony", "whisper", "qwen",
    "llama3",
]  # fmt: skip
LayerSplit = Literal["whitespace", "character", "none"]
Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"]
DType = Literal["auto", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]

# Keras's Tokenizer filters these when it is not told otherwise.
KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
BUILT_IN_TOKENIZERS = ("word", "whitespace", "char", "byte", "text-vectorization")
TRAINED_TOKENIZERS = ("bpe", "wordpiece", "unigram")
MOST_NGRAMS = 1000
CHUNK_BYTES = 4 * 1024 * 1024
PLOT_EXTENSIONS = (".png", ".svg", ".pdf", ".html")
_INT64 = range(-(2**63), 2**63)
_TOO_LARGE = 10**18
_SHOWN_ROWS = 10


def _check_choice(option: str, value: object, choices: object) -> None:
    known = get_args(choices)
    if not isinstance(value, str) or value not in known:
        raise UsageError(f"{option}: {value!r} is not one of {', '.join(known)}.")


def _take_whole(options: object, field: str, option: str, least: int, why: str) -> None:
    """Let an option that is given be an `int`, whatever integer it was. Raises `UsageError` for anything else."""
    value = getattr(options, field)
    if value is not None:
        object.__setattr__(options, field, _whole(option, value, range(least, _TOO_LARGE), why))


def _whole(option: str, value: object, allowed: range, why: str) -> int:
    """The value as an `int`, where it is an integer of any kind, as NumPy's are."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number not in allowed:
        least = f"of at least {allowed.start}" if allowed.start >= 0 else "of 64 bits"
        most = ", and of at most 18 digits" if number is not None and number >= allowed.stop > 0 else ""
        raise UsageError(f"{option}: expected a whole number {least}{most} ({why}), got {value!r}.")
    return number


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How inputs become records. Raises `UsageError` for what is wrong or contradictory.

    `format`: how records are held; None: by the extension. `field`: the JSON field to tokenize, dotted where nested;
    None: `"text"`. `label`: further fields to carry along. `encoding`, `encoding_errors`: of the inputs; `"replace"`
    turns bytes that are not in it into U+FFFD, `"strict"` makes them bad records. `on_error`: stop at a bad record, or
    skip it. `rejects`: a file to list skipped records in.
    """

    format: Format | None = None
    field: str | None = None
    label: Sequence[str] = ()
    encoding: str = "utf-8"
    encoding_errors: EncodingErrors = "strict"
    on_error: OnError = "stop"
    rejects: str | Path | None = None

    def __post_init__(self) -> None:
        if isinstance(self.label, str):
            object.__setattr__(self, "label", (self.label,))
        else:
            object.__setattr__(self, "label", tuple(self.label))
        if self.format is not None:
            _check_choice("--format", self.format, Format)
        _check_choice("--encoding-errors", self.encoding_errors, EncodingErrors)
        _check_choice("--on-error", self.on_error, OnError)
        self._check_encoding()
        self._check_names()
        if self.rejects is not None and self.on_error != "skip":
            raise UsageError(
                "--rejects lists the records that were skipped, but none are skipped.",
                hint="Add --on-error skip, or leave --rejects out.",
            )
        if self.format == "text" and (self.field is not None or self.label):
            raise UsageError(
                "--field and --label name fields of JSON records, but --format is text.",
                hint="Use --format jsonl, or leave them out.",
            )

    def _check_encoding(self) -> None:
        try:
            "".encode(self.encoding)
        except (LookupError, ValueError):
            raise UsageError(
                f"--encoding: {self.encoding!r} is not a text encoding that Python knows.",
                hint="Examples: utf-8, latin-1, cp1252, shift_jis, gb18030, utf-16.",
            ) from None

    def _check_names(self) -> None:
        for option, name in [("--field", self.field), *(("--label", name) for name in self.label)]:
            if name is not None and not all(name.split(".")):
                raise UsageError(f"{option}: {name!r} is not a field name: a part between dots is empty.")
        for name in self.label:
            if self.label.count(name) > 1:
                raise UsageError(f"--label: {name!r} is given twice.")
            if re.search(r"[/\\\0\ud800-\udfff]", name):
                raise UsageError(f"--label: {name!r} cannot be the name of an array in a file.")

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes of the input can be taken as they are."""
        return codecs.lookup(self.encoding).name == "utf-8" and self.encoding_errors == "strict"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokenizeOptions:
    """How texts become ids. None stands for the tokenizer's own default. Raises `UsageError`.

    `tokenizer`: one of `BUILT_IN_TOKENIZERS`, to be fitted; one of `TRAINED_TOKENIZERS`, for `padcli.fit` alone; or a
    tokenizer file of any kind. `filters`: characters that become spaces (word). `split`: a regular expression of
    Python's between whose matches the units lie, instead of `filters` (word); or the layer's own, "whitespace",
    "character" or "none" (text-vectorization), as are `standardize` and `ngrams`. `lower`: whether to lower-case.
    `vocab_size`: ids stay below it, padding and `[UNK]` included. `min_count`: units seen fewer times become `[UNK]`.
    `unk`: whether there is an `[UNK]`; without one, units that have no id vanish (word, whitespace, char).
    `special_tokens`: further tokens for a trained tokenizer. Of a file: `scheme`: how a `.tiktoken` cuts texts; None:
    as its name says; `pattern`: the regular expression by which it does; `add_special_tokens`: put around each row what
    its post-processor does; `add_bos`, `add_eos`: put its token for the beginning before each row, and that for the end
    behind it; `special_in_text`: whether special tokens that a text holds are taken for what they are, as the original
    does.
    """

    tokenizer: str | Path = "word"
    filters: str | None = None
    split: str | None = None
    standardize: Standardize | None = None
    ngrams: int | tuple[int, ...] | None = None
    lower: bool | None = None
    vocab_size: int | None = None
    min_count: int | None = None
    unk: bool = True
    special_tokens: Sequence[str] = ()
    scheme: Scheme | None = None
    pattern: str | None = None
    add_special_tokens: bool = False
    add_bos: bool = False
    add_eos: bool = False
    special_in_text: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "special_tokens", tuple(self.special_tokens))
        if self.scheme is not None:
            _check_choice("--scheme", self.scheme, Scheme)
        self._check_pattern()
        _take_whole(self, "vocab_size", "--vocab-size", 2, "padding and [UNK] are part of it")
        _take_whole(self, "min_count", "--min-count", 1, "how often a word must occur to get an id")
        if self.filters is not None and re.search(r"[\ud800-\udfff]", self.filters):
            raise UsageError(f"--filters: {self.filters!r} is not UTF-8.")
        if self.add_special_tokens and (self.add_bos or self.add_eos):
            raise UsageError(
                "--add-special-tokens puts around a row what the tokenizer's post-processor does, and --add-bos and "
                "--add-eos would put more there.",
                hint="Give either the one or the others.",
            )
        allowed = {
            "word": {"filters", "split", "lower", "vocab_size", "min_count", "unk"},
            "whitespace": {"lower", "vocab_size", "min_count", "unk"},
            "char": {"lower", "vocab_size", "min_count", "unk"},
            "byte": set[str](),
            "text-vectorization": {"standardize", "split", "ngrams", "vocab_size", "min_count"},
            **{name: {"lower", "vocab_size", "min_count", "special_tokens"} for name in TRAINED_TOKENIZERS},
        }.get(str(self.tokenizer), {"scheme", "pattern", "add_special_tokens", "add_bos", "add_eos", "special_in_text"})
        flags = {
            "lower": "--lower/--no-lower",
            "special_tokens": "--special",
            "special_in_text": "--no-special-in-text",
            "unk": "--no-unk",
        }
        for field in dataclasses.fields(self):
            option = field.name
            if option != "tokenizer" and getattr(self, option) != field.default and option not in allowed:
                flag = flags.get(option, "--" + option.replace("_", "-"))
                which = "a tokenizer file" if self.is_file else f"--tokenizer {self.tokenizer}"
                raise UsageError(
                    f"{flag} has no meaning with {which}.",
                    hint=f"Leave {flag} out" + (": the file says how it was fitted." if self.is_file else "."),
                )
        if self.standardize is not None:
            _check_choice("--standardize", self.standardize, Standardize)
        object.__setattr__(self, "ngrams", _ngrams(self.ngrams))
        if self.split is not None and self.tokenizer == "text-vectorization":
            _check_choice("--split", self.split, LayerSplit)
        elif self.split is not None:
            self._check_split()

    def _check_split(self) -> None:
        from padcli.options.regex import portable

        for given, flag in ((self.filters is not None, "--filters"), (not self.unk, "--no-unk")):
            if given:
                raise UsageError(f"{flag} has no meaning with --split.", hint=f"Leave {flag} out.")
        try:
            portable(str(self.split))
        except ValueError as error:
            raise UsageError(
                f"--split {self.split!r}: {error}.", hint="See docs/tokenizers.md for the expressions that can be used."
            ) from error

    def _check_pattern(self) -> None:
        if self.pattern is None:
            return
        if not isinstance(self.pattern, str) or not self.pattern or re.search(r"[\ud800-\udfff]", self.pattern):
            raise UsageError(f"--pattern: expected a regular expression, got {self.pattern!r}.")
        if self.scheme is not None:
            raise UsageError("--pattern and --scheme both say how a text is cut.", hint="Leave one of them out.")

    @property
    def is_file(self) -> bool:
        """Whether a fitted tokenizer is given, so that nothing is fitted."""
        return str(self.tokenizer) not in (*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS)

    @property
    def may_drop(self) -> bool:
        """Whether rows may lose units once it is known which of them have an id."""
        return not self.unk and (self.vocab_size is not None or self.min_count is not None)

    @property
    def is_trained(self) -> bool:
        """Whether pieces of words are to be learned, for which all of the input is read first."""
        return str(self.tokenizer) in TRAINED_TOKENIZERS


def _ngrams(given: Any) -> int | tuple[int, ...] | None:
    """The layer's `ngrams`: 2 stands for words and pairs of them, (2,) for pairs alone."""
    parsed: int | tuple[int, ...] | None = given
    if isinstance(given, str) and re.fullmatch(r"\d{1,9}(,\d{1,9})*,?", given, re.ASCII):
        widths = tuple(map(int, given.rstrip(",").split(",")))
        parsed = widths if "," in given else widths[0]
    elif isinstance(given, list | tuple):
        parsed = tuple(given)
    for width in () if parsed is None else parsed if isinstance(parsed, tuple) and parsed else (parsed,):
        if not isinstance(width, int) or isinstance(width, bool) or not 0 < width <= MOST_NGRAMS:
            raise UsageError(
                f"--ngrams: expected a number of words from 1 to {MOST_NGRAMS}, or several as in 1,3, got {given!r}."
            )
    return parsed


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """What a fit begins with, and what it keeps beside the tokenizer.

    `continue_from`: counts of an earlier fit, to go on from; `save_counts`: where the counts go, for a later one.
    """

    continue_from: str | Path | None = None
    save_counts: str | Path | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PadOptions:
    """How rows of ids become one array; the names are those of Keras's `pad_sequences`. Raises `UsageError`.

    `maxlen`: tokens of every row; `"p95"`: the smallest that leaves at least 95% of the rows whole; `"t99"`: the
    smallest that keeps at least 99% of the tokens; None: the longest row. `padding`, `truncating`: at which side.
    `pad_id`: what to pad with (`value` in Keras); None: what the tokenizer names, or 0. `dtype`: of the ids; `"auto"`:
    the smallest that holds all that there may be.
    """

    maxlen: int | str | None = None
    padding: Side = "pre"
    truncating: Side = "pre"
    pad_id: int | None = None
    dtype: DType = "int32"

    def __post_init__(self) -> None:
        _check_choice("padding", self.padding, Side)
        _check_choice("--dtype", self.dtype, DType)
        if self.pad_id is not None:
            object.__setattr__(self, "pad_id", _whole("--pad-id", self.pad_id, _INT64, "what to pad with"))
        if isinstance(self.maxlen, str) and re.fullmatch(r"\d{1,18}", self.maxlen, re.ASCII):
            object.__setattr__(self, "maxlen", int(self.maxlen))
        if isinstance(self.maxlen, str):
            _ = self.share
        else:
            _take_whole(self, "maxlen", "--maxlen", 1, "tokens in a row")

    @property
    def share(self) -> tuple[str, Fraction] | None:
        """Where `maxlen` is `"p95"` or the like: what is to be kept ("p": whole rows, "t": tokens), in percent."""
        if not isinstance(self.maxlen, str):
            return None
        match = re.fullmatch(r"([pt])(\d{1,3}(\.\d{1,9})?)", self.maxlen, re.ASCII)
        percent = Fraction(match[2]) if match else Fraction(0)
        if match is None or not 0 < percent <= 100:
            raise UsageError(
                f"--maxlen: expected a number of tokens such as 50, or a share such as p95 (of the rows whole) or t99 "
                f"(of the tokens kept), got {self.maxlen!r}."
            )
        return match[1], percent


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatsOptions:
    """Which `maxlen` is asked for. Raises `UsageError`.

    `maxlen`: lengths to be shown beside the usual ones. `max_truncated`: at most so many of the rows may be cut, as
    `"1%"`; `max_lost`: so many of the tokens cut off; `max_padding`: so much of the array may be padding.
    """

    maxlen: Sequence[int] = ()
    max_truncated: str | None = None
    max_lost: str | None = None
    max_padding: str | None = None

    def __post_init__(self) -> None:
        given = tuple(self.maxlen) if isinstance(self.maxlen, Iterable) else (self.maxlen,)
        whole = (_whole("--maxlen", maxlen, range(1, _TOO_LARGE), "tokens in a row") for maxlen in given)
        object.__setattr__(self, "maxlen", tuple(whole))
        _ = self.limits

    @property
    def limits(self) -> dict[str, Fraction]:
        """The limits that were given, in percent, by the name of the option."""
        given = {name: getattr(self, f"max_{name}") for name in ("truncated", "lost", "padding")}
        return {name: _percent(f"--max-{name}", text) for name, text in given.items() if text is not None}


FIGURES_OF_INPUT = ("rows", "empty", "rejected", "duplicates", "unk", "vocab", "max_length")
FIGURES_OF_PADDING = ("truncated", "lost", "padding")
_SHARES = ("empty", "rejected", "duplicates", "unk", *FIGURES_OF_PADDING)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """An expression such as `truncated>1%`: what a run's figure of that name must not be; `limit` in percent or not."""

    text: str
    name: str
    comparison: str
    limit: Fraction
    is_share: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What is told of a run beside the summary, and what makes it fail. Raises `UsageError`.

    `fail_if`: expressions such as `"truncated>1%"` or `"rows<1000"`; `no_output_on_fail`: then only the report is
    written. `report`: where all facts go, a path that ends in `.json` or `.md`; `plot`: where a picture of the lengths
    goes, a path that ends in one of `PLOT_EXTENSIONS`.
    """

    fail_if: Sequence[str] = ()
    no_output_on_fail: bool = False
    report: str | Path | None = None
    plot: str | Path | None = None

    def __post_init__(self) -> None:
        given = (self.fail_if,) if isinstance(self.fail_if, str) else self.fail_if or ()
        object.__setattr__(self, "fail_if", tuple(given))
        _ = self.gates
        if self.no_output_on_fail and not self.fail_if:
            raise UsageError("--no-output-on-fail: nothing can fail.", hint="Say what must not be: --fail-if 'empty>0'")
        if self.report is not None and Path(self.report).suffix.lower() not in (".json", ".md"):
            raise UsageError(f"--report {self.report}: expected a name that ends in .json or .md.")
        if self.plot is not None and Path(self.plot).suffix.lower() not in PLOT_EXTENSIONS:
            raise UsageError(
                f"--plot {self.plot}: cannot tell what to draw from the name; known are {', '.join(PLOT_EXTENSIONS)}.",
                hint="Name a file such as lengths.png, or lengths.html to try each maxlen in a browser.",
            )

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The expressions, understood."""
        return tuple(map(_gate, self.fail_if))


def _gate(text: object) -> Gate:
    names = (*FIGURES_OF_INPUT, *FIGURES_OF_PADDING)
    match = re.fullmatch(r" *(\w+) *(>=|<=|==|!=|>|<) *(\d{1,18}(?:\.\d{1,9})?) *(%?) *", str(text), re.ASCII)
    if match is None or match[1] not in names:
        raise UsageError(
            f"--fail-if {text!r}: expected a figure, one of > >= < <= == !=, and a number, such as 'truncated>1%'.",
            hint=f"The figures are {', '.join(names)}; of {', '.join(_SHARES)} there are shares (%), too.",
        )
    name, comparison, number, percent = match.groups()
    if percent and name not in _SHARES:
        raise UsageError(f"--fail-if {text!r}: {name} is a number, and no share of anything.", hint="Leave out the %.")
    return Gate(text=str(text), name=name, comparison=comparison, limit=Fraction(number), is_share=bool(percent))


def _percent(option: str, text: object) -> Fraction:
    match = re.fullmatch(r"(\d{1,3}(\.\d{1,9})?)\s*%", str(text), re.ASCII)
    percent = Fraction(match[1]) if match else Fraction(-1)
    if not 0 <= percent <= 100:
        raise UsageError(f"{option}: expected a share from 0% to 100%, such as 1%, got {text!r}.")
    return percent


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InspectOptions:
    """Which rows of a file are looked at: those for which all holds that is asked for. Raises `UsageError`.

    `rows`: a range such as `"0:5"`, or a number. `find`: a token that they hold. `truncated`: they were cut. `unk`:
    they hold `[UNK]`. `longest`: the longest are shown, instead of the first. `limit`: how many at most, 0 for all;
    None: 10, or all of a range. `tokenizer`: a file to decode with; None: the one that the file names or has beside it.
    """

    rows: str | None = None
    find: str | None = None
    longest: bool = False
    truncated: bool = False
    unk: bool = False
    limit: int | None = None
    tokenizer: str | None = None

    def __post_init__(self) -> None:
        _take_whole(self, "limit", "--limit", 0, "rows to show; 0 shows all")
        if self.find is not None and re.search(r"[\ud800-\udfff]", self.find):
            raise UsageError(f"--find: {self.find!r} is not UTF-8.")
        _ = self.span

    @property
    def asks_for_rows(self) -> bool:
        """Whether rows are to be shown, and not what is in the file."""
        return self.rows is not None or self.limit is not None or self.is_selective

    @property
    def is_selective(self) -> bool:
        """Whether more is asked of the rows than that they are in a range."""
        return self.find is not None or self.longest or self.truncated or self.unk

    @property
    def most(self) -> int | None:
        """How many rows to show; None for all."""
        if self.limit is None:
            return _SHOWN_ROWS if self.is_selective else None
        return self.limit or None

    @property
    def span(self) -> slice:
        """The range of rows."""
        rows = ":" if self.rows is None else self.rows
        if re.fullmatch(r"\d{1,18}", rows, re.ASCII):
            return slice(int(rows), int(rows) + 1)
        match = re.fullmatch(r"(-?\d{1,18})?:(-?\d{1,18})?", rows, re.ASCII)
        if match is None:
            raise UsageError(f"--rows: expected a range such as 0:5, or a number, got {rows!r}.")
        return slice(*(None if part is None else int(part) for part in match.groups()))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """Where the arrays go, and in which form. Raises `UsageError`.

    `output`: a path that ends in `.npz` or `.npy`, or `"-"`. `compress`: deflate the npz. `names`: of the arrays, as in
    KerasHub or as in Hugging Face. `save_tokenizer`: where a fitted tokenizer goes; None: beside the output.
    `if_changed`: write nothing if the output is already that of these inputs and options.
    """

    output: str | Path | None = None
    compress: bool = False
    names: Names = "keras"
    save_tokenizer: str | Path | None = None
    if_changed: bool = False

    def __post_init__(self) -> None:
        _check_choice("--names", self.names, Names)
        if self.compress and str(self.output).lower().endswith(".npy"):
            raise UsageError(
                "--compress: a .npy file is for mapping into memory, and is never compressed.",
                hint="Write an .npz, or leave --compress out.",
            )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How the work is done; the output does not depend on it. Raises `UsageError`.

    `workers`: how many threads work at a time; None: one a core. `chunk_bytes`: how much is read at a time, in bytes.
    """

    workers: int | None = None
    chunk_bytes: int = CHUNK_BYTES

    def __post_init__(self) -> None:
        _take_whole(self, "workers", "--workers", 1, "threads that work at a time")
        _take_whole(self, "chunk_bytes", "chunk_bytes", 1, "bytes read at a time")

    @property
    def n_workers(self) -> int:
        """`workers`, or the number of cores that this process may use."""
        if self.workers is not None:
            return self.workers
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_Options = TypeVar(
    "_Options",
    ReadOptions,
    TokenizeOptions,
    FitOptions,
    PadOptions,
    StatsOptions,
    ReportOptions,
    WriteOptions,
    RunOptions,
)


def pick(kind: type[_Options], keywords: dict[str, Any]) -> _Options:
    """Take the fields of `kind` out of `keywords` and make the options of them; the rest stays in `keywords`."""
    names = [field.name for field in dataclasses.fields(kind) if field.name in keywords]
    return kind(**{name: keywords.pop(name) for name in names})
