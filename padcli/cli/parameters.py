"""What the command line can be given, with the help of each option. `padcli.options` checks the values."""

from typing import Annotated, Any

import typer

from padcli.options import DType, EncodingErrors, Format, Names, OnError, Scheme, Side, Standardize

_INPUT, _TOKENIZER, _PADDING, _OUTPUT, _SCREEN = "Input", "Tokenizer", "Padding", "Output", "Screen"
_SPEED, _LENGTHS, _CHECKS, _ROWS = "Speed", "Lengths", "Checks and reports", "Rows"


def _option(panel: str, text: str, *flags: str, metavar: str | None = None, default: str | None = None) -> Any:
    """An option; `default` says in words what None stands for."""
    if default is not None:
        text += rf" [dim]\[default: {default}][/]"
    return typer.Option(*flags, help=text, metavar=metavar, rich_help_panel=panel)


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Text or JSONL files, in the order of their rows; - is standard input. "
        "[dim].gz, .bz2, .xz and .zst are decompressed.[/]",
    ),
]
InputFormat = Annotated[
    Format | None,
    _option(
        _INPUT,
        "How inputs hold records: one a line (text), or one JSON object a line (jsonl).",
        default="by the extension; text for standard input",
    ),
]
Field = Annotated[
    str | None,
    _option(
        _INPUT,
        "JSONL: the field to tokenize; dotted for nested ones, as in data.body. Holds a text, a list of strings (taken "
        "as tokens) or a list of integers (taken as ids).",
        metavar="NAME",
        default="text",
    ),
]
Label = Annotated[
    list[str] | None,
    _option(
        _INPUT,
        "JSONL: a further field to carry into the output, row for row: numbers, booleans or strings. Repeatable.",
        metavar="NAME",
    ),
]
Encoding = Annotated[str, _option(_INPUT, "Encoding of the inputs, by its Python name.", metavar="NAME")]
EncodingErrorsChoice = Annotated[
    EncodingErrors,
    _option(
        _INPUT,
        "What becomes of bytes that are not in that encoding: a bad record, or the replacement character U+FFFD.",
    ),
]
OnErrorChoice = Annotated[
    OnError, _option(_INPUT, "What to do at a bad record: stop and write nothing, or leave it out and count it.")
]
Rejects = Annotated[
    str | None,
    _option(_INPUT, "List the records that were left out, as JSONL: file, line, reason, raw text.", metavar="FILE"),
]

TokenizerName = Annotated[
    str,
    _option(
        _TOKENIZER,
        "word (Keras's Tokenizer: lower-case, filter punctuation, split at spaces), whitespace, char, byte or "
        "text-vectorization (Keras's layer), fitted on the input; or a tokenizer of any other origin, for its ids: a "
        "tokenizer.json, a model's folder, vocab.txt, vocab.json, .model, .tiktoken, Keras's JSON, a .keras file.",
        metavar="NAME|FILE",
    ),
]
Filters = Annotated[
    str | None,
    _option(
        _TOKENIZER,
        "word: characters that become spaces.",
        metavar="CHARS",
        default="as Keras: ASCII punctuation but ', tab, LF",
    ),
]
Split = Annotated[
    str | None,
    _option(
        _TOKENIZER,
        r"word: a regular expression of Python's that the text is split at, instead of filters and spaces, as in "
        r"--split '\W+'; text-vectorization: whitespace, character or none, as the layer.",
        metavar="REGEX",
    ),
]
StandardizeChoice = Annotated[
    Standardize | None,
    _option(
        _TOKENIZER,
        "text-vectorization: prepare texts as the layer does: lower_and_strip_punctuation, lower, strip_punctuation or "
        "none.",
        metavar="NAME",
        default="lower_and_strip_punctuation",
    ),
]
Ngrams = Annotated[
    str | None,
    _option(
        _TOKENIZER,
        "text-vectorization: up to N words in a row are a token, as in --ngrams 2; or just so many, as in --ngrams "
        "1,3 or --ngrams 2,",
        metavar="N|N,N",
    ),
]
Lower = Annotated[
    bool | None,
    _option(
        _TOKENIZER,
        "Lower-case the text or not.",
        "--lower/--no-lower",
        default="word does, whitespace and char do not",
    ),
]
VocabSize = Annotated[
    int | None,
    _option(
        _TOKENIZER,
        r"Keep all ids below N, padding (0) and \[UNK] (1) included: the input_dim of an Embedding. Rarer words become "
        r"\[UNK].",
        metavar="N",
    ),
]
MinCount = Annotated[
    int | None, _option(_TOKENIZER, r"Words that occur fewer than N times become \[UNK].", metavar="N")
]
Unk = Annotated[
    bool,
    _option(
        _TOKENIZER,
        r"Whether words without an id of their own become \[UNK], or are left out, as by Keras's Tokenizer without an "
        "oov_token; ids then begin at 1 (word, whitespace, char).",
        "--unk/--no-unk",
    ),
]
FitTokenizerName = Annotated[
    str,
    _option(
        _TOKENIZER,
        "word (Keras's Tokenizer: lower-case, filter punctuation, split at spaces), whitespace, char, byte, "
        "text-vectorization (Keras's layer); or pieces of words, as Hugging Face trains them: bpe, wordpiece, unigram.",
        metavar="NAME",
    ),
]
SpecialTokens = Annotated[
    list[str] | None,
    _option(
        _TOKENIZER,
        r"bpe, wordpiece, unigram: a further token that is never cut, such as \[CLS]; repeat.",
        "--special",
        metavar="TOKEN",
    ),
]
AddSpecialTokens = Annotated[
    bool,
    _option(
        _TOKENIZER,
        r"Put around each row what the tokenizer's post-processor does, such as \[CLS] \[SEP]; --maxlen counts them.",
        "--add-special-tokens",
    ),
]
AddBos = Annotated[
    bool,
    _option(
        _TOKENIZER,
        "Put the tokenizer's token for the beginning of a text, such as <s>, before each row; --maxlen counts it.",
        "--add-bos",
    ),
]
AddEos = Annotated[
    bool,
    _option(
        _TOKENIZER,
        "Put the tokenizer's token for the end of a text, such as </s>, behind each row; --maxlen counts it.",
        "--add-eos",
    ),
]
SpecialInText = Annotated[
    bool,
    _option(
        _TOKENIZER,
        "Whether a special token's name within a text, such as <|endoftext|>, is that token, or plain text.",
        "--special-in-text/--no-special-in-text",
    ),
]
SchemeName = Annotated[
    Scheme | None,
    _option(
        _TOKENIZER,
        "Of a .tiktoken, or vocab.json and merges.txt: how texts are cut before: as by gpt2, r50k_base, p50k_base, "
        "p50k_edit, cl100k_base, o200k_base, o200k_harmony, whisper, qwen or llama3.",
        metavar="NAME",
        default="what the file's name says",
    ),
]
Pattern = Annotated[
    str | None,
    _option(_TOKENIZER, "The same, for a scheme that has no name: its regular expression.", metavar="REGEX"),
]

