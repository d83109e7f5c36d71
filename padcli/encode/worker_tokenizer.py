"""A tokenizer as tasks carry it: itself within this process, a reference to its file in any other."""

from collections.abc import Callable
from functools import cache
from typing import Any

from padcli.errors import InputError
from padcli.options import TokenizeOptions
from padcli.tokenizers import Tokenizer, open_tokenizer
from padcli.tokenizers.splitter import Splitter
from padcli.tokenizers.vocabulary import Numbering


class WorkerTokenizer:
    """The splitter of a tokenizer, and the look-up of its vocabulary; None where units are yet to be numbered.

    Pickled, a tokenizer that came from a file is its options and the digest of that file, and is opened once a process;
    any other is itself: it is small, or was fitted in this run, on another part of the records.
    """

    def __init__(self, tokenizer: Tokenizer, options: TokenizeOptions) -> None:
        self._tokenizer, self._options = tokenizer, options
        vocabulary = tokenizer.vocabulary
        self.unk_id = None if vocabulary is None else vocabulary.unk_id
        self.has_vocabulary = vocabulary is not None
        self.numbering: Numbering | None = None if vocabulary is None else vocabulary.numbering()

    @property
    def splitter(self) -> Splitter:
        """The way to cut texts into units."""
        return self._tokenizer.splitter

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Names that no text should hold."""
        return self._tokenizer.special_tokens

    def __reduce__(self) -> tuple[Callable[..., "WorkerTokenizer"], tuple[Any, ...]]:
        if not self._options.is_file:
            return WorkerTokenizer, (self._tokenizer, self._options)
        return _opened, (self._options, self._tokenizer.sha256)


@cache
def _opened(options: TokenizeOptions, sha256: str) -> WorkerTokenizer:
    """Open a tokenizer's file where a task has come to. Raises `InputError` where the file is another by now."""
    tokenizer = open_tokenizer(options)
    if tokenizer.sha256 != sha256:
        raise InputError(f"{tokenizer.source}: changed while it was in use.", hint="Run the command again.")
    return WorkerTokenizer(tokenizer, options)
