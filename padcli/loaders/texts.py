"""Texts in memory to padded arrays in memory, without a file."""

from collections.abc import Iterable
from typing import Unpack

import numpy as np

from padcli.encode.encode import encode
from padcli.encode.fitting import fit_vocabulary
from padcli.encode.kept_rows import keep_rows
from padcli.encode.shaping import choose_layout, padded_rows
from padcli.engine.run import Run
from padcli.files.pending import PendingFiles
from padcli.loaders.padded import Padded
from padcli.loaders.part import Part
from padcli.options.keywords import TextsKeywords
from padcli.plan import plan_texts
from padcli.report.metadata import metadata_of
from padcli.report.run_report import report_on
from padcli.report.writing import ObservedRows
from padcli.sources.in_memory import Texts, TextsSource
from padcli.tokenizers import open_tokenizer


def pad_texts(texts: Iterable[Texts], *more: Iterable[Texts], **options: Unpack[TextsKeywords]) -> Padded:
    """Turn texts, lists of tokens or lists of ids into padded ids and their mask, in memory.

    `options` are the fields of `TokenizeOptions` and `PadOptions`, `names` and `workers`. Returns what `padcli.load`
    gives for the file that `padcli.pad` would write: row i is text i, followed by text i of each of `more`, as
    `--pair-field` does it. Raises a `PadcliError`; an `InputError` for texts
    that are of different kinds, or no valid Unicode.
    """
    plan = plan_texts(dict(options), n_texts=1 + len(more))
    source = TextsSource([texts, *more], plan.run.chunk_bytes)
    tokenizer = open_tokenizer(plan.tokenize)
    with Run(plan.run) as run, PendingFiles() as files, keep_rows(plan, tokenizer, files) as rows:
        summary = encode(plan, tokenizer, rows, files, run, sources=[("memory", source)])
        fitted = fit_vocabulary(plan, tokenizer, rows, summary, files, run)
        padded = padded_rows(plan, rows, fitted, choose_layout(plan, rows, fitted), run)
        report = report_on(fitted, padded, rows.repeated(run))
        observed = ObservedRows(padded, run)
        arrays = {
            spec.name: np.concatenate([np.empty((0, *spec.shape[1:]), spec.dtype), *observed.column(spec.name)])
            for spec in observed.specs
        }
        meta = metadata_of(plan, observed.specs, observed.digests, report)
        part = Part(path=plan.output, arrays=arrays, meta=meta, is_stored=False)
        return Padded(path=plan.output, parts=(part,))
