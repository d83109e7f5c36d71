"""Files of tokenizers: each kind is known by its content, and gives the ids of the library that it was made for."""

import base64
import gzip
import io
import itertools
import json
import random
import unicodedata
import zipfile

import keras
import pyarrow as pa
import pytest
import regex
import sentencepiece
import tiktoken
from conftest import SAMPLE_DATA
from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from tiktoken_ext import openai_public
from tokenizers import (
    AddedToken,
    Tokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

import padcli
from padcli.options import TokenizeOptions
from padcli.tokenizers import open_tokenizer
from padcli.tokenizers.external.probe_texts import PROBE_TEXTS
from padcli.tokenizers.external.schemes import QWEN, SCHEMES

LINES = (SAMPLE_DATA / "multilingual.txt").read_text("utf-8").splitlines()
LINES += (SAMPLE_DATA / "reviews.txt").read_text("utf-8").splitlines()

PARTS = [
    "[CLS]", "[MASK]", " <mask> ", "<cls>", "<|endoftext|>", "<extra>", "M", "K T", "Café", "École naïve", "中文", "İ",
    "ΟΔΟΣ", "'s", "'S", "'ſ", "e\u0301", "\u0345", "a", "B", "1", "123456", "!", "?/", "\n", "\r\n", " ", "  ",
    "\u00a0", "\x1d", "\x85",
]  # fmt: skip
MIXED = [
    " ".join(parts) if i % 3 == 0 else "".join(parts)
    for i, parts in enumerate(random.Random(12).choices(PARTS, k=1 + i % 8) for i in range(400))
]
ROWS = [*PROBE_TEXTS, *LINES, *MIXED]


def opened(path, **options):
    return open_tokenizer(TokenizeOptions(tokenizer=path, **options))


def ids_of(tokenizer, rows):
    """The ids of each row, by a tokenizer that was opened."""
    ids, _ = tokenizer.splitter.encode(pa.array(rows, pa.string()))
    return [ids.values[start:end].tolist() for start, end in zip(ids.offsets[:-1], ids.offsets[1:], strict=True)]


def refused(path, **options):
    """The error for a file that is not opened, as one text."""
    with pytest.raises(padcli.PadcliError) as error:
        opened(path, **options)
    return str(error.value)


@pytest.fixture(scope="module")
def ranks():
    """A small vocabulary for tiktoken: all bytes, and what joins them."""
    found = {bytes([byte]): byte for byte in range(256)}
    for word in " ".join(LINES).encode().split()[:300]:
        for end in range(1, len(word) + 1):
            found.setdefault(b" " + word[:end], len(found))
            found.setdefault(word[:end], len(found))
    return found


def as_lines(ranks):
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items())


