"""SentencePiece models: `*.model`, BPE and Unigram."""

from collections.abc import Iterable

from padcli.errors import MissingLibraryError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.encoder import METASPACE, EncodeTexts, Way, by_units, choose_way
from padcli.tokenizers.huggingface import by_gigatoken
from padcli.vocabulary import Vocabulary, token_array

try:
    import sentencepiece
except ImportError as error:
    raise MissingLibraryError("A SentencePiece model", "sentencepiece") from error


class SentencePiece:
    """The `sentencepiece` library."""

    name = "sentencepiece"

    def __init__(self, processor: sentencepiece.SentencePieceProcessor) -> None:
        self._processor = processor

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        rows: list[list[int]] = self._processor.encode(texts)
        return rows

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
    encoder = choose_way("SentencePiece", original, (), _ways(raw, original, pieces))
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(pieces), unk_id=found.get("unk")),
        roles=found,
        pad_id=found.get("pad"),
        special_tokens=tuple(pieces[id_] for id_ in found.values()),
    )


def _ways(raw: bytes, original: SentencePiece, pieces: list[str]) -> Iterable[Way]:
    def by_rust() -> EncodeTexts:
        import gigatoken

        return by_gigatoken(gigatoken.Tokenizer.from_sentencepiece(raw))

    yield "gigatoken", by_rust
    if not any(METASPACE in piece[1:] for piece in pieces):  # no piece goes on beyond a space
        yield f"{original.name}, each word once", lambda: by_units(original, keeps_spaces=False)
        yield f"{original.name}, each word once", lambda: by_units(original, keeps_spaces=True)
