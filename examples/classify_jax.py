"""JAX tells the language of a text from its bytes, by the mean of the vectors of the real tokens.

Run it with: python examples/classify_jax.py
"""

import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp

import padcli

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


def scores(weights: dict[str, jax.Array], batch: dict[str, jax.Array]) -> jax.Array:
    """Turn ids and their mask `(n, width)` into a score for each of 12 languages."""
    real = batch["padding_mask"][..., None]
    means = (weights["vectors"][batch["token_ids"]] * real).sum(1) / real.sum(1).clip(1)
    return means @ weights["scores"]


def loss(weights: dict[str, jax.Array], batch: dict[str, jax.Array]) -> jax.Array:
    """Return the mean cross-entropy."""
    log_probabilities = jax.nn.log_softmax(scores(weights, batch))
    return -jnp.take_along_axis(log_probabilities, batch["label"][:, None], axis=1).mean()


@jax.jit
def step(weights: dict[str, jax.Array], batch: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """Take a step down the gradient."""
    return jax.tree.map(lambda weight, slope: weight - slope, weights, jax.grad(loss)(weights, batch))


def main() -> None:
    """Train, and compare with the guess that everything is in the most frequent language."""
    with tempfile.TemporaryDirectory() as name:
        folder, options = Path(name), {"tokenizer": "byte", "label": "label", "padding": "post"}
        padcli.pad(SAMPLE_DATA / "languages_train.jsonl", folder / "train.npz", **options)
        padcli.pad(SAMPLE_DATA / "languages_val.jsonl", folder / "val.npz", like=folder / "train.npz")
        train, val = padcli.load(folder / "train.npz"), padcli.load(folder / "val.npz")

    vectors, matrix = (0.1 * jax.random.normal(jax.random.key(n), (n, 64)) for n in (train.vocab_size, 12))
    weights = {"vectors": vectors, "scores": matrix.T}
    batches = train.to_jax(16, shuffle=True, seed=1)
    for _ in range(150):
        for batch in batches:  # in another order each time
            weights = step(weights, batch)

    (held_out,) = val.to_jax(len(val))
    accuracy = (scores(weights, held_out).argmax(1) == held_out["label"]).mean()
    baseline = (held_out["label"] == jnp.bincount(train.labels["label"]).argmax()).mean()
    print(f"{accuracy:.0%} of the held-out texts are right; {baseline:.0%} with the most frequent language")


if __name__ == "__main__":
    main()