class TestTiktoken:
    @pytest.mark.parametrize("name", openai_public.ENCODING_CONSTRUCTORS)
    def test_schemes_are_those_of_tiktoken(self, monkeypatch, name):
        for loader in ("load_tiktoken_bpe", "data_gym_to_mergeable_bpe_ranks"):
            monkeypatch.setattr(openai_public, loader, lambda *_, **__: {})
        original = openai_public.ENCODING_CONSTRUCTORS[name]()
        assert SCHEMES[name].pattern == original["pat_str"]
        assert SCHEMES[name].special == original["special_tokens"]

    def test_whisper_ends_with_an_empty_token(self, tmp_path, ranks):
        """As `get_encoding` of openai-whisper 20250625 builds it; its own two files were compared by hand."""
        whole = {**ranks, b"": len(ranks)}
        (tmp_path / "multilingual.tiktoken").write_bytes(as_lines(ranks) + b"= %d\n" % len(ranks))
        special = {"<|endoftext|>": len(whole), "<|startoftranscript|>": len(whole) + 1}
        pattern = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
        original = tiktoken.Encoding("whisper", pat_str=pattern, mergeable_ranks=whole, special_tokens=special)
        tokenizer = opened(tmp_path / "multilingual.tiktoken")
        assert ids_of(tokenizer, ROWS) == original.encode_ordinary_batch(ROWS)
        assert tokenizer.splitter.way == "gigatoken"
        assert len(tokenizer.vocabulary) == original.n_vocab

    def test_a_rank_may_be_missing(self, tmp_path, ranks):
        """In p50k_base's own 50,280 ranks, that of `<|endoftext|>` is."""
        shifted = {token: rank + (rank >= 300) for token, rank in ranks.items()}
        (tmp_path / "p50k_base.tiktoken").write_bytes(as_lines(shifted))
        original = tiktoken.Encoding("p", pat_str=SCHEMES["gpt2"].pattern, mergeable_ranks=shifted, special_tokens={})
        assert ids_of(opened(tmp_path / "p50k_base.tiktoken"), ROWS) == original.encode_ordinary_batch(ROWS)

    def test_a_pattern_of_its_own(self, tmp_path, ranks):
        (tmp_path / "mine.tiktoken").write_bytes(as_lines(ranks))
        original = tiktoken.Encoding("mine", pat_str=r"\w+|\W", mergeable_ranks=ranks, special_tokens={})
        tokenizer = opened(tmp_path / "mine.tiktoken", pattern=r"\w+|\W")
        assert ids_of(tokenizer, ROWS) == original.encode_ordinary_batch(ROWS)

    def test_a_pattern_that_is_none(self, tmp_path, ranks):
        (tmp_path / "mine.tiktoken").write_bytes(as_lines(ranks))
        assert "--pattern: '(' is not a regular expression" in refused(tmp_path / "mine.tiktoken", pattern="(")
        assert "expected a regular expression" in refused(tmp_path / "mine.tiktoken", pattern="")
        assert "both say how texts are split" in refused(tmp_path / "mine.tiktoken", pattern="x", scheme="gpt2")

    def test_a_pattern_that_cannot_be_searched_for_is_told(self, tmp_path, ranks):
        (tmp_path / "mine.tiktoken").write_bytes(as_lines(ranks))
        tokenizer = opened(tmp_path / "mine.tiktoken", pattern=r"(?=(\S+))\1x|(a|a|a|a)+$|\b")
        with pytest.raises(padcli.PadcliError, match="The tokenizer fails"):
            ids_of(tokenizer, ROWS)

    def test_qwen_normalizes_a_text_before(self, tmp_path, ranks):
        """As `tokenization_qwen.py` beside the model does, by `unicodedata`."""
        (tmp_path / "qwen.tiktoken").write_bytes(as_lines(ranks))
        original = tiktoken.Encoding("qwen", pat_str=QWEN, mergeable_ranks=ranks, special_tokens={})
        expected = original.encode_ordinary_batch([unicodedata.normalize("NFC", row) for row in ROWS])
        assert ids_of(opened(tmp_path / "qwen.tiktoken"), ROWS) == expected

    def test_llama_3_is_known_by_its_128000_ranks(self, tmp_path, ranks):
        whole = {**ranks, **{(b"%06d" % rank): rank for rank in range(len(ranks), 128_000)}}
        (tmp_path / "tokenizer.model").write_bytes(as_lines(whole))
        tokenizer = opened(tmp_path / "tokenizer.model")
        assert tokenizer.name == "tiktoken llama3"
        pattern = (
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+"
        )
        original = tiktoken.Encoding("llama3", pat_str=pattern, mergeable_ranks=whole, special_tokens={})
        assert ids_of(tokenizer, ROWS) == original.encode_ordinary_batch(ROWS)
        assert "<|begin_of_text|>" in tokenizer.special_tokens

    def test_another_model_of_ranks_asks_for_its_scheme(self, tmp_path, ranks):
        (tmp_path / "tokenizer.model").write_bytes(as_lines(ranks))
        message = refused(tmp_path / "tokenizer.model")
        assert "is a tiktoken vocabulary" in message
        assert "--pattern" in message

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            (b"YQ== x\n", "line 258 is 'YQ== x', expected a token in base 64 and its rank"),
            (b"Y 258\n", "line 258 is 'Y 258', expected a token in base 64"),
            (b"YWI= 2147483648\n", "expected an integer below"),
            (b"YWI= -1\n", "is -1, expected an integer"),
            (b"YWI= 7\n", "have the same id 7"),
        ],
    )
    def test_a_line_that_is_none(self, tmp_path, ranks, line, message):
        few = dict(list(ranks.items())[:257])
        (tmp_path / "gpt2.tiktoken").write_bytes(as_lines(few) + line)
        assert message in refused(tmp_path / "gpt2.tiktoken")


@pytest.fixture(scope="module")
def pieces():
    """The tokens of a small WordPiece vocabulary, without special ones."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False, lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        LINES, trainers.WordPieceTrainer(vocab_size=500, special_tokens=["[UNK]"], show_progress=False)
    )
    vocab = tokenizer.get_vocab()
    return sorted(vocab, key=vocab.get)[1:]


def folder_of(path, **files):
    """A model's folder, with files of JSON or of lines."""
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        text = "\n".join(content) + "\n" if isinstance(content, list) else json.dumps(content)
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


def wordpiece(tokens, added=(), unk="[UNK]", **normalizer):
    """BERT's algorithm, built by hand."""
    original = Tokenizer(models.WordPiece({token: id_ for id_, token in enumerate(tokens)}, unk_token=unk))
    original.normalizer = normalizers.BertNormalizer(**normalizer)
    original.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    original.add_tokens(
        [token if isinstance(token, AddedToken) else AddedToken(token, special=True) for token in added]
    )
    return original


def encoded(original, rows=ROWS):
    return [encoding.ids for encoding in original.encode_batch(rows, add_special_tokens=False)]


BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


class TestBert:
    """Folders of these kinds, with BERT's own vocabulary, gave the ids of transformers 5.24 on 4,142 rows.

    That ignores `do_basic_tokenize` and `never_split`, which transformers 4 did not.
    """

    @pytest.mark.parametrize(
        "config",
        [
            {},
            {"do_lower_case": False},
            {"strip_accents": False},
            {"strip_accents": True, "do_lower_case": False},
            {"tokenize_chinese_chars": False},
            {"tokenize_chinese_chars": None, "do_basic_tokenize": True, "never_split": None},
        ],
    )
    def test_its_configuration_is_followed(self, tmp_path, pieces, config):
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        names = {"do_lower_case": "lowercase", "tokenize_chinese_chars": "handle_chinese_chars"}
        given = {names.get(name, name): value for name, value in config.items() if value is not None}
        given = {name: value for name, value in given.items() if name != "do_basic_tokenize"}
        expected = encoded(wordpiece([*BERT, *pieces], BERT, **given))
        assert ids_of(opened(folder), ROWS) == expected
        assert ids_of(opened(folder / "vocab.txt"), ROWS) == expected

    def test_its_special_tokens_are_those_of_the_configuration(self, tmp_path, pieces):
        config = {
            "tokenizer_class": "BertTokenizer",
            "cls_token": "<s>",
            "mask_token": {"content": "[MASK]", "lstrip": True, "normalized": False},
            "additional_special_tokens": ["<extra>"],
        }
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        mask = AddedToken("[MASK]", lstrip=True, normalized=False, special=True)
        tokenizer = opened(folder)
        original = wordpiece([*BERT, *pieces], ["[UNK]", "[SEP]", "[PAD]", "<s>", mask, "<extra>"])
        assert ids_of(tokenizer, ROWS) == encoded(original)
        start = len(BERT) + len(pieces)
        assert tokenizer.around_ids == ((start,), (3,))
        assert tokenizer.roles == {"pad": 0, "unk": 1, "cls": start, "sep": 3, "mask": 4}

    def test_tokens_that_were_added_later(self, tmp_path, pieces):
        listed = {"lstrip": True, "rstrip": False, "normalized": True, "single_word": False, "special": False}
        config = {"tokenizer_class": "BertTokenizer", "added_tokens_decoder": {"900": {"content": "<extra>", **listed}}}
        original = wordpiece([*BERT, *pieces], [AddedToken("<extra>", lstrip=True), *BERT])
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        assert ids_of(opened(folder), ROWS) == encoded(original)
        original = wordpiece([*BERT, *pieces], [AddedToken("<extra>"), *BERT])
        folder = folder_of(tmp_path / "n", vocab__txt=[*BERT, *pieces], added_tokens__json={"<extra>": 900})
        assert ids_of(opened(folder), ROWS) == encoded(original)

    @pytest.mark.parametrize("config", [{"do_basic_tokenize": False}, {"never_split": ["x"]}])
    def test_options_of_older_releases_are_refused(self, tmp_path, pieces, config):
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        assert "do_basic_tokenize or never_split" in refused(folder)

    def test_a_switch_that_is_none(self, tmp_path, pieces):
        config = {"strip_accents": "yes"}
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        assert "its strip_accents is 'yes', expected true or false" in refused(folder)

    @pytest.mark.parametrize("name", ["DistilBertTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer"])
    def test_classes_that_are_the_same(self, tmp_path, pieces, name):
        config = {"tokenizer_class": name}
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        assert ids_of(opened(folder), ROWS) == encoded(wordpiece([*BERT, *pieces], BERT))

    def test_mpnet_has_tokens_of_its_own(self, tmp_path, pieces):
        tokens = ["<s>", "<pad>", "</s>", "[UNK]", *pieces, "<mask>"]
        config = {"tokenizer_class": "MPNetTokenizer"}
        folder = folder_of(tmp_path / "m", vocab__txt=tokens, tokenizer_config__json=config)
        mask = AddedToken("<mask>", lstrip=True, special=True, normalized=True)
        original = wordpiece(tokens, ["<s>", "</s>", "[UNK]", "<pad>", mask])
        assert ids_of(opened(folder), ROWS) == encoded(original)

    def test_a_class_is_told_by_the_kind_of_the_model(self, tmp_path, pieces):
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], config__json={"model_type": "roformer"})
        assert "tokenizer_class is RoFormerTokenizer" in refused(folder)

    def test_a_class_that_is_not_understood_is_refused_by_name(self, tmp_path, pieces):
        config = {"tokenizer_class": "BertJapaneseTokenizer"}
        folder = folder_of(tmp_path / "m", vocab__txt=[*BERT, *pieces], tokenizer_config__json=config)
        message = refused(folder)
        assert "tokenizer_class is BertJapaneseTokenizer" in message
        assert "MPNetTokenizer, FunnelTokenizer, EsmTokenizer" in message


