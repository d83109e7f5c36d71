"""SentencePiece models: `*.model`, BPE and Unigram."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from padcli.errors import MissingLibraryError
from padcli.kernels import dispatch
from padcli.kernels.base import BestTwo
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external.cutting import METASPACE, goes_beyond_space, normalizes_alone, normalizes_to_none_of
from padcli.tokenizers.external.encoder import Candidate, choose_encoder, flat, holds_none_of
from padcli.tokenizers.external.sentencepiece_words import BPE, NORMAL, UNIGRAM, USER_DEFINED, plain_words
from padcli.tokenizers.external.word_path import Ties, WordPath
from padcli.tokenizers.vocabulary import Vocabulary, token_array

try:
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
except ImportError as error:
    raise MissingLibraryError("A SentencePiece model", "sentencepiece") from error

_PROTOCOL: Any = sentencepiece_model_pb2  # made when it is imported, so that no type checker sees what is in it

# Rules that replace a character, or a base and its marks, and never a space together with what stands before it:
# https://github.com/google/sentencepiece/blob/master/doc/normalization.md
_RULES = {"nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"}

_UNK_PENALTY = 10.0  # kUnkPenalty of unigram_model.cc


class SentencePiece:
    """The `sentencepiece` library."""

    name = "sentencepiece"
    takes_tokens = False

    def __init__(self, processor: sentencepiece.SentencePieceProcessor) -> None:
        self._processor = processor

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        rows: list[list[int]] = self._processor.encode(texts)
        return rows

    def normalize(self, text: str) -> str:
        """The normal form of a text, with the sign for each space."""
        return str(self._processor.normalize(text))

    def normalize_all(self, texts: list[str]) -> list[str]:
        """The normal forms of texts."""
        normals: list[str] = self._processor.normalize(texts)
        return normals

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        return str(self._processor.decode_pieces(tokens))


def open_model(raw: bytes) -> Tokenizer:
    """The tokenizer of a model; raises `ValueError` for what is none."""
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.load_from_serialized_proto(raw)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    n = processor.get_piece_size()
    roles = {"pad": processor.pad_id(), "unk": processor.unk_id(), "bos": processor.bos_id(), "eos": processor.eos_id()}
    found = {role: id_ for role, id_ in roles.items() if id_ >= 0}
    original, pieces = SentencePiece(processor), [processor.id_to_piece(id_) for id_ in range(n)]
    encoder = choose_encoder("SentencePiece", original, _paths(raw, original))
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(pieces), unk_id=found.get("unk")),
        roles=found,
        pad_id=found.get("pad"),
        special_tokens=tuple(pieces[id_] for id_ in found.values()),
    )


def _paths(raw: bytes, original: SentencePiece) -> Iterable[Candidate]:
    model = _PROTOCOL.ModelProto.FromString(raw)
    if _is_cut_at_spaces(model):
        yield f"{original.name}, each word once", partial(_word_path, model, original)


def _is_cut_at_spaces(model: Any) -> bool:
    """True for a model that puts a sign before a text and for each space, and has no piece that goes beyond one.

    Then no way to cut a text leads across the place before such a sign, and those of its parts are the text's.
    """
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    pieces = [piece.piece for piece in model.pieces]
    return (
        trainer.model_type in (UNIGRAM, BPE)
        and normalizer.add_dummy_prefix
        and normalizer.escape_whitespaces
        and not trainer.treat_whitespace_as_suffix
        and (normalizer.name in _RULES or not normalizer.precompiled_charsmap)
        and any(piece.piece == METASPACE and piece.type == NORMAL for piece in model.pieces)
        and not goes_beyond_space(pieces, METASPACE)
    )


def _word_path(model: Any, original: SentencePiece) -> WordPath:
    own = [piece.piece for piece in model.pieces if piece.type == USER_DEFINED]
    conditions = [normalizes_alone(original.normalize, "implied")]
    if own:
        conditions.append(normalizes_to_none_of(original.normalize, own))
    keeps_ascii = _keeps_ascii(original)
    ties = Ties(measure=partial(_measure, original, _best_two(model), keeps_ascii=keeps_ascii))
    return WordPath(
        library=original.name,
        space="implied",
        encode_words=lambda words: flat(original.encode(words)),
        conditions=(holds_none_of(own),),
        word_conditions=tuple(conditions),
        plain=plain_words(model, keeps_ascii=keeps_ascii),
        ties=ties if model.trainer_spec.model_type == UNIGRAM else None,
    )


def _keeps_ascii(original: SentencePiece) -> bool:
    """Tell whether ASCII that can be printed is its own normal form."""
    return all(original.normalize(chr(code)) == METASPACE + chr(code) for code in range(0x21, 0x7F))


def _best_two(model: Any) -> BestTwo:
    scores = {piece.piece: piece.score for piece in model.pieces if piece.type == NORMAL}
    return dispatch.kernels().BestTwo(scores, min(scores.values()) - _UNK_PENALTY)


def _measure(
    original: SentencePiece, best_two: BestTwo, words: pa.StringArray, *, keeps_ascii: bool
) -> NDArray[np.float64]:
    """Margins, reaches and numbers of characters of words, `(3, n)`. `keeps_ascii`: it is its own normal form."""
    is_plain = pc.invert(pc.match_substring_regex(words, "[^!-~]" if keeps_ascii else ""))
    normals = pc.binary_join_element_wise(pa.scalar(METASPACE), words, pa.scalar(""))
    others = original.normalize_all(words.filter(pc.invert(is_plain)).to_pylist())
    normals = pc.replace_with_mask(normals, pc.invert(is_plain), pa.array(others, pa.string()))
    margins, reaches = best_two.measure(normals)
    return np.stack([margins, reaches, pc.utf8_length(normals).to_numpy().astype(np.float64)])
