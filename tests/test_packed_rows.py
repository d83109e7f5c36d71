"""Several records in a row: no token is lost, each piece knows its record, and a model sees each record alone."""

import hashlib
import itertools
import json
import zipfile

import numpy as np
import pytest

import padcli
from padcli.formats.metadata_file import metadata_json

WORDS = [f"w{i}" for i in range(50)]
WAYS = ["best-fit", "first-fit", "consecutive"]


@pytest.fixture
def corpus(tmp_path):
    random = np.random.default_rng(3)
    lines = []
    for y in range(300):
        text = " ".join(random.choice(WORDS, random.integers(0, 30)))
        lines.append(json.dumps({"text": text, "y": y}))
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "corpus.jsonl"


def plain(corpus, **options):
    """The ids of each record, as they are without packing."""
    found = padcli.pad(corpus, corpus.parent / "plain.npz", padding="post", **options)
    data = padcli.load(corpus.parent / "plain.npz")
    assert found.cost.rows_truncated == 0
    return [row[mask].tolist() for row, mask in zip(data.token_ids, data.padding_mask, strict=True)]


def pieces_of(data):
    """The ids of each piece by its place in `record`, read from rows, segments and offsets."""
    pieces = []
    for r, (first, stop) in enumerate(itertools.pairwise(data.row_offsets.tolist())):
        own = range(1, stop - first + 1)
        pieces += [data.token_ids[r][data.segment_ids[r] == number].tolist() for number in own]
    return pieces


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["pre", "post"])
def test_tokens_in_are_tokens_out(corpus, tmp_path, way, side):
    whole = plain(corpus)
    report = padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack=way, padding=side, label="y")
    data = padcli.load(tmp_path / "out.npz")
    not_empty = [i for i, ids in enumerate(whole) if ids]
    assert sorted(data.record.tolist()) == not_empty
    assert pieces_of(data) == [whole[record] for record in data.record.tolist()]
    assert data.labels["y"].tolist() == data.record.tolist()
    assert data.lengths.tolist() == data.padding_mask.sum(axis=1).tolist()
    assert (data.segment_ids > 0).tolist() == data.padding_mask.tolist()
    assert report.outcome.tokens == sum(map(len, whole))
    assert report.outcome.dropped == len(whole) - len(not_empty)
    assert padcli.verify(tmp_path / "out.npz", inputs=True).ok


@pytest.mark.parametrize("way", WAYS)
def test_positions_begin_anew_in_each_segment(corpus, tmp_path, way):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack=way, padding="post")
    data = padcli.load(tmp_path / "out.npz")
    for segments, positions in zip(data.segment_ids.tolist(), data.position_ids.tolist(), strict=True):
        expected = [i for _, group in itertools.groupby(filter(None, segments)) for i, _ in enumerate(group)]
        assert positions == expected + [0] * (len(positions) - len(expected))


def test_row_offsets_and_lengths_are_what_variable_length_attention_takes(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="first-fit", padding="post")
    data = padcli.load(tmp_path / "out.npz")
    assert data.row_offsets[0] == 0
    assert data.row_offsets[-1] == len(data.record)
    assert np.diff(data.row_offsets).tolist() == data.segment_ids.max(axis=1).tolist()


def test_the_last_row_is_as_good_as_any(corpus, tmp_path):
    """Rows are checked a few at a time, and each with its own offsets."""
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", padding="post")
    last = np.flatnonzero(padcli.load(tmp_path / "out.npz").padding_mask[-1])[-1]
    write_changed(tmp_path / "out.npz", "segment_ids", put((-1, last), 9))
    assert "segments" in {check.name for check in padcli.verify(tmp_path / "out.npz").checks if check.ok is False}


def test_verify_finds_windows_that_are_said_to_be_of_another_record(corpus, tmp_path):
    for options in ({"pack": "consecutive"}, {}):
        padcli.pad(corpus, tmp_path / "out.npz", maxlen=12, overflow="window", **options)
        numbers, counts = np.unique(padcli.load(tmp_path / "out.npz").record, return_counts=True)
        single = np.flatnonzero(padcli.load(tmp_path / "out.npz").record == numbers[counts == 1][1])[0]
        write_changed(tmp_path / "out.npz", "record", lambda array, i=single: array.__setitem__(i, array[i - 1]))
        assert [each.name for each in padcli.verify(tmp_path / "out.npz").checks if each.ok is False] == ["records"]


