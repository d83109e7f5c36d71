"""Proof that the net catches what it is for: each condition of a faster way is taken away, and ids must then differ.

    python -m fidelity.mutations --rows 20000

A condition says which rows a faster way leaves to the original. Some are careful, and matter to few tokenizers; so a
condition passes if it is missed by one tokenizer of the zoo at least.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from fidelity import padded, texts, work
from fidelity.compare import Amount, Result, compare, differing_rows
from fidelity.originals import open_original
from fidelity.ours import Ours
from padcli.tokenizers.external import (
    added_tokens,
    cutting,
    encoder,
    pieces,
    plain_stages,
    plain_words,
    sentencepiece,
    sentencepiece_words,
    word_path,
)


def _none_of(words: Any, *_: Any, **__: Any) -> NDArray[np.bool_]:
    return np.zeros(len(words), np.bool_)


# Fields of a fast path that hold conditions; and two that are no `Condition`.
_FIELDS = ("conditions", "normal_conditions", "word_conditions")
TIES = "no two ways to cut a word are as good"
# Those under which there is a path at all: functions of `cutting`, and what they say where there is nothing against it.
REFUSED = {
    "no token goes on beyond a space": ("goes_beyond_space", False),
    "no match of the pattern goes on beyond a space": ("is_word_pattern", True),
    "the normalizers look at no more than a word": ("_is_local", True),
}
# Those of words that padcli's own loops encode: functions that are replaced, and what by.
PLAIN: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "a plain word is of ASCII that can be printed": (plain_words, "_holds_other_characters", _none_of),
    "a plain word holds no part that a stage takes for something else": (plain_words, "_holds_part", _none_of),
    "a plain word has no space where one more is put": (plain_words, "_has_spaces_to_keep", _none_of),
    "no piece of a plain word is refused": (plain_words, "_has_refused", lambda *given: _none_of(given[-1][1:])),
    "no token stretches over a cut": (pieces, "_side_by_side", lambda tokens: np.zeros(2**16, np.bool_)),
}
# Of tokenizers whose plain words are left to the original.
NOT_PLAIN: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "ASCII that can be printed stays as it is": (plain_stages, "_keeps_ascii", lambda *_, **__: True),
    "each stage is known": (plain_stages, "_with_split", lambda cutters, stage: cutters),
    "a model keeps ASCII that can be printed": (sentencepiece, "_keeps_ascii", lambda _: True),
    "no piece of a model is unused": (sentencepiece_words, "_has_unused", lambda _: False),
    "merges go by their rank alone": (plain_stages, "_merges_by_rank_alone", lambda model: True),
}
# Of texts that are cut at added tokens.
ADDED: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "the longest added token is found": (added_tokens, "_longest_first", lambda tokens: sorted(tokens, key=len)),
    "an added token stands alone": (added_tokens, "_stands_alone", lambda token: bool(token["content"])),
    "a text in which tokens of its normal form are sought is of ASCII": (
        added_tokens, "_of_other_than_ascii", _none_of,
    ),
    "no added tokens of two kinds overlap": (added_tokens, "_are_sought_twice", lambda added: False),
    "normalizers keep ASCII": (added_tokens, "_are_ascii_in", lambda tokens, normalizers: True),
}  # fmt: skip
SOLID = "words are cut behind what is no white space alone"

# One or two of each way, so that each condition is met.
TOKENIZERS = (
    "Unigram without a normalizer", "MPNet", ".model unigram", ".model bpe, Llama 2", "DeepSeek V3, sensitive",
    "Llama 3, sensitive", "tiktoken o200k_base, sensitive", "Qwen 3, tool tokens", "Qwen 2, sensitive", "Unigram, NFKC",
    "BPE, Metaspace always, nmt_nfkc", "T5", "BERT cased", "BERT multilingual", "WordLevel, Whitespace",
    "WordLevel, Metaspace", ".model unigram, all spaces", ".model unigram, user's symbols", ".model bpe", "Llama 2",
    "Gemma", "GPT-2", "cleaned by Nmt, sensitive", "lower-cased, an added word", "lower-cased, two added words",
    "no regex, sensitive", "BLOOM", "stripped", "GPT-NeoX", "Anthropic, NFKC", "Falcon", "CLIP", "RoBERTa",
    "runs of spaces, NFKC", "added tokens that overlap", "ALBERT", "WordLevel, case folded",
    "WordLevel, words cut at digits", "merges ignored", ".model bpe, unused pieces", ".model bpe, folded capitals",
)  # fmt: skip


def conditions(path: Path) -> list[str]:
    """The names of the conditions of the way that padcli takes for a file.

    This function and `never` are all that knows how conditions are held.
    """
    way = _path_of(Ours(path))
    if way is None:
        return []
    found = [condition.name for field in _FIELDS for condition in getattr(way, field, ())]
    if getattr(way, "ties", None) is not None:
        found.append(TIES)
    if getattr(way, "space", "dropped") != "dropped":
        found.append(SOLID)
    if getattr(way, "plain", None) is not None:
        found.extend(PLAIN)
    return [*found, *ADDED]


def refusals(path: Path) -> list[str]:
    """The conditions under which padcli takes the original for all rows of a file, and not each word once."""
    if getattr(_path_of(Ours(path)), "plain", path) is None:
        return [condition for condition in NOT_PLAIN if _makes_plain(path, condition)]
    found = []
    for condition in REFUSED:
        with _never_refused(condition):
            if Ours(path).way.endswith("each word once"):
                found.append(condition)
    return found if Ours(path).way.startswith(("tokenizers, row by row", "sentencepiece, row by row")) else []


def _makes_plain(path: Path, condition: str) -> bool:
    with _replaced(*NOT_PLAIN[condition]):
        return getattr(_path_of(Ours(path)), "plain", None) is not None


@contextmanager
def _replaced(module: Any, name: str, by: Callable[..., Any]) -> Iterator[None]:
    """Replace a function, whatever the check at the opening finds."""
    with mock.patch.object(module, name, by), mock.patch.object(encoder, "_first_difference", return_value=None):
        yield


@contextmanager
def _never_refused(condition: str) -> Iterator[None]:
    """Let a path be taken for files that do not meet a condition, whatever the check at the opening finds."""
    name, answer = REFUSED[condition]
    with _replaced(cutting, name, lambda *_: answer):
        yield


@contextmanager
def never(path: Path, condition: str) -> Iterator[Ours]:
    """padcli's tokenizer of a file, one of whose conditions sends no row to the original any more."""
    if condition in REFUSED:
        with _never_refused(condition):
            yield Ours(path)
        return
    if replaced := (PLAIN | NOT_PLAIN | ADDED).get(condition):
        with _replaced(*replaced):
            yield Ours(path)
        return
    ours = Ours(path)
    way = _path_of(ours)
    assert way is not None
    kept = {
        field: tuple(each for each in getattr(way, field) if each.name != condition)
        for field in _FIELDS
        if hasattr(way, field)
    }
    if condition == TIES:
        kept["ties"] = None
    whole, changed = ours._encoder.path, dataclasses.replace(way, **kept)
    path_without = changed if whole is way else dataclasses.replace(whole, path=changed)
    ours._encoder = dataclasses.replace(ours._encoder, path=path_without)
    with mock.patch.object(word_path, "SOLID", bytes(range(256)) if condition == SOLID else word_path.SOLID):
        yield ours


