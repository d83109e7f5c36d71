"""The four classic calls of Keras's `pad_sequences`, made with padcli, and checked against Keras itself.

Run it with: python examples/pad_sequences.py
"""

from typing import Any

import keras
import numpy as np

import padcli

ROWS = [[1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11, 12]]

CALLS: list[dict[str, Any]] = [
    {"padding": "post"},
    {"padding": "pre"},
    {"padding": "post", "maxlen": 5},  # the long row loses its start, as truncating="pre" is the default
    {},
]


def main() -> None:
    """Show what comes out of each call, and compare it with what Keras gives."""
    for options in CALLS:
        padded = padcli.pad_texts(ROWS, **options)
        np.testing.assert_array_equal(padded.token_ids, keras.utils.pad_sequences(ROWS, **options), strict=True)
        np.testing.assert_array_equal(padded.padding_mask, padded.token_ids != 0, strict=True)  # no row holds a 0

        call = "".join(f", {name}={value!r}" for name, value in options.items())
        print(f"pad_sequences(rows{call})", padded.token_ids, "mask:", padded.padding_mask.astype(int), sep="\n")
        print("The same as Keras.\n")


if __name__ == "__main__":
    main()
