"""The proof that packing is right: a model gives a record the same outputs packed and alone.

Run it with: python examples/packed_attention.py [FILE.jsonl]
Each line of the file has a "text".
"""

import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np

import padcli

REVIEWS = Path(__file__).parents[1] / "sample_data" / "reviews.jsonl"
MAXLEN, WIDTH = 64, 32


def pack(source: str | Path) -> padcli.Padded:
    """Put several records in each row."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "packed.npz"
        padcli.pad(source, output, maxlen=MAXLEN, pack="best-fit", padding="post")
        return padcli.load(output)


def make_model(vocab_size: int) -> keras.Model:
    """Make a small transformer with random weights: ids, positions and a mask to a vector for each token."""
    keras.utils.set_random_seed(0)
    ids, positions = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    mask = keras.Input((None, None), dtype="bool")
    x = keras.layers.Embedding(vocab_size, WIDTH)(ids) + keras.layers.Embedding(MAXLEN, WIDTH)(positions)
    for _ in range(2):
        x = keras.layers.LayerNormalization()(x + keras.layers.MultiHeadAttention(4, 8)(x, x, attention_mask=mask))
        x = keras.layers.LayerNormalization()(x + keras.layers.Dense(WIDTH, activation="gelu")(x))
    return keras.Model([ids, positions, mask], x)


def main(source: str | Path = REVIEWS) -> None:
    """Compare the outputs of each record alone with those that it has in a packed row."""
    packed = pack(source)
    model = make_model(packed.vocab_size or 0)
    of_one_segment = packed.segment_ids[:, :, None] == packed.segment_ids[:, None, :]
    of_one_row = np.broadcast_to(packed.padding_mask[:, None, :], of_one_segment.shape)  # the mistake to avoid
    found = model.predict([packed.token_ids, packed.position_ids, of_one_segment], verbose=0)
    mixed = model.predict([packed.token_ids, packed.position_ids, of_one_row], verbose=0)

    largest = largest_mixed = 0.0
    for row, (start, stop) in enumerate(pairwise(packed.row_offsets)):
        for number in range(1, stop - start + 1):
            own = packed.segment_ids[row] == number
            ids = packed.token_ids[row, own][None]
            n = ids.shape[1]
            alone = np.asarray(model([ids, np.arange(n)[None], np.ones((1, n, n), bool)]))[0]
            largest = max(largest, float(np.abs(found[row, own] - alone).max()))
            largest_mixed = max(largest_mixed, float(np.abs(mixed[row, own] - alone).max()))

    print(f"{len(packed.record)} records in {len(packed.token_ids)} rows of {MAXLEN} tokens")
    print(f"mask from segment_ids: outputs differ by at most {largest:.0e}, which is rounding")
    print(f"mask from padding alone: by up to {largest_mixed:.1f}, since records see each other")
    if largest > 1e-4 or largest_mixed < 0.1:
        raise AssertionError("A packed record does not have the outputs that it has alone.")


if __name__ == "__main__":
    main(*sys.argv[1:2])
