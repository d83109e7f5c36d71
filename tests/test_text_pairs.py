"""Two texts in a row as Hugging Face's `tokenizers` put them there, and several as KerasHub does."""

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import padcli
from padcli.errors import LengthError
from padcli.options import RowOptions
from padcli.padding.pad_rows import gather
from padcli.rows.ragged import RaggedIds, offsets_of
from padcli.rows.text_pairs import kept_lengths
from padcli.rows.truncate import Truncate
from padcli.tokenizers.external.template import pair_template

VOCABULARY = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh"])}
SEP, CLS = ("[SEP]", 3), ("[CLS]", 2)


def template(single, pair):
    return processors.TemplateProcessing(single=single, pair=pair, special_tokens=[SEP, CLS])


PROCESSORS = {
    "none": None,
    "BERT": processors.BertProcessing(SEP, CLS),
    "RoBERTa": processors.RobertaProcessing(SEP, CLS),
    "T5": template("$A [SEP]", "$A [SEP] $B [SEP]"),
    "XLNet": template("$A [SEP] [CLS]:2", "$A [SEP] $B:1 [SEP]:1 [CLS]:2"),
    "the second first": template("[CLS] $A", "$B:1 [SEP] $A:0"),
    "a sequence": processors.Sequence([processors.ByteLevel(), processors.BertProcessing(SEP, CLS)]),
}


def tokenizer_with(processor):
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if processor is not None:
        tokenizer.post_processor = processor
    return tokenizer


def of_tokenizers(tokenizer, texts):
    try:
        found = tokenizer.encode(*map(" ".join, texts))
    except BaseException as error:  # noqa: BLE001 (it raises what it likes where a text is too short)
        return type(error)
    return found.ids, found.type_ids


def of_padcli(template, texts, maxlen, way, side):
    lengths = np.array([[len(text) for text in texts]], np.int64)
    try:
        shape = Truncate(maxlen, template, side, RowOptions(truncate_pairs=way))
        segments = shape.pieces(lengths).segments(template)
    except LengthError as error:
        return type(error)
    values = np.array([VOCABULARY[token] for text in texts for token in text], np.int64)
    ids = gather(RaggedIds(values=values, offsets=offsets_of(lengths[0])), segments, template.special_ids)
    return ids.values.tolist(), segments.token_types.tolist()


@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("way", ["longest-first", "only-first", "only-second"])
@pytest.mark.parametrize("side", ["pre", "post"])
def test_ids_and_types_are_those_of_tokenizers(processor, way, side):
    chance, tokenizer = random.Random(processor + way + side), tokenizer_with(PROCESSORS[processor])
    template = pair_template(json.loads(tokenizer.to_str())["post_processor"])
    raised = 0
    for _ in range(300):
        texts = [[chance.choice("abcdefgh") for _ in range(chance.randrange(9))] for _ in range(2)]
        maxlen = chance.randrange(template.n_special, 17)
        tokenizer.enable_truncation(
            maxlen, strategy=way.replace("-", "_"), direction={"pre": "left", "post": "right"}[side]
        )
        expected, found = of_tokenizers(tokenizer, texts), of_padcli(template, texts, maxlen, way, side)
        if isinstance(expected, type):
            raised += 1
            assert found is LengthError
        else:
            assert found == expected
    assert (raised > 0) == (way != "longest-first")


@pytest.mark.parametrize("processor", [name for name in PROCESSORS if name != "none"])
@pytest.mark.parametrize("names", ["keras", "hf"])
def test_a_file_pads_pairs_as_its_post_processor_says(tmp_path, processor, names):
    tokenizer = tokenizer_with(PROCESSORS[processor])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    pairs = [("a b c", "d e"), ("", "f"), ("g h a b c d", "a b c d e f g")]
    options = {"tokenizer": tmp_path / "tokenizer.json", "add_special_tokens": True, "maxlen": 11, "padding": "post"}
    with (tmp_path / "pairs.jsonl").open("w") as file:
        file.writelines(json.dumps({"q": a, "c": b}) + "\n" for a, b in pairs)
    padcli.pad(
        tmp_path / "pairs.jsonl",
        tmp_path / "out.npz",
        field="q",
        pair_field="c",
        names=names,
        truncating="post",
        **options,
    )
    tokenizer.enable_truncation(11)
    tokenizer.enable_padding(length=11)
    expected = tokenizer.encode_batch(pairs)
    with np.load(tmp_path / "out.npz") as arrays:
        ids, types = {"keras": ("token_ids", "segment_ids"), "hf": ("input_ids", "token_type_ids")}[names]
        assert arrays[ids].tolist() == [each.ids for each in expected]
        assert arrays[types].tolist() == [each.type_ids for each in expected]
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


@pytest.mark.parametrize(
    "processor",
    [template("$A", "$A $B $A"), processors.Sequence([PROCESSORS["BERT"], PROCESSORS["T5"]])],
)
def test_a_template_that_is_not_understood_is_none(processor):
    assert pair_template(json.loads(tokenizer_with(processor).to_str())["post_processor"]) is None


def in_turns(lengths, room):
    """One token to each text in turn, as long as it has more."""
    kept = [0] * len(lengths)
    while room and kept != list(lengths):
        for i, length in enumerate(lengths):
            if kept[i] < length and room:
                kept[i], room = kept[i] + 1, room - 1
    return kept


def one_after_the_other(lengths, room):
    kept = []
    for length in lengths:
        kept.append(min(length, room))
        room -= kept[-1]
    return kept


records = st.integers(1, 5).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 12), min_size=n, max_size=n), min_size=1)
)


@given(records, st.integers(0, 40))
def test_room_is_dealt_out_as_kerashub_does(lengths, room):
    table = np.array(lengths, np.int64)
    assert kept_lengths(table, room, "round-robin").tolist() == [in_turns(each, room) for each in lengths]
    assert kept_lengths(table, room, "waterfall").tolist() == [one_after_the_other(each, room) for each in lengths]


def test_ways_of_two_texts_are_for_two_texts():
    with pytest.raises(padcli.PadcliError, match="is for two texts, and there are 3"):
        padcli.pad_texts(["a"], ["b"], ["c"], maxlen=2, truncate_pairs="only-first")
