"""Rows of a run, kept as far as they are needed: in files without a name here, or in a folder that all workers see."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from padcli.encode.encoded_rows import EncodedRows
from padcli.encode.shared_rows import SharedRows
from padcli.files.pending import PendingFiles
from padcli.plan import FitPlan, PadPlan
from padcli.quality.row_checks import RowHashes
from padcli.sources.records import FieldKinds
from padcli.store.shared import opened
from padcli.store.spill import Spill
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.around import template_of
from padcli.tokenizers.vocabulary import UnitCounts


@contextmanager
def keep_rows(plan: FitPlan, tokenizer: Tokenizer, files: PendingFiles) -> Iterator[EncodedRows]:
    """Keep what a plan needs of the rows while the block runs, in a shared folder until `files` have their names.

    Raises `UsageError` for ids that are not there.
    """
    template = template_of(tokenizer, plan.tokenize, plan.rows, plan.read.n_texts)
    pad_id = tokenizer.padding_id(plan.pad.pad_id) if isinstance(plan, PadPlan) else 0
    field_kinds: FieldKinds = {}
    counts = UnitCounts() if tokenizer.vocabulary is None else None
    if plan.continue_from is not None:
        from padcli.tokenizers import counts_file

        counts, field_kinds = counts_file.read(plan.continue_from, tokenizer.splitter)
    common: dict[str, Any] = {"counts": counts, "field_kinds": field_kinds, "template": template, "pad_id": pad_id}
    if plan.shared_place is not None:
        folder = opened(plan.shared_place, files, resumes=plan.run.resume)
        yield SharedRows(folder=folder, checks_rows=plan.checks_rows, **common)
        return
    with ExitStack() as stack:
        yield EncodedRows(
            store=None if plan.store_folder is None else stack.enter_context(Spill(plan.store_folder)),
            hashes=stack.enter_context(RowHashes(plan.store_folder)) if plan.checks_rows else None,
            **common,
        )
