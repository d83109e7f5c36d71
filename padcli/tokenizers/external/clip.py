"""CLIP's BPE, of lower-cased words that end in `</w>`: its own `SimpleTokenizer`, and the class in transformers."""

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

from padcli import tokenizers
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external.byte_bpe import END, Merges, byte_level
from padcli.tokenizers.external.hub import open_built
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

_START = "<|startoftext|>"
_PATTERN = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
# It ignores case, which makes a difference for two small letters: ſ is an s, and U+0345 is neither a letter, as the
# iota that is its capital is, nor anything else.
_IGNORING_CASE = _PATTERN.replace("'s", "'[sſ]").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{N}\x{345}]")
_TEMPLATES = ("bos $A eos", "bos $A eos eos $B eos")
_MERGES = 49_152 - 256 - 2  # the file holds more than the vocabulary uses
_STRIP = r"\A[\s\x1c-\x1f]+|[\s\x1c-\x1f]+\z"  # as `str.strip` does
_SPACES = (normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "))
# A last sigma becomes another letter by `str.lower`, and not by `Lowercase`.
_CASED, _IGNORED = r"[\p{Cased}&&\P{Case_Ignorable}]", r"\p{Case_Ignorable}*"
_LAST_SIGMA = rf"{_CASED}{_IGNORED}\KΣ(?!{_IGNORED}{_CASED})"


def open_merges(file: TokenizerFile) -> tokenizers.Tokenizer:
    """CLIP's `bpe_simple_vocab_16e6.txt.gz`, from which its `SimpleTokenizer` derives the vocabulary.

    https://github.com/openai/CLIP/blob/main/clip/simple_tokenizer.py. That mends a text with `ftfy` before, and
    resolves HTML entities; here, texts are only normalized to NFC, as `ftfy` does, too. Names of special tokens in a
    text are taken for them everywhere, and there only where no punctuation stands before.
    """
    letters = sorted(byte_characters(), key=lambda char: (ord(char) > 255, ord(char)))
    lines = file.text.split("\n")[1 : _MERGES + 1]
    merges = [(first, second) for first, second in (line.split() for line in lines if line)]
    tokens = [*letters, *(f"{char}</w>" for char in letters), *map("".join, merges), _START, END]
    tokenizer = _tokenizer({token: id_ for id_, token in enumerate(tokens)}, merges)
    lower = [normalizers.Replace(Regex(_STRIP), ""), normalizers.Replace(Regex(_LAST_SIGMA), "ς")]
    tokenizer.normalizer = normalizers.Sequence([*_SPACES, *lower, normalizers.Lowercase()])
    tokenizer.pre_tokenizer = _cut_by(_IGNORING_CASE, use_regex=False)
    return _with_tokens(tokenizer, file)


def open_pair(file: TokenizerFile, ids: dict[str, int], merges: Merges) -> tokenizers.Tokenizer:
    """CLIP's as transformers has it.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/tokenization_clip.py
    """
    tokenizer = _tokenizer(ids, merges)
    tokenizer.normalizer = normalizers.Sequence([*_SPACES, normalizers.Lowercase()])
    tokenizer.pre_tokenizer = _cut_by(_PATTERN, use_regex=True)
    return _with_tokens(tokenizer, file)


def _tokenizer(ids: dict[str, int], merges: Merges) -> Tokenizer:
    return byte_level(ids, merges, suffix="</w>", unk=END)


def _cut_by(pattern: str, *, use_regex: bool) -> pre_tokenizers.PreTokenizer:
    cut = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)])


def _with_tokens(tokenizer: Tokenizer, file: TokenizerFile) -> tokenizers.Tokenizer:
    return open_built(tokenizer, file, {"bos": _START, "eos": END, "unk": END, "pad": END}, _TEMPLATES)
