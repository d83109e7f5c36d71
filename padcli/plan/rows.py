"""Checks of what rows are made of, and the arrays that come with them."""

from padcli.errors import UsageError
from padcli.options import Names, PadOptions, ReadOptions, RowOptions, SelectOptions, TokenizeOptions, head_of
from padcli.rows.shapes import check_shape
from padcli.tokenizers.around import named_tokens
from padcli.tokenizers.vocabulary import first_tokens


def check_rows(rows: RowOptions, read: ReadOptions, tokenize: TokenizeOptions, pad: PadOptions) -> None:
    """Raise `UsageError` for options that contradict each other, or that have no meaning."""
    check_shape(rows.overflow)
    _check_tokens(rows, tokenize)
    if read.n_texts == 1:
        for flag, given in (
            ("--separator", bool(rows.separator)),
            ("--truncate-pairs", rows.truncate_pairs is not None),
        ):
            if given:
                raise UsageError(f"{flag} cannot be used without --pair-field.", hint=f"Remove {flag}.")
    if head_of(pad.truncating) is None:
        return
    if read.n_texts > 1:
        raise UsageError(
            f"--truncate {pad.truncating}: is for one text, and --pair-field gives more.",
            hint="Choose pre or post, and see --truncate-pairs.",
        )
    if rows.overflow != "cut":
        raise UsageError(
            f"--truncate {pad.truncating}: nothing is cut with --overflow {rows.overflow}.",
            hint="Remove one of them.",
        )


def check_lengths(select: SelectOptions, tokenize: TokenizeOptions) -> None:
    """Raise `UsageError` where records are chosen by their tokens, and some tokens go away when all are counted."""
    if tokenize.may_drop and select.skips_by_length:
        raise UsageError(
            "--drop-empty, --min-length and --max-length count tokens before --no-unk has removed any.",
            hint="Fit a tokenizer first (padcli fit), or remove --no-unk.",
        )


def _check_tokens(rows: RowOptions, tokenize: TokenizeOptions) -> None:
    """Raise `UsageError` for tokens around a row that other options put there, or that the vocabulary cannot hold."""
    tokens = {"--start": rows.start, "--separator": rows.separator, "--end": rows.end}
    others = {"--add-bos": (tokenize.add_bos, ["--start"]), "--add-eos": (tokenize.add_eos, ["--end"])}
    others["--add-special-tokens"] = (tokenize.add_special_tokens, [*tokens])
    for other, (given, flags) in others.items():
        flag = next((flag for flag in flags if tokens[flag]), None)
        if given and flag is not None:
            raise UsageError(
                f"{flag} and {other} both say which tokens stand around a text.", hint="Remove one of them."
            )
    first = first_tokens(named_tokens(rows), unk=tokenize.unk)
    if tokenize.vocab_size is not None and tokenize.vocab_size < len(first):
        raise UsageError(
            f"--vocab-size {tokenize.vocab_size}: has no room for {', '.join(first)}.",
            hint=f"Use at least {len(first):,}, and one more for each word.",
        )


def further_arrays(names: Names, read: ReadOptions, rows: RowOptions, select: SelectOptions) -> tuple[str, ...]:
    """Return the arrays that come with rows of several texts, or of other shapes. Raises `UsageError`."""
    further = rows.further_arrays
    if not further and (select.skips or select.shuffle):
        further = ("record",)
    if read.n_texts == 1:
        return further
    if rows.overflow == "window":
        raise UsageError("--overflow window: cuts one text, and --pair-field gives more.", hint="Choose cut or drop.")
    if names != "keras":
        return further  # token_type_ids tell the texts apart
    if rows.pack is not None:
        raise UsageError(
            "--pack and --pair-field: segment_ids cannot tell both texts and records apart.",
            hint="Use --names hf, under which token_type_ids tell the texts apart.",
        )
    return ("segment_ids", *further)
