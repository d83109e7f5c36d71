"""Keras on TensorFlow tells the language of a text from its bytes, by the mean of the vectors of the real tokens.

Run it with: python examples/classify_keras.py
"""

import tempfile
from pathlib import Path

import keras
import numpy as np

import padcli

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


def pad_languages(folder: Path) -> tuple[padcli.Padded, padcli.Padded]:
    """Pad the texts for training, and those held out like them. `label` is 0 to 11, for 12 languages."""
    padcli.pad(
        SAMPLE_DATA / "languages_train.jsonl", folder / "train.npz", tokenizer="byte", label="label", padding="post"
    )
    padcli.pad(SAMPLE_DATA / "languages_val.jsonl", folder / "val.npz", like=folder / "train.npz")
    return padcli.load(folder / "train.npz"), padcli.load(folder / "val.npz")


def make_model(vocab_size: int, width: int) -> keras.Model:
    """Make a model whose inputs have the names of the arrays."""
    ids = keras.Input((width,), dtype="int32", name="token_ids")
    mask = keras.Input((width,), dtype="bool", name="padding_mask")
    vectors = keras.layers.Embedding(vocab_size, 64)(ids)
    means = keras.layers.GlobalAveragePooling1D()(vectors, mask=mask)
    return keras.Model({"token_ids": ids, "padding_mask": mask}, keras.layers.Dense(12)(means))


def main() -> None:
    """Train, and compare with the guess that everything is in the most frequent language."""
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        train, val = pad_languages(Path(folder))
    model = make_model(train.vocab_size or 0, train.token_ids.shape[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    batches = train.to_tf_dataset(16, shuffle=True, seed=1, label="label")  # which is why `fit` has to shuffle nothing
    model.fit(batches, epochs=40, shuffle=False, verbose=0)
    _, accuracy = model.evaluate(val.to_tf_dataset(16, label="label"), verbose=0)

    baseline = (val.labels["label"] == np.bincount(train.labels["label"]).argmax()).mean()
    print(f"{accuracy:.0%} of the held-out texts are right; {baseline:.0%} with the most frequent language")


if __name__ == "__main__":
    main()
