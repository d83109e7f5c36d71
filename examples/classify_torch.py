"""PyTorch tells the language of a text from its bytes, by the mean of the vectors of the real tokens.

Run it with: python examples/classify_torch.py
"""

import tempfile
from pathlib import Path

import torch
from torch.utils.data import DataLoader

import padcli

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"


class Classifier(torch.nn.Module):
    """Ids and their mask `(n, width)` to a score for each of 12 languages."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(vocab_size, 64)
        self.scores = torch.nn.Linear(64, 12)

    def forward(self, token_ids: torch.Tensor, padding_mask: torch.Tensor) -> torch.Tensor:
        """Take the mean of the vectors where the mask is True."""
        real = padding_mask[..., None]
        means = (self.embedding(token_ids) * real).sum(1) / real.sum(1).clamp(min=1)
        return self.scores(means)


def main() -> None:
    """Train, and compare with the guess that everything is in the most frequent language."""
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as name:
        folder, options = Path(name), {"tokenizer": "byte", "label": "label", "padding": "post"}
        padcli.pad(SAMPLE_DATA / "languages_train.jsonl", folder / "train.npz", **options)
        padcli.pad(SAMPLE_DATA / "languages_val.jsonl", folder / "val.npz", like=folder / "train.npz")
        train, val = padcli.load(folder / "train.npz"), padcli.load(folder / "val.npz")

    model = Classifier(train.vocab_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(40):
        for batch in DataLoader(train.to_torch_dataset(), batch_size=16, shuffle=True):
            loss = torch.nn.functional.cross_entropy(model(batch["token_ids"], batch["padding_mask"]), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    (held_out,) = DataLoader(val.to_torch_dataset(), batch_size=len(val))
    with torch.no_grad():
        found = model(held_out["token_ids"], held_out["padding_mask"]).argmax(1)
    accuracy = (found == held_out["label"]).float().mean()
    baseline = (held_out["label"] == torch.from_numpy(train["label"]).mode().values).float().mean()
    print(f"{accuracy:.0%} of the held-out texts are right; {baseline:.0%} with the most frequent language")


if __name__ == "__main__":
    main()
