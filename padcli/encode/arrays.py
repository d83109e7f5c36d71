"""From spilled rows to the arrays of the output, block by block."""

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from padcli.encode.corpus import Corpus
from padcli.engine.run import Run
from padcli.engine.store import Rows, Spill, Spool
from padcli.errors import IdRangeError, LengthError, OutputError
from padcli.formats import ArrayStream, data_of
from padcli.options import PadOptions
from padcli.padding.pad_rows import Layout, pad_rows
from padcli.plan import PadPlan
from padcli.rows.ragged import RaggedIds, narrowest, offsets_of
from padcli.tokenizers.vocabulary import Vocabulary

_LABEL_OF_NOTHING = np.dtype(np.int64)
_LABEL_BLOCK_BYTES = 2**24
_BEST_COMPRESSION = 1000  # deflate cannot do better than 1032 to 1


def choose_layout(
    corpus: Corpus,
    vocabulary: Vocabulary | None,
    options: PadOptions,
    *,
    around: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
) -> Layout:
    """Decide what the options left open; `around` are the ids that come before and after each row.

    Raises `LengthError` where no `maxlen` follows from the rows, and `IdRangeError` where the dtype cannot hold the
    largest id that there may be: NumPy would let it wrap round in silence.
    """
    smallest, largest = (0, len(vocabulary) - 1) if vocabulary is not None else (corpus.smallest_id, corpus.largest_id)
    pad_id = corpus.pad_id
    smallest, largest = min(smallest, pad_id), max(largest, pad_id)
    auto = options.dtype == "auto"
    dtype = narrowest(np.array([smallest, largest])).dtype if auto else np.dtype(options.dtype)
    limits = np.iinfo(dtype)
    for id_ in (smallest, largest):
        if not limits.min <= id_ <= limits.max:
            what = "the padding id" if id_ == pad_id else "an id"
            raise IdRangeError(
                f"--dtype {dtype}: holds {limits.min:,} to {limits.max:,}, and {what} is {id_:,}.",
                hint="Use --dtype auto: the smallest dtype that holds all ids.",
            )
    maxlen = _choose_maxlen(corpus, options)
    if maxlen < corpus.n_special:
        raise LengthError(
            f"--maxlen {options.maxlen}: has no room for the {corpus.n_special} special tokens of each row.",
            hint="Give more, or leave out --add-special-tokens.",
        )
    return Layout(
        maxlen=maxlen,
        padding=options.padding,
        truncating=options.truncating,
        pad_id=pad_id,
        dtype=dtype,
        before=around[0],
        after=around[1],
    )


def _choose_maxlen(corpus: Corpus, options: PadOptions) -> int:
    if isinstance(options.maxlen, int):
        return options.maxlen
    histogram = corpus.histogram
    if not histogram.rows and corpus.rejected:
        reasons = "\n".join(corpus.reasons)
        raise LengthError(f"No record is left: all {corpus.rejected:,} are bad.", hint=f"The first of them:\n{reasons}")
    if not histogram.rows:
        raise LengthError("The input is empty, so that no length follows from it.", hint="Give one: --maxlen 50.")
    if not histogram.longest:
        raise LengthError("All rows are empty, so that no length follows from them.", hint="Give one: --maxlen 50.")
    maxlen = histogram.longest
    if options.share is not None:
        of, percent = options.share
        maxlen = histogram.percentile(percent) if of == "p" else histogram.token_percentile(percent)
    if not maxlen:
        raise LengthError(f"--maxlen {options.maxlen}: comes to 0, since that many rows are empty.", hint="Give more.")
    return maxlen


