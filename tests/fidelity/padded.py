"""`padcli.pad` compared with what the original's own truncation, padding and special tokens make of the same texts."""

import json
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import padcli
from fidelity.originals import open_original

_SIDE = {"pre": "left", "post": "right"}


@dataclass(frozen=True)
class Choice:
    """How rows are padded."""

    maxlen: int
    padding: str
    truncating: str
    add_special_tokens: bool
    special_in_text: bool


def choices(chance: random.Random, *, is_hugging_face: bool) -> list[Choice]:
    """Each side with each, a random width; special tokens only where the format has them."""
    return [
        Choice(chance.choice([3, 5, 8, 60] if added else [1, 2, 5, 60]), padding, truncating, added, in_text)
        for padding in _SIDE
        for truncating in _SIDE
        for added in ([False, True] if is_hugging_face else [False])
        for in_text in ([chance.random() < 0.5] if is_hugging_face else [True])
    ]


def differing(path: Path, texts: list[str], choice: Choice, *, scheme: str | None = None) -> str:
    """What is different in the arrays of some texts, for people; nothing where they are equal or padcli refuses."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        folder = Path(name)
        lines = [json.dumps({"text": text}) + "\n" for text in texts]
        (folder / "in.jsonl").write_text("".join(lines), encoding="utf-8")
        options: dict[str, Any] = {"scheme": scheme} if scheme else {}
        if not choice.special_in_text:
            options["special_in_text"] = False
        if choice.add_special_tokens:
            options["add_special_tokens"] = True
        try:
            padcli.pad(
                folder / "in.jsonl", folder / "out.npz", tokenizer=path, maxlen=choice.maxlen, padding=choice.padding,
                truncating=choice.truncating, pad_id=0, dtype="int64", workers=1, **options,
            )  # fmt: skip
        except padcli.PadcliError as error:
            return "" if _may_refuse(str(error)) else f"refused: {error}"
        padded = padcli.load(folder / "out.npz")
        found = (np.asarray(padded.token_ids), np.asarray(padded.padding_mask), np.asarray(padded.lengths))
        expected = _expected(path, texts, choice, scheme)
        for name_, ours, theirs in zip(("token_ids", "padding_mask", "lengths"), found, expected, strict=True):
            if not np.array_equal(ours, theirs):
                row = int(np.flatnonzero((ours != theirs).reshape(len(texts), -1).any(axis=1))[0])
                return f"{name_} of {texts[row]!a}: got {ours[row].tolist()}, expected {theirs[row].tolist()}"
    return ""


def _may_refuse(message: str) -> bool:
    """Whether a refusal is promised: no room, nothing to add, more than that, or a failure of the original."""
    promised = "is too short for", "adds none to a text", "does more than add tokens around", "The tokenizer fails"
    return any(part in message for part in promised)


def _expected(path: Path, texts: list[str], choice: Choice, scheme: str | None) -> tuple[Any, Any, Any]:
    original = open_original(path, scheme=scheme, special_in_text=choice.special_in_text)
    added = choice.add_special_tokens
    whole = original.encode(texts, add_special_tokens=added)
    lengths = np.diff(whole.offsets)
    tokenizer = getattr(original, "tokenizer", None)
    if added and tokenizer is not None:
        tokenizer.enable_truncation(choice.maxlen, direction=_SIDE[choice.truncating])
        rows = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=True)]
    else:
        rows = [whole.values[start:end].tolist() for start, end in zip(whole.offsets, whole.offsets[1:], strict=False)]
        rows = [row[-choice.maxlen :] if choice.truncating == "pre" else row[: choice.maxlen] for row in rows]
    ids, mask = np.zeros((len(rows), choice.maxlen), np.int64), np.zeros((len(rows), choice.maxlen), np.bool_)
    for i, row in enumerate(rows):
        place = slice(choice.maxlen - len(row), None) if choice.padding == "pre" else slice(0, len(row))
        ids[i, place], mask[i, place] = row, True
    return ids, mask, lengths


def memory_folder() -> str | None:
    """A folder in memory, where there is one: padcli waits until what it writes is on disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def keep(path: Path, folder: Path, name: str) -> Path:
    """A copy of a tokenizer file that is to be looked at later."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "".join(char if char.isalnum() else "-" for char in name) / path.name
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, kept)
    return kept
