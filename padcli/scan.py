"""The first half of the work: all inputs read and tokenized, once, chunk by chunk."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

import orjson

from padcli.chunks import TOKENIZED_FIELD, Families, Reject
from padcli.corpus import Corpus
from padcli.errors import BadRecordError, InputError, UsageError
from padcli.options import TokenizeOptions
from padcli.plan import FitPlan
from padcli.sinks.atomic import PendingFiles
from padcli.sources.streams import InputStream
from padcli.tasks import scan_chunk
from padcli.tokenizers import Tokenizer

# Told of the stage ("Reading" or "Writing"), how many bytes of it are done, and of how many, if that is known.
OnProgress = Callable[[str, int, int | None], None]


def scan(plan: FitPlan, tokenizer: Tokenizer, corpus: Corpus, pending: PendingFiles, on_progress: OnProgress) -> None:
    """Read all inputs of a plan, cut them into units, and gather what comes out in `corpus`."""
    done = 0
    rejects_file = pending.open(plan.rejects) if plan.rejects is not None else None

    def on_read(n: int) -> None:
        nonlocal done
        done += n
        on_progress("Reading", done, plan.total_bytes)

    for path, format in zip(plan.inputs, plan.formats, strict=True):
        stream = InputStream(path, plan.read, on_read)
        for chunk in stream.chunks():
            scanned = scan_chunk(
                chunk, format=format, splitter=tokenizer.splitter, options=plan.read, families=corpus.families
            )
            if scanned.rejects:
                _handle_rejects(scanned.rejects, plan, rejects_file)
            _check_families(plan, path, scanned.families, corpus.families)
            corpus.add(scanned)
        corpus.inputs.append(stream.facts)


def _handle_rejects(rejects: Sequence[Reject], plan: FitPlan, file: BinaryIO | None) -> None:
    """Stop at the first of them, or list them, as the options say."""
    first = rejects[0]
    if plan.read.on_error == "stop":
        hint = "To go on without such records: --on-error skip (and --rejects FILE to list them)."
        raise BadRecordError(f"{first.place}: {first.reason}.", hint=f"{first.hint}\n{hint}".lstrip())
    if file is not None:
        for bad in rejects:
            listed = {"file": bad.path, "line": bad.line, "reason": bad.reason, "raw": bad.raw}
            file.write(orjson.dumps(listed, option=orjson.OPT_APPEND_NEWLINE))


def _check_families(plan: FitPlan, path: str, families: Families, before: Families) -> None:
    """Refuse what shows to be contradictory only now that the input has been looked into."""
    family = families.get(TOKENIZED_FIELD)
    if family is not None and before.get(TOKENIZED_FIELD, family) != family:
        raise InputError(f"{path}: holds {family}, and the inputs before it hold {before[TOKENIZED_FIELD]}.")
    if family == "ids" and plan.tokenize != TokenizeOptions():
        raise UsageError("The field holds lists of integers, which are ids already: a tokenizer has no part in it.")
    if family == "tokens" and plan.tokenize.filters is not None:
        raise UsageError("The field holds lists of tokens, which are taken as they are: --filters has no meaning.")