def _path_of(ours: Ours) -> Any:
    path = None if ours._encoder is None else ours._encoder.path
    return getattr(path, "path", path)  # within that which cuts texts at added tokens


def result_without(name: str, path: Path, condition: str, amount: Amount) -> Result:
    """What the comparison finds without a condition, and does not find with it."""
    with never(path, condition) as way:
        result = compare(name, path, amount, ours=way)
    whole, original = Ours(path), open_original(path)
    result.findings = [found for found in result.findings if not len(differing_rows(whole, original, [found.text]))]
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Take away each condition of some tokenizers; returns 1 if one is missed by none of them."""
    parser = argparse.ArgumentParser(prog="fidelity.mutations", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--budget", type=float, default=float("inf"), metavar="SECONDS")
    options = parser.parse_args(arguments)
    ends = time.monotonic() + options.budget / 4
    amount = Amount(share=min(1.0, options.rows / texts.FULL), enough=20)
    caught: dict[str, list[str]] = {}
    for name in options.only or TOKENIZERS:
        with tempfile.TemporaryDirectory(dir=padded.memory_folder()) as folder:
            path = work.make(name, Path(folder))
            for condition in [*conditions(path), *refusals(path)]:
                if time.monotonic() > ends or caught.get(condition):
                    continue
                result = result_without(name, path, condition, amount)
                caught.setdefault(condition, []).extend([name] if result.findings else [])
                told = str(result.findings[0]) if result.findings else f"not caught in {result.rows:,} rows"
                print(f"{name}, without {condition!r}: {told}", flush=True)
    missed = [condition for condition, names in caught.items() if not names]
    if time.monotonic() > ends:
        print("out of time: not all were tried")
        return 0
    print(f"{len(caught)} conditions, {len(missed)} of them missed by no tokenizer: {missed}")
    return int(bool(missed) or not caught)


if __name__ == "__main__":
    sys.exit(main())
