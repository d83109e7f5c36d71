"""A SimpleRNN trained on padded reviews. The mask that its Embedding makes is the `padding_mask` of the file.

Run it with: python examples/simple_rnn.py [FILE.jsonl]
Each line of the file has a "text", and a "label" that is 0 or 1.
"""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

import padcli

REVIEWS = Path(__file__).parents[1] / "sample_data" / "reviews.jsonl"


def pad_reviews(source: str | Path, maxlen: int | str | None = None) -> padcli.Padded:
    """Pad the texts, with the label of each carried along; without `maxlen`, to the length of the longest."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "reviews.npz"
        padcli.pad(source, output, label="label", padding="post", maxlen=maxlen)
        return padcli.load(output)


def train(recurrent: keras.Layer, padded: padcli.Padded, epochs: int = 5) -> None:
    """Train an Embedding, the `recurrent` layer and a Dense one to tell the label of a text."""
    embedding = keras.layers.Embedding(padded.vocab_size, 16, mask_zero=True)
    np.testing.assert_array_equal(embedding.compute_mask(padded.token_ids), padded.padding_mask)
    print("The mask of the Embedding equals the padding_mask of the file.")

    model = keras.Sequential([embedding, recurrent, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    history = model.fit(padded.token_ids, padded.labels["label"], epochs=epochs, verbose=0)
    for epoch, loss in enumerate(history.history["loss"], start=1):
        print(f"epoch {epoch}: loss {loss:.4f}")


def main(source: str | Path = REVIEWS) -> None:
    """Pad to the length that leaves 95% of the rows whole, and train."""
    keras.utils.set_random_seed(1)
    padded = pad_reviews(source, maxlen="p95")
    print("{} rows of {} tokens".format(*padded.token_ids.shape))
    train(keras.layers.SimpleRNN(32), padded)


if __name__ == "__main__":
    main(*sys.argv[1:])