def array_streams(
    corpus: Corpus,
    spill: Spill,
    layout: Layout,
    ids_of_numbers: NDArray[np.int32] | None,
    names: tuple[str, ...],
    run: Run,
) -> list[ArrayStream]:
    """The arrays of the output, in the order of `names`; their blocks are made while they are written.

    `ids_of_numbers`, int32 `(n_units,)`, gives the ids of a vocabulary fitted after the codes were spilled.
    """
    rows, ids = spill.rows, run.results("pad", _pad_tasks(spill, layout, ids_of_numbers))
    n_rows, maxlen = corpus.histogram.rows, layout.maxlen
    two_d = {
        "token_ids": (layout.dtype, ids),
        "input_ids": (layout.dtype, ids),
        "padding_mask": (np.dtype(np.bool_), _masks(rows, layout)),
        # Integers, as Hugging Face's: torch refuses `1 - mask` for booleans.
        "attention_mask": (np.dtype(np.int8), (mask.view(np.int8) for mask in _masks(rows, layout))),
        "token_type_ids": (np.dtype(np.int8), (np.zeros(mask.shape, np.int8) for mask in _masks(rows, layout))),
    }
    streams = []
    for name in names:
        if name in two_d:
            dtype, blocks = two_d[name]
            streams.append(ArrayStream(name=name, dtype=dtype, shape=(n_rows, maxlen), blocks=blocks))
        elif name == "lengths":
            lengths = (part.lengths.astype(np.int32) for part in rows)
            streams.append(ArrayStream(name=name, dtype=np.dtype(np.int32), shape=(n_rows,), blocks=lengths))
        else:
            dtype = corpus.label_dtypes.get(name, _LABEL_OF_NOTHING)
            streams.append(ArrayStream(name=name, dtype=dtype, shape=(n_rows,), blocks=_labels(rows, name, dtype)))
    return streams


def _pad_tasks(
    spill: Spill, layout: Layout, ids_of_numbers: NDArray[np.int32] | None
) -> Iterator[Callable[[], NDArray[np.integer]]]:
    for tokens, part in zip(spill.codes, spill.rows, strict=True):
        lookup = tokens.numbers
        if lookup is not None and ids_of_numbers is not None:
            lookup = ids_of_numbers[lookup]
        offsets = offsets_of(part.lengths.astype(np.int64) - layout.n_special)
        ragged = RaggedIds(values=tokens.codes, offsets=offsets, lookup=lookup)
        for block in ragged.blocks(layout.block_rows):
            yield partial(pad_rows, block, layout)


def _masks(rows: Spool[Rows], layout: Layout) -> Iterator[NDArray[np.bool_]]:
    for part in rows:
        for start in range(0, len(part.lengths), layout.block_rows):
            yield layout.mask(part.lengths[start : start + layout.block_rows])


def _labels(rows: Spool[Rows], name: str, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    # One long text makes all of them wide: a few rows at a time, then.
    block_rows = max(1, _LABEL_BLOCK_BYTES // dtype.itemsize)
    for part in rows:
        column = part.labels[name]
        for start in range(0, len(column), block_rows):
            yield column[start : start + block_rows].to_numpy(zero_copy_only=False).astype(dtype)


def check_space(arrays: Sequence[ArrayStream], plan: PadPlan) -> None:
    """Raise `OutputError`, before anything is written, for arrays that the disk cannot hold."""
    needed, free = sum(array.nbytes for array in arrays), shutil.disk_usage(plan.folder).free
    if plan.write.compress:
        needed //= _BEST_COMPRESSION
    if needed > free:
        shape = " × ".join(f"{n:,}" for n in arrays[0].shape)
        widest = max(arrays, key=lambda array: array.nbytes)
        hint = "Choose a smaller --maxlen, such as --maxlen p95, or a smaller --dtype."
        if widest.name in plan.read.label:
            hint = f"Most of it is --label {widest.name}: each row takes as much as its longest text. Leave it out."
        raise OutputError(
            f"{plan.place}: arrays of {shape} need {_size(needed)}, and {_size(free)} are free.", hint=hint
        )


def _size(n_bytes: int) -> str:
    units = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
    return next((f"{n_bytes / size:,.1f} {unit}" for size, unit in units if n_bytes >= size), f"{n_bytes} bytes")


def observed(arrays: Sequence[ArrayStream], digests: dict[str, str], run: Run) -> Iterator[ArrayStream]:
    """The same arrays, telling how far their writing is; `digests` gets the sha256 of each, by its name."""
    done, total = 0, sum(array.nbytes for array in arrays)

    def observe(array: ArrayStream) -> Iterator[NDArray[Any]]:
        nonlocal done
        digest, hashed = hashlib.sha256(), None
        for block in array.blocks:
            if hashed is not None:
                run.wait(hashed)
            # A worker does it while the block is written, and the next one awaited: hashing takes half as long as that.
            hashed = run.beside("digest", partial(digest.update, data_of(block)))
            yield block
            done += block.nbytes
            run.on_progress("Writing", done, total)
        if hashed is not None:
            run.wait(hashed)
        digests[array.name] = digest.hexdigest()

    for array in arrays:
        yield dataclasses.replace(array, blocks=observe(array))
