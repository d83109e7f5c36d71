"""Outputs of some shapes, for tests of what loads them."""

import json

import padcli

N = 100


def make_outputs(folder):
    """Makes outputs in that folder: record i has i % 9 + 1 tokens, and the label i."""
    corpus = folder / "corpus.jsonl"
    rows = [
        {"text": "a b c d e f g h i"[: 2 * (n % 9) + 1], "n": n, "parity": ["even", "odd"][n % 2]} for n in range(N)
    ]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"label": "n", "padding": "post"}
    padcli.pad(corpus, folder / "plain.npz", **options)
    padcli.pad(corpus, folder / "plain.npy", **options)
    padcli.pad(corpus, folder / "compressed.npz", compress=True, **options)
    padcli.pad(corpus, folder / "text.npz", label="parity", padding="post")
    padcli.pad(corpus, folder / "hf.npz", names="hf", **options)
    padcli.pad(corpus, folder / "buckets.npz", bucket="3,6,9", **options)
    padcli.pad(corpus, folder / "buckets.npy", bucket="3,6,9", **options)
    padcli.pad(corpus, folder / "packed.npz", pack="best-fit", maxlen=16, **options)
    padcli.pad(corpus, folder / "windows.npz", overflow="window", maxlen=4, **options)
    return folder