def test_verify_finds_rows_in_another_order(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=12, drop_empty=True)
    write_changed(tmp_path / "out.npz", "record", lambda array: array.__setitem__(slice(2, 4), array[2:4][::-1].copy()))
    assert [each.name for each in padcli.verify(tmp_path / "out.npz").checks if each.ok is False] == ["records"]


def test_a_record_that_is_too_long_is_an_error_if_it_is_to_be(corpus, tmp_path):
    """It says the same, whatever is read together."""
    first = next(len(ids) for ids in plain(corpus) if len(ids) > 12)
    for chunk_bytes in (1, 4_000_000):
        with pytest.raises(padcli.PadcliError, match=f"--overflow error: a record has {first} tokens"):
            padcli.pad(
                corpus, tmp_path / "out.npz", maxlen=12, pack="best-fit", overflow="error", chunk_bytes=chunk_bytes
            )
    assert not (tmp_path / "out.npz").exists()
    longest = max(map(len, plain(corpus)))
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=longest, pack="best-fit", overflow="error")
    assert padcli.load(tmp_path / "out.npz").padding_mask.sum() == sum(map(len, plain(corpus)))


@pytest.mark.parametrize("overflow", ["cut", "window", "drop"])
@pytest.mark.parametrize("way", WAYS)
def test_special_tokens_of_a_tokenizer_stand_around_each_piece(corpus, tmp_path, way, overflow):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {token: id_ for id_, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(tmp_path / "own.json"))
    options = {"tokenizer": tmp_path / "own.json", "add_special_tokens": True, "truncating": "post"}
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=12, pack=way, overflow=overflow, **options)
    data = padcli.load(tmp_path / "out.npz")
    texts = [json.loads(line)["text"] for line in corpus.read_text().splitlines()]
    bodies = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    expected = {
        "cut": lambda ids: [ids[:10]],
        "window": lambda ids: [ids[at : at + 10] for at in range(0, max(len(ids), 1), 10)],
        "drop": lambda ids: [ids] if len(ids) <= 10 else [],
    }
    pieces = [(i, [2, *body, 3]) for i, ids in enumerate(bodies) for body in expected[overflow](ids)]
    assert sorted(zip(data.record.tolist(), pieces_of(data), strict=True)) == sorted(pieces)


ARRAYS = ("token_ids", "padding_mask", "lengths", "segment_ids", "position_ids", "record", "row_offsets")


@pytest.mark.parametrize("overflow", ["cut", "window", "drop"])
@pytest.mark.parametrize("way", WAYS)
def test_files_of_both_kinds_and_memory_hold_the_same(corpus, tmp_path, way, overflow):
    options = {"maxlen": 12, "pack": way, "overflow": overflow}
    for extension in ("npz", "npy"):
        padcli.pad(corpus, tmp_path / f"out.{extension}", **options)
        assert padcli.verify(tmp_path / f"out.{extension}").ok
    texts = [json.loads(line)["text"] for line in corpus.read_text().splitlines()]
    expected, *others = (
        padcli.load(tmp_path / "out.npz"),
        padcli.load(tmp_path / "out.npy"),
        padcli.pad_texts(texts, **options),
    )
    for other, name in itertools.product(others, ARRAYS):
        np.testing.assert_array_equal(getattr(other, name), getattr(expected, name))
        assert getattr(other, name).dtype == getattr(expected, name).dtype


@pytest.mark.parametrize("overflow", ["cut", "window", "drop"])
def test_records_that_are_too_long_go_as_overflow_says(corpus, tmp_path, overflow):
    whole = plain(corpus)
    options = {"maxlen": 12, "overflow": overflow, "padding": "post", "truncating": "post"}
    report = padcli.pad(corpus, tmp_path / "out.npz", pack="best-fit", **options)
    data = padcli.load(tmp_path / "out.npz")
    pieces = sorted(zip(data.record.tolist(), pieces_of(data), strict=True))
    cut = {
        "cut": [(i, ids[:12]) for i, ids in enumerate(whole) if ids],
        "window": [(i, ids[at : at + 12]) for i, ids in enumerate(whole) for at in range(0, len(ids), 12)],
        "drop": [(i, ids) for i, ids in enumerate(whole) if 0 < len(ids) <= 12],
    }
    assert pieces == sorted(cut[overflow])
    lost = sum(map(len, whole)) - sum(len(ids) for _, ids in pieces)
    assert report.outcome.lost == (lost if overflow == "cut" else 0)
    assert padcli.verify(tmp_path / "out.npz").ok


