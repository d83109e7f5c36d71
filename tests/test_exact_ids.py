"""Ids of the original where a shortcut is tempting: places, ties, tables of Unicode, normal forms."""

import io
import json

import numpy as np
import pytest
import sentencepiece
from conftest import SAMPLE_DATA, use_kernels
from hypothesis import given, settings
from hypothesis import strategies as st
from test_origins import LINES, SPECIAL, pad, texts, unigram
from texts import as_jsonl
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import padcli
from padcli.options import TokenizeOptions
from padcli.tokenizers import open_tokenizer
from padcli.tokenizers.external.cutting import alternatives, is_word_pattern, space_of_words

GREEK = ["και το άλλο και αυτό", "το και αυτό άλλο"] * 3

# As their authors published them.
PATTERNS = {
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "Llama 3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+",
    "Qwen 2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"
    r"\s*[\r\n]|\s+(?!\S)|\s",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "DeepSeek": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"
    r" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


DEEPSEEK = PATTERNS["DeepSeek"].replace(r"\r\n", "\r\n").replace(r"\"", '"')  # its file holds the characters themselves


def original_ids(tokenizer, rows, *, special=False):
    return [encoding.ids for encoding in tokenizer.encode_batch(rows, add_special_tokens=special)]


def saved(tokenizer, folder):
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


def greek(post_processor):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(GREEK, trainers.BpeTrainer(vocab_size=90, special_tokens=SPECIAL))
    tokenizer.post_processor = post_processor
    return tokenizer


IDS = [("[CLS]", 2), ("[SEP]", 3)]
TEMPLATES = {
    "around": processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=IDS),
    "before": processors.TemplateProcessing(single="[CLS]:0 [CLS]:0 $A:0", special_tokens=IDS),
    "behind": processors.TemplateProcessing(single="$0 [SEP]", special_tokens=IDS),
    "of BERT": processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)),
    "of RoBERTa": processors.RobertaProcessing(("[SEP]", 3), ("[CLS]", 2)),
    "in a sequence": processors.Sequence(
        [processors.ByteLevel(), processors.TemplateProcessing(single="[CLS] $A", special_tokens=IDS)]
    ),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_special_tokens_stand_where_the_template_puts_them(tmp_path, name):
    original = greek(TEMPLATES[name])
    rows = ["και", "", "abc", "και το"]  # of which "abc" gives no id: the vocabulary is Greek
    ids, _ = pad(tmp_path, rows, saved(original, tmp_path), add_special_tokens=True)
    assert ids == original_ids(original, rows, special=True)


@pytest.mark.parametrize(
    "post_processor",
    [
        processors.TemplateProcessing(single="[CLS] $A [SEP] $A", special_tokens=IDS),
        processors.Sequence([TEMPLATES["around"], TEMPLATES["before"]]),
    ],
)
def test_a_template_that_does_more_than_that_is_refused(tmp_path, post_processor):
    path = saved(greek(post_processor), tmp_path)
    with pytest.raises(padcli.PadcliError, match="does more than add tokens around a text"):
        pad(tmp_path, ["και"], path, add_special_tokens=True)
    assert pad(tmp_path, ["και το"], path)[0] == original_ids(Tokenizer.from_file(str(path)), ["και το"])


def sentencepiece_model(folder, **options):
    written = io.BytesIO()
    settings_ = {"vocab_size": 400, "character_coverage": 0.98, "minloglevel": 2, "pad_id": 3, **options}
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(LINES), model_writer=written, **settings_)
    (folder / "small.model").write_bytes(written.getvalue())
    return folder / "small.model"


def tie_texts():
    signs = "0179.-=_~!*zxaeo"
    return st.lists(
        st.lists(
            st.one_of(
                st.builds(lambda sign, n: sign * n, st.sampled_from(signs), st.integers(1, 40)),
                st.sampled_from(["the", "$0,000", "3.000.000", "a.b", "…", "日本", "and"]),
            ),
            max_size=12,
        ).map(" ".join),
        min_size=1,
        max_size=8,
    )


@pytest.fixture(scope="module", params=[{}, {"normalization_rule_name": "identity", "remove_extra_whitespaces": False}])
def unigram_model(request, tmp_path_factory):
    return sentencepiece_model(tmp_path_factory.mktemp("unigram"), model_type="unigram", **request.param)


@settings(max_examples=60)
@given(rows=tie_texts(), used=st.booleans())
def test_where_two_ways_are_equally_good_rounding_decides_as_in_the_original(tmp_path, unigram_model, rows, used):
    with use_kernels(used=used):
        ids, _ = pad(tmp_path, rows, unigram_model, pad_id=None)
    assert ids == sentencepiece.SentencePieceProcessor(model_file=str(unigram_model)).encode(rows)


