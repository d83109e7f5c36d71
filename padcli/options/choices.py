"""The values that an option can have where they are few, and the constants of options."""

from typing import Literal

Format = Literal["text", "jsonl", "csv", "tsv", "parquet", "arrow", "orc", "tar", "zip"]
Record = Literal["line", "file", "paragraph"]
LabelType = Literal["auto", "text"]
EncodingErrors = Literal["strict", "replace"]
OnError = Literal["stop", "skip"]
Side = Literal["pre", "post"]
Packing = Literal["best-fit", "first-fit", "consecutive"]
PairTruncation = Literal["longest-first", "only-first", "only-second", "round-robin", "waterfall"]
Names = Literal["keras", "hf"]
Color = Literal["auto", "always", "never"]
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
