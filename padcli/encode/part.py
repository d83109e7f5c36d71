"""The tasks of workers that read the inputs themselves, and keep what they encode in a folder that all of them see.

A part is an input, or some bytes of a file of lines. A worker goes through it split by split, as one process does
through all of the input; only what is known of its rows comes back.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any, cast

import pyarrow as pa

from padcli.encode.label_checks import UnknownClass, unknown_class
from padcli.encode.summary import OfInput, SplitSummary, moved_on
from padcli.encode.task import EncodeAnySplit, EncodedSplit, EncodeSplit, is_doubtful
from padcli.sources import source_class
from padcli.sources.base import InputFacts, Source
from padcli.sources.folders import Folder
from padcli.sources.input_parts import InputPart
from padcli.sources.records import FieldKinds, Records, Reject
from padcli.sources.table_files import TableFile
from padcli.store.shared import Kept
from padcli.store.shared_blocks import BlockRef, block_name, find_block, put_block


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPart:
    """A part, encoded; see `EncodedSplit`. `unknown`: the first label that is none of the classes, if there is one."""

    blocks: tuple[BlockRef, ...]
    summary: SplitSummary
    rejects: tuple[Reject, ...] = ()
    n_records: int = 0
    unknown: UnknownClass | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EncodePart:
    """Read, encode and keep a part of an input. It can be run anywhere and twice, and gives the same.

    `common`: what is the same in all of a run; `path`: where workers find the input that was named `name`; `within`:
    the part of it, None for all; `folder`: its files, where it is one.
    """

    common: "Kept[Common]"
    source: int
    kind: str
    path: str
    name: str
    within: InputPart | None
    folder: Kept[Folder] | None
    field_kinds: FieldKinds

    def __call__(self) -> EncodedPart:
        """Do the work."""
        common, source = self.common.value, self._opened()
        found = EncodedPart(
            blocks=(),
            summary=SplitSummary(by_input=(OfInput(number=self.source),)),
        )
        for split in source.splits():
            known = {**found.summary.field_kinds, **self.field_kinds}
            task = common.task.of(split, source=self.source, kind=self.kind, field_kinds=known)
            encoded, blocks = self._kept(task, task.records())
            if self.within is None:
                source.observe(encoded.observed or split)
            unknown = unknown_class(encoded, common.classes)
            found = EncodedPart(
                blocks=(*found.blocks, *blocks),
                summary=found.summary.merge(encoded.summary),
                rejects=(*found.rejects, *moved_on(encoded.rejects, found.summary.by_input)),
                n_records=found.n_records + encoded.n_records,
                unknown=found.unknown or (None if unknown is None else unknown.after(found.n_records)),
            )
        if self.within is None:
            found = dataclasses.replace(found, summary=dataclasses.replace(found.summary, inputs=(source.facts(),)))
        return self._named(found)

    def is_doubtful(self, found: EncodedPart | None, field_kinds: FieldKinds) -> bool:
        """Return whether the task must be done again, since the kinds of fields were not yet known."""
        kinds = {} if found is None else found.summary.field_kinds
        return is_doubtful(self.field_kinds, field_kinds, kinds, is_bad=found is None or bool(found.rejects))

    def _opened(self) -> Source:
        known: dict[str, Any] = {} if self.folder is None else {"folder": self.folder.value}
        if self.within is not None:
            known["within"] = self.within
        common = self.common.value
        source: Any = source_class(self.kind)
        return cast(
            Source, source(self.path, common.task.read, split_bytes=common.split_bytes, on_read=ignore, **known)
        )

    def _kept(self, task: EncodeSplit, records: Records) -> tuple[EncodedSplit, tuple[BlockRef, ...]]:
        """Encode a split, and keep it; or take what a run before has kept of the same."""
        common, folder = self.common.value, self.common.folder
        name = block_name(_digest(common.fingerprint, task, records))
        if common.resumes and (earlier := find_block(folder, name)) is not None:
            ref, encoded = earlier
            if common.classes:
                _, record, _ = ref.section(folder, "rows")
                encoded = dataclasses.replace(encoded, labels=ref.section(folder, "labels"), record=record)
            return dataclasses.replace(encoded, observed=records.observed), (ref,)
        encoded = task.encoded(records)
        if not encoded.n_records:
            return encoded, ()
        without = dataclasses.replace(encoded, **_NO_ARRAYS, observed=None)
        return encoded, (put_block(folder, name, encoded, len(encoded.lengths) // task.n_texts, without),)

    def _named(self, found: EncodedPart) -> EncodedPart:
        """Call the input by the name that it has for the user."""
        if self.name == self.path:
            return found
        rejects = tuple(self._of_name(bad) for bad in found.rejects)
        summary = dataclasses.replace(
            found.summary,
            inputs=tuple(dataclasses.replace(facts, path=self.name) for facts in found.summary.inputs),
            rejects=tuple(map(self._of_name, found.summary.rejects)),
        )
        return dataclasses.replace(found, rejects=rejects, summary=summary)

    def _of_name(self, bad: Reject) -> Reject:
        return dataclasses.replace(bad, path=self.name + bad.path.removeprefix(self.path))


_NO_ARRAYS: dict[str, Any] = {
    **dict.fromkeys(("codes", "counts", "lengths"), ()),
    **dict.fromkeys(("numbers", "units", "record", "hashes")),
    "labels": {},
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What is the same for all parts of a run. `fingerprint`: of what blocks depend on, beside the records."""

    task: EncodeAnySplit
    classes: Mapping[str, tuple[str, ...]]
    fingerprint: str
    split_bytes: int
    resumes: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DigestInput:
    """Read a file that was encoded in several parts once more, for its size and digest."""

    source: int
    name: str
    whole: TableFile

    def __call__(self) -> EncodedPart:
        """Do the work."""
        digest = hashlib.sha256()
        for part in self.whole.parts():
            digest.update(part)
        facts = InputFacts(path=self.name, bytes=self.whole.size, sha256=digest.hexdigest())
        return EncodedPart(blocks=(), summary=SplitSummary(inputs=(facts,)))

    def is_doubtful(self, found: EncodedPart | None, field_kinds: FieldKinds) -> bool:  # noqa: ARG002
        """Return False."""
        return False


def _digest(fingerprint: str, task: EncodeSplit, records: Records) -> "hashlib._Hash":
    """Hash what a block follows from: the records, and how they are encoded."""
    beside = (task.source, task.kind, task.field_kinds, records.tail, records.rejects, records.blank_lines,
              records.n_lines, records.skipped_files)  # fmt: skip
    digest = hashlib.sha256(f"{fingerprint}{beside}".encode())
    for name, column in (("", records.values), *records.labels.items()):
        batch = pa.record_batch([column], [name])
        digest.update(batch.schema.serialize())
        digest.update(batch.serialize())
    return digest


def ignore(n_bytes: int) -> None:
    """Let nobody know."""
