"""Checks of what can be done by workers that read the inputs themselves, and of a run that is to be resumed."""

from padcli.engine.base import check_engine, is_elsewhere
from padcli.errors import UsageError
from padcli.options import ReadOptions, RunOptions, SelectOptions, TokenizeOptions
from padcli.sources.named_inputs import NamedInputs

_EVERYTHING = SelectOptions()


def check_run(
    run: RunOptions,
    named: NamedInputs,
    read: ReadOptions,
    tokenize: TokenizeOptions,
    select: SelectOptions = _EVERYTHING,
) -> None:
    """Raise `UsageError` for an engine that is not known, and for what has to be done in order, in one process."""
    check_engine(run.engine)
    flag = _flag(run)
    if flag is None:
        return
    if named.pipe is not None:
        raise UsageError(f"{flag}: workers cannot read {named.pipe}, which is a pipe.", hint="Save it as a file.")
    if tokenize.is_trained:
        raise UsageError(f"{flag}: --tokenizer {tokenize.tokenizer} is trained in one process.", hint=f"Remove {flag}.")
    for option, wanted in (
        ("--limit", select.limit is not None),
        ("--drop-duplicates", select.drop_duplicates),
        ("--stratify", read.stratify is not None),
    ):
        if wanted:
            raise UsageError(
                f"{option} looks at records one after the other, which {flag} cannot.", hint=f"Remove {flag}."
            )


def check_shards(run: RunOptions, *, is_sharded: bool) -> None:
    """Raise `UsageError` where workers are to write one file together."""
    flag = _flag(run)
    if flag is not None and not is_sharded:
        raise UsageError(
            f"{flag}: each worker writes files of its own, so the output has to be in shards.",
            hint="Add --shard-rows 1000000, or --shard-size 512MB.",
        )


def refuse_elsewhere(run: RunOptions, command: str) -> None:
    """Raise `UsageError` for an engine of other processes, where there is nothing for them to do."""
    check_engine(run.engine)
    flag = _flag(run)
    if flag is not None:
        raise UsageError(f"{flag}: {command} works in this process.", hint=f"Remove {flag}.")


def _flag(run: RunOptions) -> str | None:
    """Return the option by which blocks lie in a shared folder; None where they do not."""
    if is_elsewhere(run.engine):
        return f"--engine {run.engine}"
    return "--resume" if run.resume else None
