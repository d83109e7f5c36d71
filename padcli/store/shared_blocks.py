"""Encoded splits in a shared folder: a file each, of which only the part that is needed is read.

A file has sections, one behind the other: codes as they are; then, pickled, rows, labels, units with their counts, and
hashes; at its end what else is known of the split, and the digest of all that. Its name follows from what was encoded.
"""

import dataclasses
import hashlib
import pickle
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.store.blocks import Block, Codes, Rows
from padcli.store.shared import SharedFolder

_Part = TypeVar("_Part")

Section = Literal["codes", "rows", "labels", "units", "hashes"]
_SECTIONS: tuple[Section, ...] = ("codes", "rows", "labels", "units", "hashes")
_TAIL = struct.Struct("<Q32s")  # bytes of what is known of the split, and a sha256
_BLOCKS, _DIGEST = "blocks/", 20  # the folder, and bytes of a name in it
_REF = struct.Struct(f"<{_DIGEST}s4sQQ{len(_SECTIONS)}Q")  # see `BlockRef`


class _Fields(NamedTuple):
    digest: bytes
    dtype: bytes
    n_rows: int
    n_records: int
    ends: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class BlockRef:
    """A block in a shared folder, in as few bytes as it can be told: one process holds those of all blocks."""

    packed: bytes

    @classmethod
    def of(cls, name: str, dtype: str, *, n_rows: int, n_records: int, ends: Sequence[int]) -> "BlockRef":
        """Refer to a block by its name. `n_rows`: records that were taken, of `n_records`; `ends`: of its sections."""
        digest = bytes.fromhex(name.removeprefix(_BLOCKS))
        return cls(_REF.pack(digest, dtype.encode(), n_rows, n_records, *ends))

    def __reduce__(self) -> "tuple[type[BlockRef], tuple[bytes]]":
        return BlockRef, (self.packed,)

    @property
    def _fields(self) -> _Fields:
        digest, dtype, n_rows, n_records, *ends = _REF.unpack(self.packed)
        return _Fields(digest, dtype, n_rows, n_records, tuple(ends))

    @property
    def name(self) -> str:
        """Its name in the folder."""
        return _BLOCKS + self._fields.digest.hex()

    @property
    def n_rows(self) -> int:
        """Records that were taken."""
        return self._fields.n_rows

    @property
    def n_records(self) -> int:
        """Records that there were."""
        return self._fields.n_records

    def section(self, folder: SharedFolder, section: Section) -> Any:
        """Read a section that is pickled. Raises `OSError`."""
        place, ends = _SECTIONS.index(section), self._fields.ends
        return pickle.loads(folder.read(self.name, ends[place - 1], ends[place]))

    def codes(self, folder: SharedFolder) -> NDArray[np.integer]:
        """Map the codes, `(n_tokens,)`. Raises `OSError`."""
        fields = self._fields
        return np.frombuffer(folder.mapped(self.name, fields.ends[0]), fields.dtype.rstrip(b"\0").decode())

    def units(self, folder: SharedFolder) -> tuple[pa.StringArray | None, NDArray[np.int64], NDArray[np.int32] | None]:
        """Read the units, how often each occurs, and what each stands for, `(n_unique,)`."""
        units, counts, numbers = self.section(folder, "units")
        return units, counts, numbers


def block_name(content: "hashlib._Hash") -> str:
    """Return the name of the block of what was hashed."""
    return _BLOCKS + content.digest()[:_DIGEST].hex()


def put_block(folder: SharedFolder, name: str, block: Block, n_rows: int, known: Any) -> BlockRef:
    """Write a block, with what else is known of the split. Raises `OSError` or `EngineError`."""
    codes = np.ascontiguousarray(block.codes)
    values: tuple[Any, ...] = (
        (block.lengths, block.record, block.n_records),
        block.labels,
        (block.units, block.counts, block.numbers),
        block.hashes,
    )
    sections: list[bytes | memoryview] = [
        codes.view(np.uint8).data,
        *(pickle.dumps(value, protocol=5) for value in values),
    ]
    ends = offsets_of(np.array([len(section) for section in sections]))[1:].tolist()
    ref = BlockRef.of(name, codes.dtype.str, n_rows=n_rows, n_records=block.n_records, ends=ends)
    told = pickle.dumps((ref, known), protocol=5)
    digest = hashlib.sha256()
    for section in (*sections, told):
        digest.update(section)
    folder.write(name, (*sections, told, _TAIL.pack(len(told), digest.digest())))
    return ref