ESM = [
    "<cls>",
    "<pad>",
    "<eos>",
    "<unk>",
    "L",
    "A",
    "G",
    "V",
    "S",
    "E",
    "R",
    "T",
    "I",
    "D",
    "P",
    "K",
    "Q",
    "N",
    "F",
    "Y",
    "M",
    "H",
    "W",
    "C",
    "X",
    "B",
    "U",
    "Z",
    "O",
    ".",
    "-",
    "<null_1>",
    "<mask>",
]


class TestEsm:
    """ESM-2's own vocabulary; the ids are those of `EsmTokenizer` in transformers 5.24."""

    @pytest.fixture
    def folder(self, tmp_path):
        return folder_of(tmp_path / "m", vocab__txt=ESM, tokenizer_config__json={"tokenizer_class": "EsmTokenizer"})

    def test_a_text_is_cut_at_every_token(self, folder):
        tokenizer = opened(folder)
        rows = ["M K T", "MKT", "M<mask>KT", "jj MxK\x1d..q r", "<cls>A", ""]
        expected = [[20, 15, 11], [20, 15, 11], [20, 32, 15, 11], [3, 20, 3, 15, 29, 29, 3, 3], [0, 5], []]
        assert ids_of(tokenizer, rows) == expected
        assert (tokenizer.around_ids, tokenizer.pad_id) == (((0,), (2,)), 1)

    def test_as_its_algorithm_says(self, folder):
        ids = {name: id_ for id_, name in enumerate(ESM)}

        def encode(text):
            row = []
            for part in regex.split("(" + "|".join(map(regex.escape, ESM)) + ")", text):
                row += [ids[part]] if part in ids else [ids["<unk>"]] * len(part.split())
            return row

        assert ids_of(opened(folder), ROWS) == [encode(row) for row in ROWS]

    def test_its_vocabulary_alone_is_not_taken_for_words(self, tmp_path):
        (tmp_path / "vocab.txt").write_text("\n".join(ESM))
        message = refused(tmp_path / "vocab.txt")
        assert "line 1 is '<cls>': not a vocabulary of BERT" in message
        assert "Name the model's folder" in message


