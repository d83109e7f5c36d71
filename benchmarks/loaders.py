"""Rows a second that loaders give, beside what is written by hand for the same batches.

Run it where the frameworks are installed: .venv-frameworks/bin/python benchmarks/loaders.py
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import padcli

N_ROWS, WIDTH, BATCH, ROUNDS = 200_000, 128, 256, 3
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Run = Callable[[], Iterable[dict[str, Any]]]


def main() -> None:
    """Print a table: the best of some rounds, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        random = np.random.default_rng(0)
        rows = [random.integers(1, 30_000, length).tolist() for length in random.integers(20, 160, N_ROWS)]
        lines = (f'{{"text": {row}, "label": {number % 2}}}\n' for number, row in enumerate(rows))
        (Path(folder) / "rows.jsonl").write_text("".join(lines))
        padcli.pad(Path(folder) / "rows.jsonl", Path(folder) / "rows.npz", label="label", maxlen=WIDTH, padding="post")
        data = padcli.load(Path(folder) / "rows.npz", mmap=True)
        for runs in (of_torch(data), of_tensorflow(data), of_jax(data)):  # workers are forked before JAX has threads
            best = dict.fromkeys(runs, 0.0)
            for _ in range(ROUNDS):
                for name, run in runs.items():
                    best[name] = max(best[name], rows_per_second(run))
            for name, speed in best.items():
                print(f"| {name} | {speed:,.0f} |", flush=True)


def rows_per_second(run: Run) -> float:
    """Return the rows of an epoch by its time."""
    start = time.perf_counter()
    n_rows = sum(batch["label"].shape[0] for batch in run())
    return n_rows / (time.perf_counter() - start)


def arrays_of(data: padcli.Padded) -> dict[str, Any]:
    """Return what batches are made of, in memory."""
    return {name: np.array(data[name]) for name in ("token_ids", "padding_mask", "label")}


def by_numpy(arrays: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield batches of a shuffled epoch."""
    order = np.random.default_rng().permutation(N_ROWS)
    for start in range(0, N_ROWS, BATCH):
        yield {name: array[order[start : start + BATCH]] for name, array in arrays.items()}


def of_torch(data: padcli.Padded) -> dict[str, Run]:
    """Return shuffled epochs, by their names."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    arrays = arrays_of(data)
    tensors = TensorDataset(*map(torch.from_numpy, arrays.values()))

    def by_hand(workers: int) -> Iterator[dict[str, Any]]:
        for batch in DataLoader(tensors, batch_size=BATCH, shuffle=True, num_workers=workers):
            yield dict(zip(arrays, batch, strict=True))

    def rows(workers: int) -> Iterable[dict[str, Any]]:
        return DataLoader(data.to_torch_dataset(), batch_size=BATCH, shuffle=True, num_workers=workers)

    def batches(workers: int) -> Iterable[dict[str, Any]]:
        dataset = data.to_torch_dataset(iterable=True, batch_size=BATCH, shuffle=True)
        return DataLoader(dataset, batch_size=None, num_workers=workers)

    return {
        "NumPy alone, indexed": lambda: by_numpy(arrays),
        "PyTorch by hand: TensorDataset": lambda: by_hand(0),
        "to_torch_dataset": lambda: rows(0),
        "to_torch_dataset, iterable": lambda: batches(0),
        "PyTorch by hand, 2 workers": lambda: by_hand(2),
        "to_torch_dataset, 2 workers": lambda: rows(2),
        "to_torch_dataset, iterable, 2 workers": lambda: batches(2),
    }


def of_tensorflow(data: padcli.Padded) -> dict[str, Run]:
    """Return shuffled epochs, by their names."""
    import tensorflow as tf

    slices = tf.data.Dataset.from_tensor_slices(arrays_of(data)).shuffle(N_ROWS).batch(BATCH).prefetch(2)
    dataset = data.to_tf_dataset(BATCH, shuffle=True)
    return {
        "TensorFlow by hand: from_tensor_slices, shuffle, batch": lambda: slices,
        "to_tf_dataset": lambda: dataset,
    }


def of_jax(data: padcli.Padded) -> dict[str, Run]:
    """Return shuffled epochs, by their names."""
    import jax

    arrays = arrays_of(data)
    return {
        "JAX by hand: NumPy, jax.device_put": lambda: map(jax.device_put, by_numpy(arrays)),
        "to_jax": lambda: data.to_jax(BATCH, shuffle=True, drop_remainder=False),
    }


if __name__ == "__main__":
    main()