def find_block(folder: SharedFolder, name: str) -> tuple[BlockRef, Any] | None:
    """Return a block that is there, and whole, with what else is known of the split; None where there is none."""
    try:
        data = folder.read(name)
    except OSError:
        return None
    if len(data) < _TAIL.size:
        return None
    size, digest = _TAIL.unpack(data[-_TAIL.size :])
    content = memoryview(data)[: -_TAIL.size]
    if hashlib.sha256(content).digest() != digest:
        return None
    ref, known = pickle.loads(content[len(content) - size :])
    return ref, known


class _Parts(Generic[_Part]):
    """One thing of each block, read anew each time."""

    def __init__(self, read: Callable[[], Iterator[_Part]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[_Part]:
        return self._read()


# Gives units their ids, in any process: Arrow strings `(n,)` to int32 `(n,)`.
LookUp = Callable[[pa.StringArray], NDArray[np.int32]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SharedBlocks:
    """Blocks in their order, as a `Store`. `look_up`: the ids of units that were not known when they were encoded.

    `chosen`: of each block, the records that are wanted, int64 `(n,)`, as they rise; None for all.
    """

    folder: SharedFolder
    blocks: tuple[BlockRef, ...]
    look_up: LookUp | None = None
    chosen: tuple[NDArray[np.int64], ...] | None = None

    @property
    def codes(self) -> _Parts[Codes]:
        """The tokens of each block."""
        return _Parts(lambda: map(self._codes, self.blocks))

    @property
    def rows(self) -> _Parts[Rows]:
        """The records of each block."""
        return _Parts(lambda: map(self._rows, self.blocks))

    def between(self, first: int, end: int) -> "SharedBlocks":
        """Return the blocks `[first, end)`."""
        return dataclasses.replace(self, blocks=self.blocks[first:end])

    def only(self, records: NDArray[np.int64], firsts: NDArray[np.int64]) -> "SharedBlocks":
        """Return the blocks that have some of these records, of those in all blocks, as they rise; and only these.

        `firsts`: int64 `(n_blocks + 1,)`, the records before each block.
        """
        places = np.searchsorted(records, firsts)
        found = np.flatnonzero(np.diff(places))
        chosen = (records[places[n] : places[n + 1]] - firsts[n] for n in found)
        return dataclasses.replace(self, blocks=tuple(self.blocks[n] for n in found), chosen=tuple(chosen))

    def _codes(self, block: BlockRef) -> Codes:
        units, _, numbers = block.units(self.folder)
        if numbers is None and units is not None and self.look_up is not None:
            numbers = self.look_up(units)
        return Codes(codes=block.codes(self.folder), numbers=numbers)

    def _rows(self, block: BlockRef) -> Rows:
        lengths, record, n_records = block.section(self.folder, "rows")
        labels = block.section(self.folder, "labels")
        return Rows(lengths=lengths, labels=labels, record=record, n_records=n_records)

    @contextmanager
    def flattened(
        self, dtype: np.dtype[np.integer], lookup_of: Callable[[Codes], NDArray[np.int32] | None]
    ) -> Iterator[RaggedIds]:
        """Map the ids of all sequences, or of those of the chosen records, from a file that has no name."""
        all_lengths = [np.zeros(0, np.int64)]
        with tempfile.TemporaryFile(prefix=".padcli-") as file:
            for number, block in enumerate(self.blocks):
                lengths, _, _ = block.section(self.folder, "rows")
                lengths, tokens = lengths.astype(np.int64), self._codes(block)
                codes, lookup = tokens.codes, lookup_of(tokens)
                if self.chosen is not None:
                    n_texts = len(lengths) // max(1, block.n_rows)
                    texts = (self.chosen[number][:, None] * n_texts + np.arange(n_texts)).reshape(-1)
                    starts, lengths = offsets_of(lengths)[texts], lengths[texts]
                    codes = codes[np.repeat(starts - offsets_of(lengths)[:-1], lengths) + np.arange(lengths.sum())]
                ids = codes if lookup is None else lookup[codes]
                file.write(ids.astype(dtype, copy=False).data)
                all_lengths.append(lengths)
            file.flush()
            n_ids = file.tell() // dtype.itemsize
            values = np.memmap(file, dtype, "r", shape=(n_ids,)) if n_ids else np.zeros(0, dtype)
            yield RaggedIds(values=values, offsets=offsets_of(np.concatenate(all_lengths)))
