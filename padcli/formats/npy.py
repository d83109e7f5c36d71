"""The ids as a bare `.npy`, which `np.load(mmap_mode="r")` maps, and everything else in files beside it.

`out.npy` goes with `out.mask.npy`, `out.lengths.npy`, one `out.NAME.npy` for each label, and `out.meta.json`. The last
seals them: the old one is removed before any other file is replaced, and the new one comes when all are there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import IO, Any

from padcli.errors import InputError
from padcli.files.pending import PendingFiles
from padcli.formats.array_file import ArrayFile, NpyRows, write_npy
from padcli.formats.base import Rows, StoredRows
from padcli.formats.metadata_file import NAME, metadata_json, read_metadata
from padcli.schema import ArraySpec, role_of


def path_of(output: Path, name: str) -> Path:
    """Return the file for the array of that name."""
    role = role_of(name)
    return output if role == "ids" else output.with_suffix(".mask.npy" if role == "mask" else f".{name}.npy")


def metadata_path(output: Path) -> Path:
    """Return the file for the metadata."""
    return output.with_suffix(f".{NAME}")


class NpyFormat:
    """Each array in a file of its own; a file for mapping into memory is never compressed."""

    def check(self, specs: Sequence[ArraySpec]) -> None:
        """Accept any arrays."""

    def paths(self, output: Path, names: Iterable[str]) -> list[Path]:
        """Return a file for each array, the ids first, and one for the metadata."""
        return [*(path_of(output, name) for name in names), metadata_path(output)]

    def write(
        self,
        pending: PendingFiles,
        output: Path,
        rows: Rows,
        metadata: Callable[[], dict[str, Any]],
        *,
        compress: bool,
    ) -> None:
        """Write each array to its file, then the metadata."""
        for spec in rows.specs:
            write_npy(pending.open(path_of(output, spec.name), size=spec.nbytes), spec, rows.column(spec.name))
        pending.open(metadata_path(output), is_seal=True).write(metadata_json(metadata()))

    @contextmanager
    def open(self, path: Path) -> Iterator[StoredRows]:
        """Open what was written. Raises `InputError` where metadata are missing, as after a run that was killed."""
        try:
            raw = read_metadata(metadata_path(path))
        except FileNotFoundError as error:
            if not path.exists():
                raise
            missing = metadata_path(path).name
            raise InputError(
                f"{path}: {missing} is missing: the output is incomplete, or was not written by padcli.",
                hint="Pad the text again.",
            ) from error
        yield _Files(path, raw)


class _Files(NpyRows):
    @property
    def files(self) -> list[Path]:
        return NpyFormat().paths(self.path, self.arrays)

    @property
    def unexpected(self) -> list[str]:
        """Files that are named as its arrays are; those of other outputs have metadata of their own."""
        stem = escape(self.path.with_suffix("").name)
        others = [file.name.removesuffix(NAME) for file in self.path.parent.glob(f"{stem}.*.{NAME}")]
        found = {
            file.name for file in self.path.parent.glob(f"{stem}.*.npy") if not file.name.startswith(tuple(others))
        }
        return sorted(found - {file.name for file in self.files})

    def locate(self, name: str) -> ArrayFile:
        path = path_of(self.path, name)
        with path.open("rb") as file:
            return ArrayFile.described(file, path)

    def _open(self, name: str) -> tuple[IO[bytes], int]:
        path = path_of(self.path, name)
        if not path.is_file():
            raise InputError(f"{path} is missing")
        return path.open("rb"), path.stat().st_size
