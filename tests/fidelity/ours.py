"""padcli's side of the comparison. All that the net knows of padcli's inner shape stands here."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from padcli.options import TokenizeOptions
from padcli.rows.ragged import RaggedIds, Texts
from padcli.tokenizers import open_tokenizer
from padcli.tokenizers.external.encoder import Encoder


class Ours:
    """A tokenizer as padcli opens it.

    `way`: how it comes by its ids, for people; `is_fast`: whether that is anything else than the original, row by row.
    """

    def __init__(self, path: Path, *, scheme: Any = None, special_in_text: bool = True) -> None:
        options = TokenizeOptions(tokenizer=path, scheme=scheme, special_in_text=special_in_text)
        self.tokenizer = open_tokenizer(options)
        splitter = self.tokenizer.splitter
        self._encoder = splitter if isinstance(splitter, Encoder) else None
        self.way = splitter.how() or "padcli's own"
        self.is_fast = self._encoder is None or self._encoder.path is not None
        vocabulary = self.tokenizer.vocabulary
        assert vocabulary is not None
        self.pieces = [token or "" for token in vocabulary.tokens.to_pylist()]
        self._numbering = vocabulary.numbering()

    def encode(self, texts: list[str]) -> RaggedIds:
        """The ids of each text, without those that a post-processor adds."""
        array = pa.array(texts, pa.string())
        if self._encoder is not None:
            ids, _ = self._encoder.encode(array)
            return ids
        units = self.tokenizer.splitter.split(Texts(array=array))
        ids = units.codes if units.units is None else self._numbering(units.units)[units.codes]
        return RaggedIds(values=ids, offsets=units.offsets)
