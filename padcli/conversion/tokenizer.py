"""The tokenizer of an output, copied along with it where it would be lost."""

from pathlib import Path

from padcli.files.output_paths import beside, tokenizer_places
from padcli.files.pending import PendingFiles
from padcli.formats.base import StoredRows
from padcli.tokenizers.external import files


def copy_tokenizer(stored: StoredRows, output: Path, pending: PendingFiles) -> None:
    """Copy the tokenizer that made the ids beside an output that would not find it; one that is lost stays so."""
    facts = stored.metadata["tokenizer"]
    if facts is None or any(
        files.digest(place) == facts["sha256"] for place in tokenizer_places(facts["path"], output)
    ):
        return
    for place in tokenizer_places(facts["path"], stored.path):
        if files.digest(place) == facts["sha256"]:
            pending.open(beside(output)).write(place.read_bytes())
            return
