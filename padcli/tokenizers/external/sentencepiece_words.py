"""SentencePiece models on words of ASCII, by padcli's own loops."""

from typing import Any

import numpy as np

from padcli.tokenizers.external import piece_models
from padcli.tokenizers.external.cutting import METASPACE
from padcli.tokenizers.external.piece_models import Bpe, Unigram
from padcli.tokenizers.external.pieces import where_no_token_stretches
from padcli.tokenizers.external.plain_words import PlainWords

# Of ModelProto.SentencePiece.Type and TrainerSpec.ModelType:
# https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
NORMAL, USER_DEFINED, UNUSED = 1, 4, 5
UNIGRAM, BPE = 1, 2


def plain_words(model: Any, *, keeps_ascii: bool) -> PlainWords | None:
    """The encoder of plain words for a model; None where there is none.

    `keeps_ascii`: ASCII that can be printed is its own normal form.
    """
    if not keeps_ascii or _has_unused(model):
        return None
    if model.trainer_spec.model_type == UNIGRAM:
        pieces = (piece.piece.encode() for piece in model.pieces if piece.type == NORMAL)
        unigram = _unigram(model)
        return PlainWords(model=unigram, steps=(where_no_token_stretches(pieces),), lead="one more", sign=METASPACE)
    return _bpe_words(model)


def _has_unused(model: Any) -> bool:
    """Tell whether some pieces are only steps on the way to others, and are cut into their parts again."""
    return any(piece.type == UNUSED for piece in model.pieces)


def _unigram(model: Any) -> Unigram:
    """The best way to cut a word, where it is better than others by more than rounding; see `Ties`.

    User-defined pieces are left out: words that hold one are left to the library before.
    """
    pieces = [(id_, piece) for id_, piece in enumerate(model.pieces) if piece.type == NORMAL]
    return Unigram(
        trie=piece_models.trie_of(piece.piece for _, piece in pieces),
        ids=np.array([id_ for id_, _ in pieces], np.int32),
        scores=np.array([piece.score for _, piece in pieces], np.float64),
    )


def _bpe_words(model: Any) -> PlainWords:
    """Merges of any two symbols that make a piece together, the one with the largest score first, then the leftmost.

    https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc (`SampleEncode`). A candidate there is outdated
    once one of its symbols has changed; a new one for the same piece in the same place has the same score, so that it
    makes no difference if the outdated one is taken, as `padcli.kernels.bpe.Merges` does.
    """
    ids = {
        piece.piece.replace(METASPACE, " "): id_
        for id_, piece in enumerate(model.pieces)
        if piece.type in (NORMAL, USER_DEFINED) and piece.piece.replace(METASPACE, "").isascii()
    }
    scores = np.array([-model.pieces[id_].score for id_ in ids.values()], np.float64)
    ranks = dict(zip(ids, np.unique(scores, return_inverse=True)[1].tolist(), strict=True))
    pairs = [(text[:i], text[i:]) for text in ids for i in range(1, len(text)) if text[:i] in ids and text[i:] in ids]
    symbols = piece_models.symbols_of(ids, [chr(code) if code < 128 else "" for code in range(256)])
    merges = piece_models.merges_of(
        [ids[left] for left, _ in pairs],
        [ids[right] for _, right in pairs],
        [ranks[left + right] for left, right in pairs],
        [ids[left + right] for left, right in pairs],
    )
    steps = (where_no_token_stretches(text.encode() for text in ids),)
    return PlainWords(model=Bpe(merges=merges, symbols=symbols, last_symbols=symbols), steps=steps, lead="one more")
