"""A model's folder without a tokenizer.json names its class, which says what stands around and between two texts."""

import json

import pytest
from tokenizers import pre_tokenizers

from padcli.options import TokenizeOptions
from padcli.tokenizers import open_tokenizer

# Rows of two texts, a and b, as transformers 5.24 gives their tokens and `token_type_ids`.
BERT_LIKE = "{cls}:0 a:0 {sep}:0 b:1 {sep}:1"
ROBERTA_LIKE = "{cls}:0 a:0 {sep}:0 {sep}:0 b:0 {sep}:0"


@pytest.mark.parametrize(
    ("name", "special", "row"),
    [
        ("BertTokenizer", "[PAD] [UNK] [CLS] [SEP] [MASK]", BERT_LIKE.format(cls="[CLS]", sep="[SEP]")),
        ("DistilBertTokenizer", "[PAD] [UNK] [CLS] [SEP] [MASK]", BERT_LIKE.format(cls="[CLS]", sep="[SEP]")),
        ("MPNetTokenizer", "<s> <pad> </s> [UNK] <mask>", ROBERTA_LIKE.format(cls="<s>", sep="</s>")),
        ("FunnelTokenizer", "<pad> <unk> <cls> <sep> <mask> <s> </s>", "<cls>:2 a:0 <sep>:0 b:1 <sep>:1"),
        ("EsmTokenizer", "<cls> <pad> <eos> <unk> <mask>", BERT_LIKE.format(cls="<cls>", sep="<eos>")),
    ],
)
def test_of_a_vocabulary_of_one_token_a_line(tmp_path, name, special, row):
    tokens = [*special.split(), "a", "b"]
    (tmp_path / "vocab.txt").write_text("\n".join(tokens) + "\n")
    assert row_of_two(tmp_path, tokens, tokenizer_class=name) == row


@pytest.mark.parametrize(
    ("config", "row"),
    [
        ({"tokenizer_class": "RobertaTokenizer"}, ROBERTA_LIKE.format(cls="<s>", sep="</s>")),
        ({"tokenizer_class": "CLIPTokenizer"}, ROBERTA_LIKE.format(cls="<|startoftext|>", sep="<|endoftext|>")),
        ({"tokenizer_class": "GPT2Tokenizer"}, "a:0 b:1"),
        ({"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}, "<|endoftext|>:0 a:0 <|endoftext|>:1 b:1"),
        ({"tokenizer_class": "GPT2Tokenizer", "add_eos_token": True}, "a:0 <|endoftext|>:0 b:1 <|endoftext|>:1"),
        ({"tokenizer_class": "Qwen2Tokenizer"}, "a:0 b:1"),
    ],
)
def test_of_a_byte_level_bpe(tmp_path, config, row):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>", "<|startoftext|>", *letters]
    tokens += [f"{letter}</w>" for letter in letters]
    (tmp_path / "vocab.json").write_text(json.dumps({token: id_ for id_, token in enumerate(tokens)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    assert row_of_two(tmp_path, tokens, **config) == row


def row_of_two(folder, tokens, **config):
    """The tokens of a row of two texts, each with its type."""
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    template = open_tokenizer(TokenizeOptions(tokenizer=folder)).pair_template
    row = []
    for part, type_id in zip(template.parts, template.types, strict=True):
        stands_there = ["ab"[part]] if isinstance(part, int) else [tokens[id_] for id_ in part]
        row += [f"{token}:{type_id}" for token in stands_there]
    return " ".join(row)
