"""Vocabularies of tiktoken: `*.tiktoken`, with the scheme that says how a text is cut before they are used."""

import base64
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from functools import partial

from padcli import interrupts
from padcli.errors import MissingLibraryError, TokenizerFileError, UsageError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external import gigatoken_path
from padcli.tokenizers.external.cutting import is_word_pattern, normalizes_alone
from padcli.tokenizers.external.encoder import ENDINGS, Candidate, choose_encoder, flat
from padcli.tokenizers.external.gigatoken_path import GigatokenPath
from padcli.tokenizers.external.schemes import SCHEMES, CutBy, scheme_of
from padcli.tokenizers.external.tokenizer_file import TokenizerFile
from padcli.tokenizers.external.word_path import WordPath
from padcli.tokenizers.vocabulary import Vocabulary, token_array, tokens_by_id

try:
    import tiktoken
except ImportError as error:
    raise MissingLibraryError("A .tiktoken vocabulary", "tiktoken") from error


class Tiktoken:
    """The `tiktoken` library. `nfc`: whether texts are normalized before."""

    name = "tiktoken"
    takes_tokens = False

    def __init__(self, encoding: tiktoken.Encoding, *, nfc: bool = False) -> None:
        self._encoding = encoding
        self._nfc = nfc

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        if self._nfc:
            texts = [unicodedata.normalize("NFC", text) for text in texts]
        try:
            return self._encoding.encode_ordinary_batch(texts)
        except ENDINGS:
            raise
        except BaseException as error:  # a panic of Rust, where its regular expressions give up
            raise TokenizerFileError(f"The tokenizer fails: {str(error).partition(chr(10))[0]}.") from error

    def decode(self, tokens: list[str]) -> str:
        """Tokens as a text for people."""
        byte_of = {char: code for code, char in enumerate(byte_characters())}
        return bytes(byte_of[char] for token in tokens for char in token).decode(errors="replace")


def open_ranks(file: TokenizerFile) -> Tokenizer:
    """The encoding of a file of ranks; raises `ValueError` for what is none.

    The scheme is, unless it or a pattern is given, the one that the file's name stands for.
    """
    ranks, options = read_ranks(file.raw), file.options
    if options.pattern is not None:
        return open_encoding("tiktoken", ranks, CutBy(pattern=options.pattern))
    name = options.scheme or scheme_of(file.name.partition(".")[0], len(ranks))
    if name is None:
        raise UsageError(
            f"{file.path}: is a tiktoken vocabulary, but its name does not say how texts are split into words.",
            hint=f"Name the scheme with --scheme, one of {', '.join(SCHEMES)}; or give the regular expression with "
            "--pattern.",
        )
    return open_encoding(f"tiktoken {name}", ranks, SCHEMES[name])


def read_ranks(raw: bytes) -> dict[bytes, int]:
    """Tokens and their ids: a line holds a token in base 64, and its rank. Raises `ValueError`.

    Base 64 is read as tiktoken and Whisper read it, leniently: `=` is an empty token.
    https://github.com/openai/tiktoken/blob/main/tiktoken/load.py
    """
    ranks = dict[bytes, int]()
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
        except ValueError as error:
            found = line[:40].decode(errors="replace")
            raise ValueError(f"line {number} is {found!r}, expected a token in base 64 and its rank") from error
    return ranks


def open_encoding(kind: str, ranks: Mapping[bytes, int], scheme: CutBy) -> Tokenizer:
    """The encoding of some ranks, which are ids at the same time; raises `ValueError` where they are none."""
    visible = byte_characters()
    tokens = tokens_by_id({"".join(visible[byte] for byte in token): rank for token, rank in ranks.items()})
    # Without one of them, tiktoken breaks off where a text holds it.
    if not all(bytes([byte]) in ranks for byte in range(256)):
        raise ValueError("it lacks single-byte tokens, which are needed for all other text")
    special = scheme.special_tokens(ranks)
    try:
        encoding = tiktoken.Encoding(kind, pat_str=scheme.pattern, mergeable_ranks=dict(ranks), special_tokens=special)
    except ValueError as error:
        raise UsageError(
            f"--pattern: {scheme.pattern!r} is not a regular expression that tiktoken accepts: {error}."
        ) from None
    tokens += [None] * (encoding.n_vocab - len(tokens))
    original = Tiktoken(encoding, nfc=scheme.nfc)
    encoder = choose_encoder(kind, original, _paths(original, ranks, scheme))
    return Tokenizer(
        splitter=encoder,
        vocabulary=Vocabulary(tokens=token_array(tokens), unk_id=None),
        pad_id=None,
        special_tokens=tuple(special),
    )


def _paths(original: Tiktoken, ranks: Mapping[bytes, int], scheme: CutBy) -> Iterable[Candidate]:
    if scheme.gigatoken is not None:
        yield gigatoken_path.NAME, partial(_by_gigatoken, ranks, scheme.gigatoken, nfc=scheme.nfc)
    if is_word_pattern(scheme.pattern):
        yield f"{original.name}, each word once", partial(_word_path, original, nfc=scheme.nfc)


def _by_gigatoken(ranks: Mapping[bytes, int], pre_tokenizer: str, *, nfc: bool) -> GigatokenPath:
    lines = (base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items() if token)
    with (
        tempfile.NamedTemporaryFile(suffix=".tiktoken") as file,  # gigatoken reads no empty token, and no bytes
        interrupts.cleaned_up_by(partial(os.unlink, file.name)),
    ):
        file.write(b"".join(lines))
        file.flush()
        return gigatoken_path.of_ranks(file.name, pre_tokenizer, "NFC" if nfc else None)


def _word_path(original: Tiktoken, *, nfc: bool) -> WordPath:
    return WordPath(
        library=original.name,
        space="kept",
        encode_words=lambda words: flat(original.encode(words)),
        word_conditions=(normalizes_alone(partial(unicodedata.normalize, "NFC"), "kept"),) if nfc else (),
    )