def test_special_tokens_stand_around_each_piece(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=48, pack="best-fit", padding="post", start="[S]", end="[E]")
    data = padcli.load(tmp_path / "out.npz")
    assert all((piece[0], piece[-1]) == (2, 3) and len(piece) > 1 for piece in pieces_of(data))
    assert sorted(data.record.tolist()) == list(range(300))  # an empty record has its special tokens


@pytest.mark.parametrize("extension", ["npz", "npy"])
def test_bytes_do_not_depend_on_workers_or_chunks(corpus, tmp_path, extension):
    contents = set()
    for workers, chunk_bytes in itertools.product((1, 2, 8), (500, 4_000_000)):
        output = tmp_path / f"out.{extension}"
        options = {"maxlen": 40, "pack": "best-fit", "label": "y", "shuffle": True, "seed": 5}
        padcli.pad(corpus, output, workers=workers, chunk_bytes=chunk_bytes, **options)
        contents.add(b"".join(path.read_bytes() for path in sorted(tmp_path.glob("out*"))))
    assert len(contents) == 1


def test_shuffled_rows_are_the_same_rows(corpus, tmp_path):
    options = {"maxlen": 40, "pack": "best-fit", "padding": "post"}
    padcli.pad(corpus, tmp_path / "out.npz", **options)
    padcli.pad(corpus, tmp_path / "shuffled.npz", shuffle=True, **options)
    rows, shuffled = (padcli.load(tmp_path / name).token_ids.tolist() for name in ("out.npz", "shuffled.npz"))
    assert rows != shuffled
    assert sorted(rows) == sorted(shuffled)


def test_hugging_face_names_have_int64_columns(corpus, tmp_path):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", names="hf")
    with np.load(tmp_path / "out.npz") as arrays:
        assert {"input_ids", "attention_mask", "token_type_ids", "segment_ids", "position_ids"} <= set(arrays)
        assert not arrays["token_type_ids"].any()


def test_texts_in_memory_are_packed_alike():
    data = padcli.pad_texts(["a b c", "d", "e f"], maxlen=4, pack="best-fit", padding="post")
    assert data.segment_ids.tolist() == [[1, 1, 1, 2], [1, 1, 0, 0]]
    assert data.position_ids.tolist() == [[0, 1, 2, 0], [0, 1, 0, 0]]
    assert data.record.tolist() == [0, 1, 2]
    assert data.row_offsets.tolist() == [0, 2, 3]


def test_an_empty_input_has_no_rows(tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    padcli.pad(tmp_path / "empty.txt", tmp_path / "out.npz", maxlen=4, pack="best-fit")
    data = padcli.load(tmp_path / "out.npz")
    assert data.token_ids.shape == (0, 4)
    assert data.row_offsets.tolist() == [0]
    assert padcli.verify(tmp_path / "out.npz").ok


def test_advice_is_of_rows_that_there_are(corpus, tmp_path):
    packed = padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", padding="post").as_dict()["advice"]
    plain = padcli.pad(corpus, tmp_path / "plain.npz", maxlen=40, padding="post").as_dict()["advice"]
    assert any("mask is all False" in line for line in plain)
    assert not any("mask is all False" in line for line in packed)


@pytest.mark.parametrize("options", [{"pack": "best-fit"}, {"shuffle": True}, {"overflow": "window"}])
@pytest.mark.parametrize("chunk_bytes", [1, 4_000_000])
def test_labels_may_be_integers_here_and_fractions_there(tmp_path, options, chunk_bytes):
    (tmp_path / "in.jsonl").write_text('{"text": "a b", "y": 1}\n{"text": "c", "y": 0.5}\n{"text": "", "y": 3}\n')
    padcli.pad(tmp_path / "in.jsonl", tmp_path / "out.npz", maxlen=4, label="y", chunk_bytes=chunk_bytes, **options)
    data = padcli.load(tmp_path / "out.npz")
    assert data.labels["y"].tolist() == [[1, 0.5, 3][record] for record in data.record.tolist()]


@pytest.mark.parametrize("condition", ["packed_padding>=0%", "dropped>=0", "windows>1"])
def test_gates_know_packed_rows(corpus, tmp_path, condition):
    with pytest.raises(padcli.GateError, match="gate failed"):
        padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", fail_if=condition)


def test_a_gate_on_packed_rows_needs_packed_rows(corpus, tmp_path):
    with pytest.raises(padcli.PadcliError, match="rows are not packed"):
        padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, fail_if="packed_padding>5%")