def test_ties_depend_on_what_stands_before_them(tmp_path, unigram_model):
    """The same word has other ids behind another text: a word by itself could not tell."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(unigram_model))
    rows = [f"{' '.join(LINES[:k])} {sign * n}" for k in range(12) for sign in "0.-=z" for n in range(1, 20)]
    ids, report = pad(tmp_path, rows, unigram_model, pad_id=None, maxlen=9000)
    assert ids == processor.encode(rows)
    assert report.tokenizer.way == "sentencepiece, each word once"
    assert 0 < report.tokenizer.original_rows < len(rows)


@pytest.mark.parametrize("form", ["NFKC", "NFKD"])
def test_a_word_that_begins_with_a_space_once_it_is_normalized(tmp_path, form):
    original = unigram(getattr(normalizers, form)())
    rows = [f"a {chr(code)}b c" for code in range(0x80, 0x3400)] + ["a \ufe70b", "\u203e x", "x \u203e", "\ufe70"]
    rows += [f"{chr(code)}b{chr(code)} c" for code in range(0xF900, 0x10000)]
    ids, report = pad(tmp_path, rows, saved(original, tmp_path))
    assert ids == original_ids(original, rows)
    assert report.tokenizer.way == "tokenizers, each word once"
    assert report.tokenizer.original_rows < len(rows) // 4


def byte_level(*cutters, normalizer=None, add_prefix_space=False, use_regex=False, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    stages = [*cutters, pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(stages) if cutters else stages[0]
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix=model.get("end_of_word_suffix", ""), show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def split(pattern, behavior="isolated", **options):
    return pre_tokenizers.Split(Regex(pattern), behavior, **options)


CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def neox():
    """GPT-NeoX has runs of spaces for tokens, which are sought in normal forms."""
    tokenizer = byte_level(use_regex=True, normalizer=normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    return tokenizer


def clip():
    steps = [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    return byte_level(
        split(CLIP, "removed", invert=True), normalizer=normalizers.Sequence(steps), end_of_word_suffix="</w>",
        unk_token="<|end|>",
    )  # fmt: skip


def llama():
    """Llama 2's layout: no pre-tokenizer, a sign before the text, bytes for what has no token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=700, special_tokens=special[:3]))
    content = json.loads(tokenizer.to_str())
    vocab = content["model"]["vocab"]
    for byte in special[3:]:
        vocab.setdefault(byte, len(vocab))
    content["pre_tokenizer"] = None
    return Tokenizer.from_str(json.dumps(content))


LAYOUTS = {
    **{
        f"{name}, lower-cased": (lambda p=p: byte_level(split(p), normalizer=normalizers.Lowercase()))
        for name, p in PATTERNS.items()
    },
    **{name: (lambda p=p: byte_level(split(p))) for name, p in PATTERNS.items()},
    "GPT-2": lambda: byte_level(use_regex=True),
    "DeepSeek": lambda: byte_level(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK)),
    "GPT-NeoX": neox,
    "NFKC": lambda: byte_level(use_regex=True, normalizer=normalizers.NFKC()),
    "Falcon": lambda: byte_level(
        pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        pre_tokenizers.Digits(individual_digits=False), split("[0-9][0-9][0-9]"),
    ),
    "StarCoder": lambda: byte_level(pre_tokenizers.Digits(individual_digits=True), use_regex=True),
    "with a prefix": lambda: byte_level(use_regex=True, add_prefix_space=True, normalizer=normalizers.Lowercase()),
    "CLIP": clip,
    "Llama 2": llama,
    "Metaspace, first": lambda: unigram(pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="first")),
}  # fmt: skip

SPACES = [
    "a  b",
    " a",
    "a ",
    "  a  ",
    "a\tb c",
    "a \n b",
    "a\n\n b  \n c",
    "x.  y",
    "\u00a0 a \u00a0b",
    "▁ a ▁b a▁ b",
    "  ",
]


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    kept = {}

    def make(name):
        if name not in kept:
            original = LAYOUTS[name]()
            kept[name] = original, saved(original, tmp_path_factory.mktemp("layout"))
        return kept[name]

    return make


@pytest.mark.parametrize("name", LAYOUTS)
@settings(max_examples=15)
@given(rows=texts)
def test_layouts_of_real_models_have_a_fast_path_to_the_same_ids(tmp_path, layout, name, rows):
    original, path = layout(name)
    rows = [*rows, *SPACES]
    ids, report = pad(tmp_path, rows, path)
    assert ids == original_ids(original, rows)
    assert "row by row" not in report.tokenizer.way
    assert report.tokenizer.original_rows < len(rows)


