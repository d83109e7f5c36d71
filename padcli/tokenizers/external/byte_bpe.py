"""Byte-level BPE, as the classes of transformers build it around a vocabulary and its merges."""

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from padcli import tokenizers
from padcli.errors import UsageError
from padcli.tokenizers.characters import byte_characters
from padcli.tokenizers.external.hub import ROBERTA, class_of, flag, open_built
from padcli.tokenizers.external.schemes import QWEN
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

Merges = list[tuple[str, str]]

END = "<|endoftext|>"


def byte_level(ids: dict[str, int], merges: Merges, suffix: str = "", unk: str | None = None) -> Tokenizer:
    """The model; raises `ValueError` where it could not encode every byte."""
    missing = [char for char in byte_characters() if char not in ids]
    if missing:
        raise ValueError(f"it is not byte-level: {missing[0]!r} is not in the vocabulary")
    model = models.BPE(
        vocab=ids, merges=merges, continuing_subword_prefix="", end_of_word_suffix=suffix, fuse_unk=False, unk_token=unk
    )
    tokenizer = Tokenizer(model)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def gpt2(file: TokenizerFile, ids: dict[str, int], merges: Merges) -> tokenizers.Tokenizer:
    """GPT-2's, which OPT and others share.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/gpt2/tokenization_gpt2.py
    """
    tokenizer, config = byte_level(ids, merges), file.config
    tokenizer.pre_tokenizer = _cut_as_gpt2(file)
    before, after = (flag(config, f"add_{role}_token", default=False) for role in ("bos", "eos"))
    single = "bos " * before + "$A" + " eos" * after
    pair = single + " bos:1" * before + " $B:1" + " eos:1" * after
    roles = dict.fromkeys(("unk", "bos", "eos"), END) if END in ids or class_of(config) else {}
    return open_built(tokenizer, file, {**roles}, (single, pair) if before or after else None)


def roberta(file: TokenizerFile, ids: dict[str, int], merges: Merges) -> tokenizers.Tokenizer:
    """RoBERTa's, which BART and others share; `<mask>` takes the space before it, as in their `tokenizer.json`.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/roberta/tokenization_roberta.py
    """
    tokenizer = byte_level(ids, merges)
    tokenizer.pre_tokenizer = _cut_as_gpt2(file)
    names = {"bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "<unk>", "pad": "<pad>"}
    return open_built(tokenizer, file, {**names, "mask": AddedToken("<mask>", lstrip=True, special=True)}, ROBERTA)


def qwen2(file: TokenizerFile, ids: dict[str, int], merges: Merges) -> tokenizers.Tokenizer:
    """Qwen 2's.

    https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen2/tokenization_qwen2.py
    """
    tokenizer = byte_level(ids, merges)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = _cut_by(QWEN)
    return open_built(tokenizer, file, dict.fromkeys(("unk", "eos", "pad"), END))


def with_pattern(file: TokenizerFile, ids: dict[str, int], merges: Merges) -> tokenizers.Tokenizer:
    """A text is cut by `--pattern`."""
    tokenizer = byte_level(ids, merges)
    try:
        tokenizer.pre_tokenizer = _cut_by(str(file.options.pattern))
    except Exception as error:  # noqa: BLE001 (the library raises nothing more special)
        raise UsageError(f"--pattern: {file.options.pattern!r} is not a valid regular expression: {error}.") from None
    return open_built(tokenizer, file, {})


def _cut_as_gpt2(file: TokenizerFile) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.ByteLevel(add_prefix_space=flag(file.config, "add_prefix_space", default=False))


def _cut_by(pattern: str) -> pre_tokenizers.PreTokenizer:
    cut = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
