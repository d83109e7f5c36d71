"""SentencePiece models, of each type and with each option that changes how a text is cut."""

import io
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from fidelity import material

_PROTOCOL: Any = sentencepiece_model_pb2
NORMAL, UNUSED = 1, 5


@cache
def _model(**options: Any) -> bytes:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in material.training_lines() if line.strip()]), model_writer=written,
        minloglevel=2, num_threads=1, hard_vocab_limit=False, **{"vocab_size": 1500, **options},
    )  # fmt: skip
    return written.getvalue()


def model(kind: str = "unigram", **options: Any) -> bytes:
    """A model of a type, trained with these options."""
    return _model(model_type=kind, **options)


def _write(folder: Path, kind: str, **options: Any) -> Path:
    path = folder / "small.model"
    path.write_bytes(model(kind, **options))
    return path


MARKS = ("<mask>", "<sep>", "▁▁", "10")
OPTIONS: dict[str, dict[str, Any]] = {
    "unigram": {},
    "unigram, 0.98 of characters": {"character_coverage": 0.98},
    "unigram, all of Unicode's digits": {"split_digits": True},
    "unigram, no split of numbers": {"split_by_number": False, "split_by_unicode_script": False},
    "unigram, byte fallback": {"byte_fallback": True, "vocab_size": 1800},
    "unigram, identity": {"normalization_rule_name": "identity"},
    "unigram, nfkc": {"normalization_rule_name": "nfkc"},
    "unigram, nfkc_cf": {"normalization_rule_name": "nfkc_cf"},
    "unigram, nmt_nfkc_cf": {"normalization_rule_name": "nmt_nfkc_cf"},
    "unigram, all spaces": {"remove_extra_whitespaces": False},
    "unigram, all spaces, identity": {"remove_extra_whitespaces": False, "normalization_rule_name": "identity"},
    "unigram, no dummy prefix": {"add_dummy_prefix": False},
    "unigram, no prefix, all spaces": {"add_dummy_prefix": False, "remove_extra_whitespaces": False},
    "unigram, space as suffix": {"treat_whitespace_as_suffix": True},
    "unigram, pieces of two words": {"split_by_whitespace": False},
    "unigram, pieces of white space": {"allow_whitespace_only_pieces": True, "remove_extra_whitespaces": False},
    "unigram, user's symbols": {"user_defined_symbols": MARKS},
    "unigram, control symbols": {"control_symbols": ("<cls>", "<sep>"), "pad_id": 3},
    "unigram, T5": {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    "bpe": {"model_type": "bpe"},
    "bpe, 0.98 of characters": {"model_type": "bpe", "character_coverage": 0.98},
    "bpe, Llama 2": {
        "model_type": "bpe", "byte_fallback": True, "split_digits": True, "allow_whitespace_only_pieces": True,
        "remove_extra_whitespaces": False, "normalization_rule_name": "identity", "vocab_size": 1800,
    },
    "bpe, Gemma": {
        "model_type": "bpe", "byte_fallback": True, "split_digits": True, "allow_whitespace_only_pieces": True,
        "remove_extra_whitespaces": False, "normalization_rule_name": "identity", "vocab_size": 1800,
        "add_dummy_prefix": False, "user_defined_symbols": ("<mask>", "▁▁", "▁▁▁", "\n", "\n\n"),
    },
    "bpe, byte fallback": {"model_type": "bpe", "byte_fallback": True, "vocab_size": 1800},
    "bpe, nfkc_cf, byte fallback": {
        "model_type": "bpe", "byte_fallback": True, "vocab_size": 1800, "normalization_rule_name": "nfkc_cf",
    },
    "bpe, user's symbols": {"model_type": "bpe", "user_defined_symbols": MARKS, "control_symbols": ("<cls>",)},
    "bpe, space as suffix": {"model_type": "bpe", "treat_whitespace_as_suffix": True},
    "bpe, no dummy prefix": {"model_type": "bpe", "add_dummy_prefix": False},
    "char": {"model_type": "char"},
    "char, all spaces": {"model_type": "char", "remove_extra_whitespaces": False},
    "word": {"model_type": "word"},
    "word, identity": {"model_type": "word", "normalization_rule_name": "identity"},
}  # fmt: skip


def _writer(options: dict[str, Any]) -> Callable[[Path], Path]:
    options = dict(options)
    return partial(_write, kind=options.pop("model_type", "unigram"), **options)


def _write_changed(folder: Path, change: Callable[[list[Any]], None], **options: Any) -> Path:
    """A BPE model, with some of its pieces of several characters changed."""
    found = _PROTOCOL.ModelProto.FromString(model("bpe", **options))
    change([piece for piece in found.pieces if piece.type == NORMAL and len(piece.piece) > 1])
    path = folder / "small.model"
    path.write_bytes(found.SerializeToString())
    return path


def _some_are_unused(pieces: list[Any]) -> None:
    """Let some be no more than steps on the way to others."""
    for piece in pieces[::5]:
        piece.type = UNUSED


def _some_are_capitals(pieces: list[Any]) -> None:
    """Let some be what no text holds once it is folded to lower case."""
    for piece, capital in zip(pieces[-6:], "ABSTWI", strict=True):
        piece.piece = capital


LAYOUTS: dict[str, Callable[[Path], Path]] = {f".model {name}": _writer(options) for name, options in OPTIONS.items()}
LAYOUTS[".model bpe, unused pieces"] = partial(_write_changed, change=_some_are_unused)
LAYOUTS[".model bpe, folded capitals"] = partial(
    _write_changed, change=_some_are_capitals, normalization_rule_name="nfkc_cf"
)