@pytest.mark.parametrize("name", ["GPT-2", "GPT-NeoX", "NFKC", "DeepSeek", "CLIP", "Llama 2"])
def test_each_character_beside_others(tmp_path, layout, name):
    original, path = layout(name)
    codes = [*range(0x3400), *range(0xA000, 0xD800, 7), *range(0xE000, 0x20000, 5), *range(0x20000, 0x110000, 4801)]
    codes += [0x1FAEA, 0x1FAE8, 0x1FADC]
    rows = [f"a{chr(code)}b {chr(code)}c {chr(code)} 1" for code in codes]
    ids, _ = pad(tmp_path, rows, path)
    assert ids == original_ids(original, rows)


def test_a_newer_character_than_a_library_knows_goes_to_the_original(tmp_path, layout):
    original, path = layout("DeepSeek")
    rows = ["so tired \U0001faea ok", "plain"]
    ids, report = pad(tmp_path, rows, path)
    assert ids == original_ids(original, rows)
    assert report.tokenizer.way == "gigatoken"
    assert report.tokenizer.original_rows == 1


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_that_cut_at_spaces_are_known_as_such(name):
    assert is_word_pattern(PATTERNS[name])


@pytest.mark.parametrize(
    "pattern",
    [
        r"\w+ \w+|\s+",
        r"[^a]+|\s+",
        r"[\s!][A-Za-z]+|\s+",
        r".+|\s+",
        r"(?<=a)b|\s+",
        r" ?\p{L}+",
        r"\p{L}+ |\s+",
        r"\S+\s|\s+",
    ],
)
def test_others_are_not(pattern):
    assert not is_word_pattern(pattern)


def test_alternatives_are_those_outside_of_brackets():
    assert alternatives(r"a|(b|c)|[|]|\||") == ["a", "(b|c)", "[|]", r"\|", ""]


TOKENS = st.one_of(st.sampled_from(["the", "The cat", "", " x", "[CLS]", "é"]), st.text(max_size=4))


@settings(max_examples=30)
@given(rows=st.lists(st.lists(TOKENS, max_size=6), min_size=1, max_size=5))
@pytest.mark.parametrize("name", ["GPT-2", "CLIP", "Llama 2", "Metaspace, first"])
def test_lists_of_tokens_are_encoded_as_pretokenized(tmp_path, layout, name, rows):
    original, path = layout(name)
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in [["a"], *rows]))
    padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", tokenizer=path, pad_id=0, padding="post", maxlen=200)
    padded = padcli.load(tmp_path / "out.npz")
    expected = [original.encode(row, is_pretokenized=True, add_special_tokens=False).ids for row in [["a"], *rows]]
    assert [row[mask].tolist() for row, mask in zip(padded.token_ids, padded.padding_mask, strict=True)] == expected


def test_lists_of_tokens_need_a_library_that_takes_them(tmp_path, unigram_model):
    (tmp_path / "corpus.jsonl").write_text('{"text": ["a", "b"]}\n')
    with pytest.raises(padcli.PadcliError, match="needs texts"):
        padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", tokenizer=unigram_model)


@pytest.mark.parametrize(("bos", "eos"), [(True, True), (True, False), (False, True)])
def test_bos_and_eos_of_a_sentencepiece_model(tmp_path, unigram_model, bos, eos):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(unigram_model))
    ids, _ = pad(tmp_path, LINES[:50], unigram_model, pad_id=None, add_bos=bos, add_eos=eos)
    assert ids == processor.encode(LINES[:50], add_bos=bos, add_eos=eos)


def test_bos_is_refused_where_there_is_none(tmp_path, layout):
    with pytest.raises(padcli.PadcliError, match="has no token for the beginning"):
        pad(tmp_path, ["a"], layout("GPT-2")[1], add_bos=True)
    with pytest.raises(padcli.PadcliError, match="cannot be used with --add-bos"):
        pad(tmp_path, ["a"], layout("GPT-2")[1], add_bos=True, add_special_tokens=True)


def test_the_json_tells_how_many_rows_went_to_the_original_and_which_libraries_gave_the_ids(tmp_path, layout):
    _, path = layout("GPT-2")
    (tmp_path / "corpus.jsonl").write_text(as_jsonl(["a <|end|> b", "c", "\U0001faea"]), encoding="utf-8")
    report = padcli.pad(tmp_path / "corpus.jsonl", tmp_path / "out.npz", tokenizer=path, pad_id=0)
    facts = report.as_dict()["tokenizer"]
    assert facts["original_rows"] == 1
    assert set(facts["libraries"]) == {"gigatoken", "tokenizers"}
    with np.load(tmp_path / "out.npz") as file:
        meta = json.loads(file["meta.json"])
    assert meta["tokenizer"]["libraries"] == facts["libraries"]


