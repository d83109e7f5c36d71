"""Splitters, which cut texts into units, and say in the words of Hugging Face's `tokenizers` how they do it."""

import abc
import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa

from padcli.rows.ragged import Texts, Units, offsets_of
from padcli.rows.unique import unique_units
from padcli.tokenizers.normalize import lower_units
from padcli.tokenizers.vocabulary import Numbering, Ties, Vocabulary


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Splitter(abc.ABC):
    """Cuts texts into units. Its fields are what a user may set; it is small, and can be pickled."""

    name: ClassVar[str]
    separator: ClassVar[str] = " "  # between tokens that are shown to people
    ties: ClassVar[Ties] = "first"  # of units that occur equally often

    lower: bool = False

    @abc.abstractmethod
    def split(self, texts: Texts) -> Units:
        """The units of each text."""

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        """The units of rows that are lists of strings already.

        As Keras's Tokenizer treats lists: lower-cased if texts would be, and neither filtered nor dropped.
        """
        units = unique_units(tokens, drop_empty=False)
        return lower_units(units) if self.lower else units

    def title(self) -> str:
        """Return the kind of tokenizer, for people."""
        return self.name

    def how(self) -> str:
        """Return the way in which ids are made, for people; empty where there is only one."""
        return ""

    def libraries(self) -> dict[str, str]:
        """The versions of the libraries that give its ids, by their names."""
        return {}

    def join(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        return self.separator.join(tokens)

    def stages(self) -> dict[str, Any]:
        """The stages of a Hugging Face `tokenizer.json` that do the same as `split`."""
        normalizer = {"type": "Lowercase"} if self.lower else None
        return {"normalizer": normalizer, "pre_tokenizer": None, "decoder": None}

    def own_file(self, vocabulary: Vocabulary) -> Iterator[bytes] | None:
        """The content of a fitted tokenizer's file, where `tokenizers` cannot do the same as `split`."""
        return None

    def fixed_vocabulary(self) -> Vocabulary | None:
        """The vocabulary, where it does not depend on any input."""
        return None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownSplitter(Splitter):
    """Ids of the units that have one; others vanish, as in Keras's `Tokenizer` without an `oov_token`."""

    name: ClassVar[str] = "known"

    units: Splitter
    numbering: Numbering

    def split(self, texts: Texts) -> Units:
        return self._ids(self.units.split(texts))

    def split_tokens(self, tokens: pa.ListArray) -> Units:
        return self._ids(self.units.split_tokens(tokens))

    def title(self) -> str:
        return self.units.title()

    def join(self, tokens: list[str]) -> str:
        return self.units.join(tokens)

    def _ids(self, units: Units) -> Units:
        ids = self.numbering(units.units)[units.codes]
        known = ids > 0
        kept = ids[known]
        return Units.of_ids(kept, offsets_of(known)[units.offsets], dropped=len(ids) - len(kept))


def split_stage(pattern: dict[str, str], behavior: str) -> dict[str, Any]:
    """The pre-tokenizer of `tokenizers` that splits at a pattern."""
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": False}
