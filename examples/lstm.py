"""An LSTM trained on padded reviews that are as long as the longest of them, so that no token is lost.

Run it with: python examples/lstm.py [FILE.jsonl]
It pads and trains as simple_rnn.py does, but for the layer, and for `maxlen`, which is left to padcli.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from simple_rnn import REVIEWS, pad_reviews, train


def main(source: str | Path = REVIEWS) -> None:
    """Pad to the length of the longest row, show that nothing was cut, and train."""
    keras.utils.set_random_seed(1)
    padded = pad_reviews(source)
    longest = padded.lengths.max()
    np.testing.assert_equal(padded.token_ids.shape[1], longest)
    np.testing.assert_array_equal(padded.padding_mask.sum(axis=1), padded.lengths)
    print(f"{len(padded.token_ids)} rows of {longest} tokens, as long as the longest: nothing is cut.")
    train(keras.layers.LSTM(32), padded)


if __name__ == "__main__":
    main(*sys.argv[1:])
