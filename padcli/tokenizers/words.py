"""Tokenizers whose units are words."""

import dataclasses
from typing import Any, ClassVar

import pyarrow.compute as pc

from padcli.errors import UsageError
from padcli.options import KERAS_FILTERS
from padcli.rows.ragged import Texts, Units
from padcli.rows.unique import unique_units
from padcli.tokenizers.normalize import (
    byte_table,
    cut,
    has_context,
    lower_units,
    regex_class,
    rewrite_units,
)
from padcli.tokenizers.splitter import Splitter, split_stage

# Python's `str.split()` splits at these.
_WHITESPACE = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_ASCII_WHITESPACE = "".join(filter(str.isascii, _WHITESPACE))
_OTHER_WHITESPACE = _WHITESPACE.removeprefix(_ASCII_WHITESPACE)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WordSplitter(Splitter):
    """Keras's `Tokenizer`: lower-case, turn each of the filter characters into a space, split at spaces."""

    name: ClassVar[str] = "word"
    lower: bool = True
    filters: str = KERAS_FILTERS

    def split(self, texts: Texts) -> Units:
        # Once ASCII is lower-cased and filtered byte by byte, all that is left to do is to lower-case the different
        # units that are not ASCII. Not so where a filter character may come out of lower-casing (the Kelvin sign
        # becomes "k"), or has more than one byte, or where lower-casing looks across a filter character.
        if any(not c.isascii() or c.isalpha() for c in self.filters):
            return self._split_rewritten(texts)
        units = cut(texts, byte_table(lower=self.lower, filters=self.filters))
        if not self.lower:
            return units
        return self._split_rewritten(texts) if has_context(units.units) else lower_units(units)

    def _split_rewritten(self, texts: Texts) -> Units:
        return unique_units(pc.split_pattern(rewrite_units(texts.trimmed(), self._normalize), " "))

    def _normalize(self, unit: str) -> str:
        return (unit.lower() if self.lower else unit).translate(dict.fromkeys(map(ord, self.filters), " "))

    def stages(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"type": "Lowercase"}] if self.lower else []
        if self.filters:
            chars = "".join(dict.fromkeys(self.filters))
            steps.append({"type": "Replace", "pattern": {"Regex": regex_class(chars)}, "content": " "})
        return {
            "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
            "pre_tokenizer": split_stage({"String": " "}, "Removed"),
            "decoder": None,
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WhitespaceSplitter(Splitter):
    """Python's `str.split()`: at white space of every kind; case and punctuation are kept."""

    name: ClassVar[str] = "whitespace"

    def split(self, texts: Texts) -> Units:
        # Not with `utf8_split_whitespace`: it looks past the end of a text, and now and then keeps white space there
        # (pyarrow 26.0.1; `test_tokenizers` found it).
        table = byte_table(lower=False, filters=_ASCII_WHITESPACE)
        units = cut(texts, table)
        found = [space for space in _OTHER_WHITESPACE if pc.any(pc.match_substring(units.units, space)).as_py()]
        if found:
            array = texts.trimmed()
            for space in found:
                array = pc.replace_substring(array, space, " ")
            units = cut(Texts(array=array), table)
        return lower_units(units) if self.lower else units

    def stages(self) -> dict[str, Any]:
        stage = split_stage({"Regex": regex_class(_WHITESPACE)}, "Removed")
        return {**Splitter.stages(self), "pre_tokenizer": stage}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokensSplitter(Splitter):
    """The splitter of a tokenizer that was fitted on lists of tokens: it cannot cut a text."""

    name: ClassVar[str] = "tokens"

    def split(self, texts: Texts) -> Units:
        raise UsageError(
            "The tokenizer was fitted on lists of tokens, but the input contains texts.",
            hint="Split the texts into tokens as for fitting, or fit a tokenizer on texts.",
        )
