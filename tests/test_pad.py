"""One command from text to arrays that equal the reference's."""

import numpy as np
import pytest
from keras_reference import padded as reference

import padcli

TEXTS = ["The cat sat on the mat.", "", "A cat, and: another CAT!", "mat"]


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 1, 3, 10])
def test_ids_equal_keras_tokenizer_and_pad_sequences(tmp_path, padding, truncating, maxlen):
    source = tmp_path / "corpus.txt"
    source.write_text("\n".join(TEXTS))

    padcli.pad(source, tmp_path / "out.npz", maxlen=maxlen, padding=padding, truncating=truncating)

    expected, _ = reference(TEXTS, maxlen=maxlen, padding=padding, truncating=truncating)
    np.testing.assert_array_equal(padcli.load(tmp_path / "out.npz").token_ids, expected)
