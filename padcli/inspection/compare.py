"""Two texts side by side, or two outputs of padcli: `padcli compare`."""

import os
from typing import Unpack

from padcli.engine.progress import OnProgress, no_progress
from padcli.engine.run import Run
from padcli.files.pending import disk_errors
from padcli.inspection.comparison import Comparison, compared, compared_outputs
from padcli.inspection.dataset_profile import profile_of
from padcli.options.keywords import CompareKeywords
from padcli.plan import plan_compare
from padcli.quality.row_checks import RowHashes
from padcli.tokenizers import open_tokenizer


def compare(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    *,
    on_progress: OnProgress = no_progress,
    **options: Unpack[CompareKeywords],
) -> Comparison:
    """Compare two texts, or two outputs of padcli, such as those to train on and those to test on.

    Of texts, a tokenizer is fitted on the first, unless one is given. `options` are the fields of `ReadOptions`,
    `TokenizeOptions` and `RunOptions`; outputs have no need of any. Raises a `PadcliError`.
    """
    paths = os.fspath(first), os.fspath(second)
    plans = plan_compare(*paths, dict(options))
    with RowHashes() as ours, RowHashes() as theirs:
        if plans is None:
            return compared_outputs(*paths, (ours, theirs))
        with disk_errors("temporary files"), Run(plans[0].run, on_progress) as run:
            tokenizer = open_tokenizer(plans[0].tokenize)
            one, vocabulary = profile_of(plans[0], tokenizer, tokenizer.vocabulary, ours, run)
            other, _ = profile_of(plans[1], tokenizer, vocabulary, theirs, run)
            return compared(one, other, (ours, theirs))
