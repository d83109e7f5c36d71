"""Special tokens around the texts of a record: those of a tokenizer, or those that the user names."""

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow.compute as pc

from padcli.errors import UsageError
from padcli.options import RowOptions, TokenizeOptions
from padcli.rows.template import Template
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.vocabulary import first_tokens


def named_tokens(rows: RowOptions) -> tuple[str, ...]:
    """Return the tokens that the user names; a vocabulary that is yet to be fitted begins with them."""
    return tuple(token for token in chain(rows.start, rows.separator, rows.end) if not _is_id(token))


def template_of(tokenizer: Tokenizer, tokenize: TokenizeOptions, rows: RowOptions, n_texts: int) -> Template:
    """Return what stands around and between the texts of a record. Raises `UsageError` for tokens that are not there.

    Between the texts stands `--separator`, or else `--end`, as in KerasHub's `MultiSegmentPacker`:
    https://keras.io/keras_hub/api/preprocessing_layers/multi_segment_packer/
    """
    if tokenize.add_special_tokens:
        return _of_post_processor(tokenizer, n_texts)
    start, separator, end = (
        tuple(_id_of(token, flag, tokenizer, rows, tokenize) for token in tokens)
        for flag, tokens in (("--start", rows.start), ("--separator", rows.separator), ("--end", rows.end))
    )
    before = (_of_role(tokenizer, "bos", "--add-bos", "beginning"),) if tokenize.add_bos else start
    after = (_of_role(tokenizer, "eos", "--add-eos", "end"),) if tokenize.add_eos else end
    return Template.of_texts(n_texts, before, separator or after, after)


def _of_post_processor(tokenizer: Tokenizer, n_texts: int) -> Template:
    if n_texts > 1:
        if n_texts > 2 or tokenizer.pair_template is None:
            raise UsageError(
                f"--add-special-tokens: {tokenizer.source or tokenizer.name} does not say what is between {n_texts} "
                "texts.",
                hint="Name the tokens: --start TOKEN --separator TOKEN --end TOKEN.",
            )
        return tokenizer.pair_template
    if tokenizer.around_ids is None:
        raise UsageError(
            f"--add-special-tokens: the post-processor of {tokenizer.source} does more than add tokens around a text.",
            hint="Remove --add-special-tokens, or give it a template such as [CLS] $A [SEP].",
        )
    if not any(tokenizer.around_ids):
        raise UsageError(
            f"--add-special-tokens: {tokenizer.source or tokenizer.name} adds none to a text.",
            hint="To add a token before or after each text: --add-bos, --add-eos." if tokenizer.roles else "",
        )
    return Template.around(*tokenizer.around_ids)


def _of_role(tokenizer: Tokenizer, role: str, option: str, place: str) -> int:
    if role not in tokenizer.roles:
        raise UsageError(f"{option}: {tokenizer.source} has no token for the {place} of a text.")
    return tokenizer.roles[role]


def _is_id(token: str) -> bool:
    return re.fullmatch(r"\d{1,18}", token, re.ASCII) is not None


def _id_of(token: str, flag: str, tokenizer: Tokenizer, rows: RowOptions, tokenize: TokenizeOptions) -> int:
    """Return the id that is given, or that of a token, which a vocabulary that is yet to be fitted will hold."""
    if _is_id(token):
        return int(token)
    if tokenizer.vocabulary is None:
        return first_tokens(named_tokens(rows), unk=tokenize.unk).index(token)
    found: Sequence[int] = np.flatnonzero(pc.equal(tokenizer.vocabulary.tokens, token)).tolist()
    if not found:
        raise UsageError(
            f"{flag} {token}: the vocabulary of {tokenizer.source or tokenizer.name} has no such token.",
            hint=f"Name a token as the vocabulary has it, or an id: {flag} 101.",
        )
    return found[-1]