def test_a_version_that_was_not_compared_is_told(tmp_path, layout, monkeypatch):
    _, path = layout("GPT-2")
    known = open_tokenizer(TokenizeOptions(tokenizer=path)).splitter
    assert known.how() == "gigatoken"
    monkeypatch.setattr(
        "padcli.tokenizers.external.encoder.version", lambda name: {"gigatoken": "9.9"}.get(name, "0.23.3")
    )
    assert known.how() == "gigatoken (not compared with gigatoken 9.9 yet)"


def test_an_output_is_made_anew_where_a_library_has_changed(tmp_path, layout, monkeypatch):
    _, path = layout("GPT-2")
    options = {"tokenizer": path, "pad_id": 0, "if_changed": True}
    padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", **options)
    assert padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", **options).up_to_date
    monkeypatch.setattr("padcli.inspection.up_to_date._installed", lambda _: "9.9")
    assert "gigatoken was" in padcli.pad(SAMPLE_DATA / "reviews.txt", tmp_path / "out.npz", **options).change


def across_spaces(*pre_tokenizer, normalizer=None, space=" "):
    """A BPE of "a", whose one merge goes on beyond a space; "▁" is a token, too, and means nothing."""
    vocab = {"[UNK]": 0, "▁": 1, "Ġ": 2, space: 3, "a": 4, f"a{space}": 5, f"a{space}a": 6, "b": 7}
    tokenizer = Tokenizer(models.BPE(vocab, [("a", space), (f"a{space}", "a")], unk_token="[UNK]"))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(list(pre_tokenizer))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return tokenizer


@pytest.mark.parametrize(
    "original",
    [
        across_spaces(),
        across_spaces(pre_tokenizers.Metaspace(replacement="_", prepend_scheme="never", split=False), space="_"),
        across_spaces(
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            normalizer=normalizers.Replace(" ", "_"),
            space="_",
        ),
    ],
    ids=["as they are", "by another sign", "by another sign, in bytes"],
)
def test_tokens_that_go_on_beyond_a_space_are_seen_however_it_is_written(original):
    """Without the check at the opening: the stages alone must tell."""
    assert original.encode("a a").tokens != [*original.encode("a").tokens, *original.encode(" a").tokens]
    assert space_of_words(json.loads(original.to_str())) is None


def test_signs_of_spaces_in_bytes_are_no_signs():
    """The normalizer writes "▁", of which ByteLevel makes three characters; "Ġ" then stands for no space."""
    stages = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    original = across_spaces(stages, normalizer=normalizers.Replace(" ", "▁"))
    assert space_of_words(json.loads(original.to_str())) is None


SPECIAL_ROWS = [
    "a  b   c", "   ", f"x{' ' * 30}y", "a<|endoftext|>b", "<|endoftext|>",
    "<|endoftext|>  <|endoftext|><|padding|> z ", "  a", "a  ", "", "plain", "é  è", "a\x1db  c", "\x1d",
]  # fmt: skip


@pytest.mark.parametrize("normalizer", [None, normalizers.NFC()], ids=["as it is", "NFC"])
@pytest.mark.parametrize("special_in_text", [True, False])
def test_texts_are_cut_at_added_tokens_and_the_fast_path_gets_what_is_between(tmp_path, normalizer, special_in_text):
    original = byte_level(use_regex=True, normalizer=normalizer)
    original.add_special_tokens(["<|endoftext|>", "<|padding|>"])
    original.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    path = saved(original, tmp_path)
    original.encode_special_tokens = not special_in_text
    ids, report = pad(tmp_path, SPECIAL_ROWS, path, special_in_text=special_in_text)
    assert ids == original_ids(original, SPECIAL_ROWS)
    beyond_ascii, with_mark, with_special = 1, 2, 3
    expected = with_mark + beyond_ascii * (normalizer is not None) + with_special * (not special_in_text)
    assert report.tokenizer.original_rows == expected


@pytest.mark.parametrize("flag", ["lstrip", "rstrip", "single_word"])
def test_a_token_that_takes_more_than_itself_sends_a_text_to_the_original(tmp_path, flag):
    original = byte_level(use_regex=True)
    original.add_tokens([AddedToken("<x>", **{flag: True}), AddedToken("<y>")])
    rows = ["a <x> b", "a<x>b", " <x>", "a <y> b"]
    ids, report = pad(tmp_path, rows, saved(original, tmp_path))
    assert ids == original_ids(original, rows)
    assert report.tokenizer.original_rows == len(rows) - 1