@pytest.fixture(scope="module")
def attention_model():
    """A small transformer with random weights: ids, positions and segments to a vector a token."""
    import keras

    ids, positions, segments = (keras.Input((None,), dtype="int32") for _ in range(3))
    same = keras.ops.equal(segments[:, :, None], segments[:, None, :])
    x = keras.layers.Embedding(64, 16)(ids) + keras.layers.Embedding(64, 16)(positions)
    for _ in range(2):
        x = x + keras.layers.MultiHeadAttention(2, 8)(x, x, attention_mask=same)
        x = keras.layers.LayerNormalization()(x)
    return keras.Model([ids, positions, segments], keras.layers.Dense(5)(x))


def test_a_packed_record_has_the_logits_that_it_has_alone(corpus, tmp_path, attention_model):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", padding="post")
    data = padcli.load(tmp_path / "out.npz")
    rows = slice(0, 8)
    packed = attention_model([data.token_ids[rows], data.position_ids[rows], data.segment_ids[rows]]).numpy()
    one_segment = data.padding_mask[rows].astype(np.int32)
    naive = attention_model([data.token_ids[rows], data.position_ids[rows], one_segment]).numpy()
    differs = False
    for r in range(8):
        for number in range(1, data.segment_ids[r].max() + 1):
            own = data.segment_ids[r] == number
            ids = data.token_ids[r][own][None]
            alone = attention_model([ids, np.arange(ids.shape[1])[None], np.ones_like(ids)]).numpy()[0]
            np.testing.assert_allclose(packed[r][own], alone, atol=1e-5)
            differs |= not np.allclose(naive[r][own], alone, atol=1e-3)
    assert differs  # so that the test could fail


def write_changed(path, name, change):
    """Change an array of an npz, and its digest with it, so that no digest tells."""
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files if key != "meta.json"}
        meta = json.loads(archive["meta.json"])
    change(arrays[name])
    meta["arrays"][name]["sha256"] = hashlib.sha256(arrays[name].tobytes()).hexdigest()
    del meta["sha256"]
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w") as member:
                np.lib.format.write_array(member, array)
        archive.writestr("meta.json", metadata_json(meta))


def put(place, value):
    return lambda array: array.__setitem__(place, value)


@pytest.mark.parametrize(
    ("name", "change", "check"),
    [
        ("segment_ids", put((0, 1), 2), "segments"),
        ("segment_ids", put((-1, -1), 9), "segments"),
        ("position_ids", put((0, 2), 7), "positions"),
        ("position_ids", put((1, 1), 0), "segments"),
        ("record", put(0, 300), "records"),
        ("record", put(3, -1), "records"),
        ("record", lambda array: array.__setitem__(3, array[5]), "records"),
        ("row_offsets", put(-1, 3), "records"),
        ("position_ids", put((-1, -1), 3), "positions"),
        ("row_offsets", put(0, 1), "records"),
        ("row_offsets", put(1, 0), "segments"),
    ],
)
def test_verify_makes_the_arrays_of_packed_rows_anew(corpus, tmp_path, name, change, check):
    padcli.pad(corpus, tmp_path / "out.npz", maxlen=40, pack="best-fit", padding="post")
    assert padcli.verify(tmp_path / "out.npz").ok
    write_changed(tmp_path / "out.npz", name, change)
    assert check in {each.name for each in padcli.verify(tmp_path / "out.npz").checks if each.ok is False}
