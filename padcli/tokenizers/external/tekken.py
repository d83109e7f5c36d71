"""Mistral's `tekken.json`: ranks as tiktoken has them, its pattern, and special tokens that have the first ids.

https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/tokens/tokenizers/tekken.py
"""

import base64
import dataclasses
import json
from typing import Any

from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external.schemes import CutBy
from padcli.tokenizers.external.tiktoken import open_encoding
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

# The first tokens of the files that list none.
_SPECIAL = ("<unk>", "<s>", "</s>")
_ROLES = {"<unk>": "unk", "<s>": "bos", "</s>": "eos", "<pad>": "pad"}


def open_file(file: TokenizerFile) -> Tokenizer:
    """The tokenizer of a `tekken.json`; raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    content = json.loads(file.raw)
    config = content["config"]
    n_special, n_vocab = (_count(config, name) for name in ("default_num_special_tokens", "default_vocab_size"))
    ranks = {
        base64.b64decode(token["token_bytes"], validate=True): token["rank"] + n_special
        for token in content["vocab"][: max(0, n_vocab - n_special)]
    }
    if sorted(ranks.values()) != list(range(n_special, n_vocab)):
        raise ValueError(f"its ranks are not the integers from 0 to {n_vocab - n_special - 1}")
    special = _special(content, n_special)
    tokenizer = open_encoding("tekken", ranks, CutBy(pattern=config["pattern"], special=special))
    roles = {_ROLES[token]: id_ for token, id_ in special.items() if token in _ROLES}
    return dataclasses.replace(tokenizer, roles=roles, pad_id=roles.get("pad"))


def _special(content: dict[str, Any], n_special: int) -> dict[str, int]:
    """The special tokens and their ids."""
    listed = content.get("special_tokens")
    if listed is None:
        return {token: id_ for id_, token in enumerate(_SPECIAL[:n_special])}
    found = {token["token_str"]: token["rank"] for token in listed}
    if not all(isinstance(token, str) and id_ in range(n_special) for token, id_ in found.items()):
        raise ValueError(f"its special tokens do not have the ids below {n_special}")
    return found


def _count(config: dict[str, Any], name: str) -> int:
    if type(config[name]) is not int or config[name] < 0:
        raise ValueError(f"its {name} is {config[name]!r}, expected an integer")
    return int(config[name])