MaxLen = Annotated[
    str | None,
    _option(
        _PADDING,
        "Length of every row in the output; p95: the smallest that leaves at least 95% of the rows whole; t99: the "
        "smallest that keeps at least 99% of the tokens.",
        metavar="N|pN|tN",
        default="the longest row",
    ),
]
FurtherMaxLen = Annotated[
    list[int] | None, _option(_LENGTHS, "A length to show beside the usual ones; repeat.", metavar="N")
]
MaxTruncated = Annotated[
    str | None, _option(_LENGTHS, "Mark the smallest maxlen that cuts at most so many of the rows.", metavar="N%")
]
MaxLost = Annotated[
    str | None, _option(_LENGTHS, "Mark the smallest maxlen that loses at most so many of the tokens.", metavar="N%")
]
MaxPadding = Annotated[
    str | None,
    _option(_LENGTHS, "Mark the largest maxlen that makes at most so much of the array padding.", metavar="N%"),
]
Post = Annotated[bool, _option(_PADDING, "Pad after or before the tokens.", "--post/--pre")]
Truncate = Annotated[Side, _option(_PADDING, "Which side of a row that is too long is cut off.")]
PadId = Annotated[
    int | None, _option(_PADDING, "The id to pad with.", metavar="ID", default="what the tokenizer names, or 0")
]
IdType = Annotated[DType, _option(_PADDING, "Integer type of the ids; auto: the smallest that holds them all.")]

PadOutput = Annotated[
    str | None,
    _option(
        _OUTPUT,
        "out.npz: all arrays in one file; out.npy: the ids alone, the rest beside it; -: an npz to stdout.",
        "--output",
        "-o",
        metavar="FILE",
        default="the first input's name with .npz, in the current folder",
    ),
]
ContinueFrom = Annotated[
    str | None,
    _option(
        _INPUT,
        "Go on from the counts of an earlier fit: the tokenizer is that of both inputs, the earlier one first.",
        metavar="FILE",
    ),
]
SaveCounts = Annotated[
    str | None,
    _option(
        _OUTPUT,
        "Keep all counts in an Arrow file, as in words.arrow, for a later fit with --continue-from.",
        metavar="FILE",
    ),
]
FitOutput = Annotated[str, _option(_OUTPUT, "Where the tokenizer goes.", "--output", "-o", metavar="FILE")]
Compress = Annotated[bool, _option(_OUTPUT, "Compress the npz: smaller, but slower.", "--compress")]
ArrayNames = Annotated[
    Names,
    _option(
        _OUTPUT,
        "Names of the arrays: keras: token_ids, padding_mask; hf: input_ids, attention_mask, token_type_ids.",
    ),
]
SaveTokenizer = Annotated[
    str | None,
    _option(
        _OUTPUT,
        "Where to save a fitted tokenizer.",
        metavar="FILE",
        default="beside the output, as OUT.tokenizer.json",
    ),
]

