"""Options of writing: where the arrays go, and in which form."""

import dataclasses
from pathlib import Path

from padcli.errors import UsageError
from padcli.options.checks import location, one_of, size, whole
from padcli.options.choices import Names
from padcli.options.option import OUTPUT, RUN, Stage, option

_NEVER_COMPRESSED = (".npy", ".safetensors", ".tfrecord", ".hf")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions(Stage):
    """Output of arrays. Raises `UsageError`."""

    output: str | Path | None = option(
        None,
        "--output",
        "-o",
        help="Its extension is its format: .npz (all arrays in one file), .npy (the ids alone, the rest next to it), "
        ".safetensors, .parquet, .arrow, .tfrecord, .hf (a folder of datasets). -: an npz to stdout.",
        panel=OUTPUT,
        metavar="FILE",
        check=location,
        shown_default="the first input's name with .npz, in the current folder",
        is_keyword=False,
        only=("pad", "pad_texts"),
    )
    compress: bool = option(
        False,
        help="Compress an npz, parquet or arrow: smaller, but slower.",
        panel=OUTPUT,
        only=("pad", "convert"),
    )
    names: Names = option(
        "keras",
        help="Names of the arrays. keras: token_ids, padding_mask; hf: input_ids, attention_mask, token_type_ids.",
        panel=OUTPUT,
        check=one_of(Names),
        only=("pad", "pad_texts"),
    )
    shard_rows: int | None = option(
        None,
        help="Write shards of N rows: out-00000-of-00007.npz and so on, and out.index.json, which opens them together.",
        panel=OUTPUT,
        metavar="N",
        check=whole(1, "rows of a shard"),
        only=("pad", "convert"),
    )
    shard_size: int | None = option(
        None,
        help="Write shards of about this size, such as 512MB or 1GiB, counted before compression.",
        panel=OUTPUT,
        metavar="SIZE",
        accepts=int | str | None,
        check=size,
        only=("pad", "convert"),
    )
    save_tokenizer: str | Path | None = option(
        None,
        help="Where to save a fitted tokenizer.",
        panel=OUTPUT,
        metavar="FILE",
        check=location,
        shown_default="next to the output, as OUT.tokenizer.json",
        only=("pad",),
    )
    force: bool = option(
        False,
        help="Replace an existing file that padcli did not write; padcli's own outputs are always replaced.",
        panel=OUTPUT,
        only=("pad", "convert"),
    )
    if_changed: bool = option(
        False,
        help="Do nothing if the output was already made from the same inputs, options and versions, judged by content, "
        "not by time; for Makefiles and caches: padcli pad corpus.txt -o out.npz --if-changed",
        panel=RUN,
        only=("pad",),
    )

    @property
    def is_sharded(self) -> bool:
        """True where the arrays are written in shards."""
        return self.shard_rows is not None or self.shard_size is not None

    def _check_together(self) -> None:
        if self.shard_rows is not None and self.shard_size is not None:
            raise UsageError("--shard-rows and --shard-size both say how large a shard is.", hint="Remove one of them.")
        extension = Path(self.output or "").suffix.lower()
        if self.compress and extension in _NEVER_COMPRESSED:
            raise UsageError(
                f"--compress: {extension} files are never compressed, so that rows are found without reading all.",
                hint="Write an .npz or a .parquet, or remove --compress.",
            )
