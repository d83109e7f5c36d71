"""The fast path for byte-level BPE: gigatoken, which does what `tokenizers` and `tiktoken` do, many times as fast.

Its rules are those of the originals, its tables of Unicode are its own. So it is exact for texts of characters that
both know, and without tokens that the original looks for before all else. https://github.com/marcelroed/gigatoken
"""

import dataclasses
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.rows.ragged import RaggedIds, Texts
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external.cutting import stages_of
from padcli.tokenizers.external.encoder import Condition
from padcli.tokenizers.external.known_characters import KNOWN_CHARACTERS

NAME = "gigatoken"

# Normal forms of Unicode, which pyarrow's own tables give as well: those of known characters never change.
NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GigatokenPath:
    """Ids by a `tokenizer` of gigatoken, of texts in the normal form `form` if there is one.

    `conditions`: of a text; `normal_conditions`: of its normal form.
    """

    tokenizer: Any
    form: str | None = None
    conditions: tuple[Condition, ...] = (KNOWN_CHARACTERS,)
    normal_conditions: tuple[Condition, ...] = ()

    @property
    def library(self) -> str:
        """The library that gives its ids."""
        return NAME

    def encode(self, texts: pa.StringArray) -> tuple[RaggedIds, NDArray[np.bool_]]:
        """The ids of each text, and True where the original has to do it."""
        refused = np.zeros(len(texts), np.bool_)
        if self.form is not None and pc.all(pc.string_is_ascii(texts)).as_py() is False:
            texts = pc.utf8_normalize(texts, self.form)
        for condition in self.normal_conditions:
            refused |= condition.broken(texts)
        return _encoded(self.tokenizer, texts), refused


def is_byte_level(content: dict[str, Any]) -> bool:
    """True for a byte-level BPE as GPT-2's or its successors': the kind of `tokenizer.json` that gigatoken is made for.

    A text is cut by GPT-2's own pattern, or by others, and a token is of bytes, all of which are there by themselves.
    gigatoken opens some of other kinds as well, and encodes them as if they were of this one.
    """
    model, cutters = content["model"], stages_of(content["pre_tokenizer"], "pretokenizers")
    if model["type"] != "BPE" or not cutters or cutters[-1]["type"] != "ByteLevel":
        return False
    *splits, last = cutters
    return (
        last["use_regex"] is not bool(splits)
        and not last["add_prefix_space"]
        and all(stage["type"] == "Split" and "Regex" in stage["pattern"] for stage in splits)
        and not any(model.get(field) for field in ("continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"))
        and all(char in model["vocab"] for char in byte_characters())
    )


def of_json(content: dict[str, Any], form: str, condition: Condition, normal_condition: Condition) -> GigatokenPath:
    """The path of a `tokenizer.json` with the normal form `form`, or none; raises what gigatoken does not do."""
    import gigatoken

    return GigatokenPath(
        tokenizer=gigatoken.Tokenizer.from_json(json.dumps({**content, "normalizer": None}).encode()),
        form=form or None,
        conditions=(KNOWN_CHARACTERS, condition),
        normal_conditions=(normal_condition,) if form else (),
    )


def of_ranks(path: str, pre_tokenizer: str, form: str | None) -> GigatokenPath:
    """The path of a `.tiktoken`, by the name that gigatoken has for its scheme, of texts in a normal form or as is."""
    import gigatoken

    return GigatokenPath(tokenizer=gigatoken.Tokenizer.from_tiktoken(path, pretokenizer=pre_tokenizer), form=form)


def _encoded(tokenizer: Any, texts: pa.StringArray) -> RaggedIds:
    from awkward import Array, to_layout
    from awkward.contents import ListOffsetArray, NumpyArray
    from awkward.index import Index64

    strings = Texts(array=texts)
    characters = NumpyArray(strings.data, parameters={"__array__": "char"})
    offsets = Index64(strings.offsets.astype(np.int64))
    given = Array(ListOffsetArray(offsets, characters, parameters={"__array__": "string"}))
    layout = to_layout(tokenizer.encode_batch(given))
    ends = np.asarray(layout.offsets.data)
    values = np.asarray(layout.content.data)[ends[0] : ends[-1]]
    return RaggedIds(values=values, offsets=ends - ends[0])