_FAIL_IF = (
    "Exit with status 1 if a figure is so, as in 'unk>=5%' or 'rows<1000'; repeat. Figures: rows, empty, rejected, "
    "duplicates, unk, vocab, max_length"
)
FailIf = Annotated[
    list[str] | None,
    _option(_CHECKS, _FAIL_IF + "; and of what was padded: truncated, lost, padding.", metavar="EXPR"),
]
FailIfOfInput = Annotated[list[str] | None, _option(_CHECKS, _FAIL_IF + ".", metavar="EXPR")]
NoOutputOnFail = Annotated[
    bool, _option(_CHECKS, "Write nothing where --fail-if makes the run fail.", "--no-output-on-fail")
]
ReportFile = Annotated[
    str | None,
    _option(
        _CHECKS,
        "Write all that is known of the run, also of one that --fail-if makes fail: .json for programs, .md for the "
        "summary of a CI job.",
        "--report",
        metavar="FILE",
    ),
]

IfChanged = Annotated[
    bool,
    _option(
        _OUTPUT,
        "Do nothing if the output is already that of these inputs, options and versions, by their content and not by "
        "their times; for Makefiles and caches: padcli pad corpus.txt -o out.npz --if-changed",
        "--if-changed",
    ),
]

Plot = Annotated[
    str | None,
    _option(
        _CHECKS,
        "Draw the lengths, and what each maxlen costs: a .png, .svg or .pdf; or an .html with a slider to try each "
        "maxlen in a browser, as in --plot lengths.html. Several inputs are drawn over each other.",
        metavar="FILE",
    ),
]

Workers = Annotated[
    int | None,
    _option(
        _SPEED,
        "How many threads work at a time. The output does not depend on it; each takes some 30 MB of memory.",
        metavar="N",
        default="one a core",
    ),
]
Timings = Annotated[bool, _option(_SPEED, "Show where the time went, stage by stage.", "--timings")]

Quiet = Annotated[bool, _option(_SCREEN, "No summary and no progress; errors are still shown.", "--quiet", "-q")]
Json = Annotated[bool, _option(_SCREEN, "The facts of the summary as one JSON object on stdout.", "--json")]

First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        show_default=False,
        help="Text or JSONL, such as what is trained on: a tokenizer is fitted on it; or an .npz or .npy of padcli.",
    ),
]
Second = Annotated[str, typer.Argument(metavar="B", show_default=False, help="The same, such as what is tested on.")]

PaddedFile = Annotated[str, typer.Argument(metavar="OUT", help="An .npz or .npy that padcli wrote.")]
RowRange = Annotated[
    str | None,
    _option(_ROWS, "These rows, as in 0:5 (counted from 0, without the last), or one, as in 7.", metavar="START:STOP"),
]
FindToken = Annotated[
    str | None,
    _option(
        _ROWS,
        r"Rows that hold this token of the vocabulary, as in --find cat or --find '\[UNK]'; or this id, as in "
        "--find '#42'.",
        metavar="TOKEN",
    ),
]
OnlyTruncated = Annotated[bool, _option(_ROWS, "Rows that were cut since they are longer than maxlen.", "--truncated")]
OnlyUnknown = Annotated[
    bool, _option(_ROWS, r"Rows that hold \[UNK], which stands for what is not in the vocabulary.", "--unk")
]
LongestFirst = Annotated[
    bool, _option(_ROWS, "The longest rows, before they were cut, instead of the first ones.", "--longest")
]
RowLimit = Annotated[
    int | None,
    _option(_ROWS, "Show at most N rows, as in --limit 3; 0 shows all.", metavar="N", default="10; all of --rows"),
]
DecodeTokenizer = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=r"The tokenizer to decode with. [dim]\[default: the one that the file names, or the one beside it][/]",
    ),
]
JsonRows = Annotated[
    bool,
    typer.Option(
        "--json",
        help="One JSON object a row on stdout, with index, length, ids, text, lost and labels; without an option of "
        "the rows, one of what is in the file.",
    ),
]

VerifyInputs = Annotated[
    bool,
    typer.Option(
        "--inputs",
        help="Check, too, that the inputs and the tokenizer are still those that it was made from; they are looked for "
        "where they were, from the current folder on.",
    ),
]
VerifyJson = Annotated[bool, typer.Option("--json", help="What was found as one JSON object on stdout.")]

ExportedTokenizer = Annotated[
    str, typer.Argument(metavar="TOKENIZER", help="What padcli fitted with --tokenizer text-vectorization.")
]
VocabOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where it goes: TextVectorization(vocabulary=FILE).")
]