@pytest.fixture(scope="module")
def bpe():
    """A small byte-level BPE: its ids, and its merges as lines."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], ["#version: 0.2", *(" ".join(pair) for pair in model["merges"])]


def pair_of(path, vocab, merges, **files):
    return folder_of(path, vocab__json=vocab, merges__txt=merges, **files)


def byte_level(vocab, merges, cutter, normalizer=None, added=(), **model):
    """The same, built by hand."""
    pairs = [tuple(line.split(" ")) for line in merges[1:]]
    original = Tokenizer(models.BPE(vocab=vocab, merges=pairs, **model))
    original.pre_tokenizer = cutter
    if normalizer is not None:
        original.normalizer = normalizer
    original.add_tokens(
        [token if isinstance(token, AddedToken) else AddedToken(token, special=True) for token in added]
    )
    return original


class TestByteLevelBpe:
    """Folders of these classes, with GPT-2's own vocabulary, gave the ids of transformers 5.24 on 4,142 rows."""

    def test_gpt2(self, tmp_path, bpe):
        ids = {**bpe[0], "<|endoftext|>": len(bpe[0])}
        folder = pair_of(tmp_path / "m", ids, bpe[1])
        original = byte_level(ids, bpe[1], pre_tokenizers.ByteLevel(add_prefix_space=False), added=["<|endoftext|>"])
        for path in (folder, folder / "vocab.json", folder / "merges.txt"):
            assert ids_of(opened(path), ROWS) == encoded(original)

    def test_names_of_openai(self, tmp_path, bpe):
        ids = {**bpe[0], "<|endoftext|>": len(bpe[0])}
        (tmp_path / "encoder.json").write_text(json.dumps(ids))
        (tmp_path / "vocab.bpe").write_text("\n".join(bpe[1]) + "\n", encoding="utf-8")
        original = byte_level(ids, bpe[1], pre_tokenizers.ByteLevel(add_prefix_space=False), added=["<|endoftext|>"])
        for path in (tmp_path, tmp_path / "encoder.json", tmp_path / "vocab.bpe"):
            assert ids_of(opened(path), LINES) == encoded(original, LINES)

    def test_its_configuration_is_followed(self, tmp_path, bpe):
        ids = {**bpe[0], "<|endoftext|>": len(bpe[0])}
        config = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": True}
        folder = pair_of(tmp_path / "m", ids, bpe[1], tokenizer_config__json=config)
        original = byte_level(ids, bpe[1], pre_tokenizers.ByteLevel(add_prefix_space=True), added=["<|endoftext|>"])
        tokenizer = opened(folder)
        assert ids_of(tokenizer, ROWS) == encoded(original)
        assert tokenizer.around_ids == ((len(bpe[0]),), ())

    def test_roberta(self, tmp_path, bpe):
        first = ["<s>", "<pad>", "</s>", "<unk>"]
        ids = {token: id_ for id_, token in enumerate([*first, *sorted(bpe[0], key=bpe[0].get), "<mask>"])}
        folder = pair_of(tmp_path / "m", ids, bpe[1])
        added = ["<s>", "</s>", "<unk>", "<pad>", AddedToken("<mask>", lstrip=True, special=True)]
        original = byte_level(ids, bpe[1], pre_tokenizers.ByteLevel(add_prefix_space=False), added=added)
        tokenizer = opened(folder)
        assert ids_of(tokenizer, ROWS) == encoded(original)
        assert (tokenizer.around_ids, tokenizer.pad_id) == (((0,), (2,)), 1)

    def test_qwen_2(self, tmp_path, bpe):
        config = {"tokenizer_class": "Qwen2Tokenizer"}
        folder = pair_of(tmp_path / "m", *bpe, tokenizer_config__json=config)
        cutter = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(_regex(QWEN), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        original = byte_level(*bpe, cutter, normalizers.NFC(), ["<|endoftext|>"])
        assert ids_of(opened(folder), ROWS) == encoded(original)
        plain = pair_of(tmp_path / "n", *bpe)
        assert ids_of(opened(plain, scheme="qwen"), ROWS) == encoded(original)
        assert ids_of(opened(plain, pattern=QWEN), LINES) == encoded(byte_level(*bpe, cutter), LINES)

    def test_what_does_not_tell_how_a_text_is_cut(self, tmp_path, bpe):
        folder = pair_of(tmp_path / "m", *bpe)
        assert "nothing says how texts are split" in refused(folder)
        original = byte_level(*bpe, pre_tokenizers.ByteLevel(add_prefix_space=False))
        assert ids_of(opened(folder, scheme="gpt2"), LINES) == encoded(original, LINES)
        assert "only gpt2 and qwen are supported" in refused(folder, scheme="o200k_base")

    def test_another_class_is_refused_by_name(self, tmp_path, bpe):
        folder = pair_of(tmp_path / "m", *bpe, tokenizer_config__json={"tokenizer_class": "CTRLTokenizer"})
        assert "tokenizer_class is CTRLTokenizer" in refused(folder)

    def test_one_half_alone(self, tmp_path, bpe):
        folder_of(tmp_path / "m", vocab__json=bpe[0])
        assert "one half of a BPE tokenizer; merges.txt is missing next to it" in refused(tmp_path / "m" / "vocab.json")
        (tmp_path / "x.json").write_text(json.dumps(bpe[0]))
        assert "one half of a BPE tokenizer" in refused(tmp_path / "x.json")

    def test_merges_that_do_not_fit(self, tmp_path, bpe):
        folder = pair_of(tmp_path / "m", {**bpe[0], "<|endoftext|>": 600}, [*bpe[1], "zz zz"])
        assert "of its merges is 'zz zz': 'zz' is not in the vocabulary" in refused(folder)

    def test_other_merges_beside_it_are_noticed(self, tmp_path, bpe):
        folder = pair_of(tmp_path / "m", {**bpe[0], "<|endoftext|>": 600}, bpe[1])
        before = opened(folder).config_sha256
        (folder / "merges.txt").write_text("\n".join(bpe[1][:-1]) + "\n", encoding="utf-8")
        assert opened(folder).config_sha256 != before


def _regex(text):
    from tokenizers import Regex

    return Regex(text)


class SimpleTokenizer:
    """CLIP's algorithm: https://github.com/openai/CLIP/blob/main/clip/simple_tokenizer.py; without `ftfy` and HTML."""

    pattern = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)

    def __init__(self, merges):
        printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
        others = [byte for byte in range(256) if byte not in printable]
        self.letter = {byte: chr(byte) for byte in printable}
        self.letter |= {byte: chr(256 + i) for i, byte in enumerate(others)}
        letters = list(self.letter.values())
        tokens = [*letters, *(letter + "</w>" for letter in letters), *map("".join, merges)]
        self.ids = {token: id_ for id_, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
        self.rank = {pair: rank for rank, pair in enumerate(merges)}

    def encode(self, text):
        text = regex.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().lower()
        words = ("".join(self.letter[byte] for byte in word.encode()) for word in self.pattern.findall(text))
        return [self.ids[part] for word in words for part in self.parts(word)]

    def parts(self, word):
        parts = [*word[:-1], word[-1] + "</w>"]
        while pairs := [pair for pair in itertools.pairwise(parts) if pair in self.rank]:
            best, merged = min(pairs, key=self.rank.get), []
            while parts:
                both = tuple(parts[:2]) == best
                merged.append("".join(parts[: 1 + both]))
                parts = parts[1 + both :]
            parts = merged
        return parts


@pytest.fixture(scope="module")
def clip_merges():
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=900, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator((line.lower() for line in LINES), trainer)
    return [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


CLIP_ROWS = [row for row in ROWS if "endoftext" not in row and "Cn" not in map(unicodedata.category, row)]


class TestClip:
    """CLIP's own file was compared with open_clip 3.3's `SimpleTokenizer` on 4,142 rows.

    They differ in characters that are newer than `tokenizers`, and where punctuation stands before `<|endoftext|>`.
    """

    @pytest.mark.parametrize("name", ["bpe_simple_vocab_16e6.txt.gz", "clip.txt"])
    def test_merges_are_all_that_it_needs(self, tmp_path, clip_merges, name):
        text = '"bpe_simple_vocab_16e6.txt#version: 0.2\n' + "".join(f"{a} {b}\n" for a, b in clip_merges)
        content = text.encode()
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        tokenizer, original = opened(tmp_path / name), SimpleTokenizer(clip_merges)
        assert ids_of(tokenizer, CLIP_ROWS) == [original.encode(row) for row in CLIP_ROWS]
        end = len(original.ids) - 1
        assert tokenizer.around_ids == ((end - 1,), (end,))
        assert ids_of(tokenizer, ["a <|endoftext|>"]) == [[*original.encode("a"), end]]

    def test_more_merges_than_it_uses(self, tmp_path, clip_merges):
        filling = [f"{a} {b}" for a, b in clip_merges] + ["i n"] * (48_894 - len(clip_merges))
        lines = ["#version: 0.2 of bpe_simple_vocab", *filling, "not one of them", "z z"]
        (tmp_path / "clip.txt").write_text("\n".join(lines), encoding="utf-8")
        assert len(opened(tmp_path / "clip.txt").vocabulary) == 49_408

    def test_its_two_files(self, tmp_path, clip_merges):
        original = SimpleTokenizer(clip_merges)
        lines = ["#version: 0.2", *(f"{a} {b}" for a, b in clip_merges)]
        folder = pair_of(tmp_path / "m", original.ids, lines)
        rows = [row for row in CLIP_ROWS if not set(row) & set("ſ\u0345\x1cΣ\x1d\x1e\x1f")]
        assert ids_of(opened(folder), rows) == [original.encode(row) for row in rows]


class TestTekken:
    """Mistral's own two files gave the ids of `Tekkenizer` in mistral-common 1.13 on 4,142 rows."""

    PATTERN = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"

    def content(self, ranks, **more):
        config = {"pattern": self.PATTERN, "default_vocab_size": len(ranks) + 10, "default_num_special_tokens": 20}
        vocab = [
            {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
            for token, rank in ranks.items()
        ]
        return {"config": config, "vocab": vocab, **more}

    def test_its_ids_come_after_those_of_special_tokens(self, tmp_path, ranks):
        (tmp_path / "tekken.json").write_text(json.dumps(self.content(ranks)))
        kept = {token: rank for token, rank in ranks.items() if rank < len(ranks) - 10}
        original = tiktoken.Encoding("tekken", pat_str=self.PATTERN, mergeable_ranks=kept, special_tokens={})
        expected = [[id_ + 20 for id_ in row] for row in original.encode_ordinary_batch(ROWS)]
        tokenizer = opened(tmp_path)
        assert ids_of(tokenizer, ROWS) == expected
        assert tokenizer.roles == {"unk": 0, "bos": 1, "eos": 2}
        assert len(tokenizer.vocabulary) == len(ranks) + 10

    def test_special_tokens_that_it_lists(self, tmp_path, ranks):
        listed = [{"rank": 11, "token_str": "<pad>"}, {"rank": 1, "token_str": "<s>"}]
        (tmp_path / "tekken.json").write_text(json.dumps(self.content(ranks, special_tokens=listed)))
        tokenizer = opened(tmp_path / "tekken.json")
        assert (tokenizer.pad_id, tokenizer.roles) == (11, {"pad": 11, "bos": 1})

    @pytest.mark.parametrize("more", [{"special_tokens": [{"rank": 20, "token_str": "x"}]}, {"vocab": []}])
    def test_one_that_is_damaged(self, tmp_path, ranks, more):
        (tmp_path / "tekken.json").write_text(json.dumps(self.content(ranks, **more)))
        assert "is not a tokenizer that padcli reads: its" in refused(tmp_path / "tekken.json")


class TestRwkv:
    """RWKV's own file gave the ids of `TRIE_TOKENIZER` in rwkv 0.8 on 4,142 rows."""

    @pytest.fixture
    def path(self, tmp_path, ranks):
        entries = [(token.decode(), token) if token.isascii() else (token, token) for token in ranks]
        lines = [f"{id_} {shown!r} {len(token)}\n" for id_, (shown, token) in enumerate(entries, 1)]
        (tmp_path / "rwkv_vocab_small.txt").write_text("".join(lines), encoding="utf-8")
        return tmp_path / "rwkv_vocab_small.txt"

    def test_the_longest_token_is_taken(self, path, ranks):
        longest = max(map(len, ranks))

        def encode(text):
            data, row = text.encode(), []
            while data:
                size = next(size for size in range(longest, 0, -1) if data[:size] in ranks and size <= len(data))
                row.append(ranks[data[:size]] + 1)
                data = data[size:]
            return row

        tokenizer = opened(path)
        assert ids_of(tokenizer, ROWS) == [encode(row) for row in ROWS]
        assert tokenizer.pad_id == 0

    @pytest.mark.parametrize("line", ["300 'ab' 3", "300 ab 2", "300 'ab", "300 open('x') 1"])
    def test_a_line_that_is_none(self, path, line):
        path.write_text(path.read_text("utf-8") + line, encoding="utf-8")
        assert "expected an id, a token as Python writes it, and its length" in refused(path)


@pytest.fixture(scope="module")
def model():
    """A SentencePiece model, and its list of pieces."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=written, vocab_size=700, minloglevel=2, character_coverage=0.98
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    listing = "".join(
        f"{processor.id_to_piece(id_)}\t{processor.get_score(id_):g}\n" for id_ in range(processor.get_piece_size())
    )
    return written.getvalue(), listing


class TestSentencePiece:
    def test_the_vocab_is_told_from_the_model(self, tmp_path, model):
        (tmp_path / "x.vocab").write_text(model[1], encoding="utf-8")
        assert "is the .vocab of a SentencePiece model" in refused(tmp_path / "x.vocab")
        assert "is missing" in refused(tmp_path / "x.vocab")
        (tmp_path / "x.model").write_bytes(model[0])
        assert f"Name {tmp_path / 'x.model'}." in refused(tmp_path / "x.vocab")

    @pytest.mark.parametrize("name", ["XLMRobertaTokenizer", "AlbertTokenizer", "M2M100Tokenizer"])
    def test_a_class_with_other_ids_is_refused_by_name(self, tmp_path, model, name):
        folder = folder_of(tmp_path / "m", tokenizer_config__json={"tokenizer_class": name})
        (folder / "spiece.model").write_bytes(model[0])
        assert f"tokenizer_class is {name}" in refused(folder)
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "T5TokenizerFast"}')
        expected = sentencepiece.SentencePieceProcessor(model_proto=model[0]).encode(LINES)
        assert ids_of(opened(folder), LINES) == expected

    def test_what_is_no_model(self, tmp_path):
        (tmp_path / "x.model").write_bytes(b"\1\0\2")
        (tmp_path / "x.bin").write_bytes(b"\1\0\2")
        assert "x.model: is not a SentencePiece model, or is damaged" in refused(tmp_path / "x.model")
        assert "is a binary file of an unknown kind" in refused(tmp_path / "x.bin")

    def test_several_in_a_folder(self, tmp_path, model):
        for name in ("a.model", "b.model"):
            (tmp_path / name).write_bytes(model[0])
        assert "several vocabularies: a.model, b.model" in refused(tmp_path)


class TestGzip:
    def test_any_file_may_be_compressed(self, tmp_path, pieces, ranks, model):
        contents = {
            "vocab.txt": "\n".join([*BERT, *pieces]).encode(),
            "gpt2.tiktoken": as_lines(ranks),
            "x.model": model[0],
            "bert.json": wordpiece([*BERT, *pieces], BERT).to_str().encode(),
        }
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
            plain, packed = opened(tmp_path / name), opened(tmp_path / f"{name}.gz")
            assert ids_of(packed, LINES) == ids_of(plain, LINES)
            assert packed.sha256 != plain.sha256

    def test_one_that_is_cut_short(self, tmp_path, ranks):
        (tmp_path / "gpt2.tiktoken.gz").write_bytes(gzip.compress(as_lines(ranks))[:-20])
        assert "it is a damaged gzip file" in refused(tmp_path / "gpt2.tiktoken.gz")

    def test_one_that_is_too_large(self, tmp_path, monkeypatch, ranks):
        monkeypatch.setattr("padcli.tokenizers.external.tokenizer_file.MOST_BYTES", 5000)
        (tmp_path / "gpt2.tiktoken.gz").write_bytes(gzip.compress(as_lines(ranks)))
        assert "decompresses to more than 5,000 bytes" in refused(tmp_path / "gpt2.tiktoken.gz")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", b"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer"),
        ("t.json", b"<!DOCTYPE html><html></html>", "is a web page"),
        ("m.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 model"),
        ("t.pickle", b"\x80\x04\x95\0", "is a Python pickle"),
        ("m.gguf", b"GGUF\3\0\0\0", "is a GGUF model"),
        ("config.json", b'{"architectures": ["BertModel"]}', "is the configuration of a model; name its folder"),
        ("c.json", b'{"tokenizer_class": "T5Tokenizer"}', "is the configuration of a tokenizer; name its folder"),
        ("l.json", b"[1, 2]", "it is JSON, but not an object"),
        ("x.keras", b"PK\x03\x04 and nothing", "is a ZIP file, as a .keras file is, and cannot be unpacked"),
    ],
)
def test_a_message_says_what_a_file_is(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert message in refused(tmp_path / name)


@pytest.mark.parametrize("option", [{"scheme": "gpt2"}, {"pattern": "x"}])
def test_a_file_that_tells_how_a_text_is_cut_takes_no_scheme(tmp_path, pieces, option):
    (tmp_path / "vocab.txt").write_text("\n".join([*BERT, *pieces]), encoding="utf-8")
    assert "already says how texts are split" in refused(tmp_path / "vocab.txt", **option)


class TestIds:
    """Ids that are far above the number of tokens are refused before they cost memory."""

    @pytest.mark.parametrize("id_", [2**31, 2**32, 2_000_000_000, -1, 1.5])
    def test_of_a_tokenizer_json(self, tmp_path, id_):
        content = json.loads(wordpiece([*BERT], BERT).to_str())
        content["model"]["vocab"]["x"] = id_
        (tmp_path / "t.json").write_text(json.dumps(content))
        assert f"the id of its token 'x' is {id_}, expected an integer below 16,777,216" in refused(tmp_path / "t.json")

    def test_of_an_added_token(self, tmp_path):
        content = json.loads(wordpiece([*BERT], BERT).to_str())
        content["added_tokens"][0]["id"] = 2**31
        (tmp_path / "t.json").write_text(json.dumps(content))
        assert "expected an integer below" in refused(tmp_path / "t.json")

    def test_of_a_keras_tokenizer(self, tmp_path):
        original = KerasTokenizer()
        original.word_index = {"a": 2_000_000_000}
        (tmp_path / "t.json").write_text(original.to_json())
        assert "the id of its token 'a' is 2000000000" in refused(tmp_path / "t.json")

    def test_gaps_are_well(self, tmp_path):
        tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 3_000_000}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.save(str(tmp_path / "t.json"))
        assert ids_of(opened(tmp_path / "t.json"), ["a b"]) == [[3_000_000, 0]]


def test_a_post_processor_that_names_a_token_without_an_id(tmp_path):
    tokenizer = wordpiece([*BERT], BERT)
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    content = json.loads(tokenizer.to_str())
    content["post_processor"]["special_tokens"] = {}
    (tmp_path / "t.json").write_text(json.dumps(content))
    assert "its post-processor adds '[CLS]', which is not among its special_tokens" in refused(tmp_path / "t.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filters", 5),
        ("filters", None),
        ("split", ""),
        ("split", None),
        ("lower", 1),
        ("num_words", "x"),
        ("oov_token", 3),
    ],
)
def test_settings_that_keras_would_fail_with(tmp_path, name, value):
    original = KerasTokenizer()
    original.fit_on_texts(LINES)
    content = json.loads(original.to_json())
    content["config"][name] = value
    (tmp_path / "t.json").write_text(json.dumps(content))
    assert f"its {name} is" in refused(tmp_path / "t.json")


class TestKerasFile:
    @pytest.fixture
    def whole(self, tmp_path):
        layer = keras.layers.TextVectorization(vocabulary=["some", "words"])
        keras.Sequential([keras.Input((1,), dtype="string"), layer]).save(tmp_path / "model.keras")
        return tmp_path / "model.keras"

    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    def test_one_that_is_damaged_within(self, tmp_path, whole, method):
        with zipfile.ZipFile(whole) as archive:
            config = archive.read("config.json")
        path = tmp_path / "damaged.keras"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("config.json", config)
        content = bytearray(path.read_bytes())
        content[60:90] = bytes(30)
        path.write_bytes(content)
        assert "cannot be unpacked" in refused(path)

    def test_one_that_is_encrypted(self, whole):
        content = bytearray(whole.read_bytes())
        for start in (b"PK\x03\x04", b"PK\x01\x02"):
            place = content.find(start)
            while place >= 0:
                content[place + (6 if start[2] == 3 else 8)] |= 1
                place = content.find(start, place + 4)
        whole.write_bytes(content)
        assert "cannot be unpacked: File" in refused(whole)

    def test_another_zip(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr("a.txt", "a")
        assert "is a ZIP file without config.json, so not a .keras file" in refused(tmp_path / "x.zip")

    def test_one_that_decompresses_to_too_much(self, monkeypatch, whole):
        monkeypatch.setattr("padcli.tokenizers.text_vectorization.MOST_BYTES", 100)
        assert "decompresses to more than 100 bytes" in refused(whole)
