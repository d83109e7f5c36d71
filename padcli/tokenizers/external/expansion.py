"""Normalizers that make so much of so little that a text would not fit into memory.

`tokenizers` runs them to the end: a chain of a few replacements makes billions of characters of one, and the process is
ended by the system.
"""

import json
from collections.abc import Iterable
from typing import Any

from tokenizers import normalizers

from padcli.tokenizers.external.cutting import Stage, stages_of

_MOST = 100  # characters that become of one; Unicode's own forms take 18
_MOST_AT_ONCE = 10**7
_PROBES = 200


def check_expansion(content: dict[str, Any]) -> None:
    """Raise `ValueError` where the normalizer of a `tokenizer.json` makes more than 100 characters of one."""
    stages = stages_of(content["normalizer"], "normalizers")
    replaced = [_texts(stage) for stage in stages]
    steps = list(zip(map(_normalizer, stages), (after for _, after in replaced), strict=True))
    for probe in _probes(replaced) if stages else ():
        text, most = probe, _MOST * len(probe)
        for step, after in steps:
            if (len(text) + 1) * len(after) <= _MOST_AT_ONCE:
                text = step.normalize_str(text)
            if len(text) > most or len(text) * len(after) > _MOST_AT_ONCE:
                raise ValueError(f"its normalizer makes more than {_MOST} characters of one")


def _texts(stage: Stage) -> tuple[str, str]:
    """The text that a stage looks for, and the one that it writes."""
    pattern = stage.get("pattern") or {}
    return pattern.get("String") or "", stage.get("content") or stage.get("prepend") or ""


def _normalizer(stage: Stage) -> Any:
    """The library's normalizer for a stage, by which it restores pickled ones: nested sequences give no parts."""
    made = normalizers.Sequence([])
    made.__setstate__(json.dumps(stage).encode())
    return made


def _probes(replaced: Iterable[tuple[str, str]]) -> list[str]:
    """Short texts with all that is looked for or written: each character, and each text as a whole."""
    texts = dict.fromkeys(text for pair in replaced for text in pair)
    parts = list(dict.fromkeys(["a", *texts, *(char for text in texts for char in text)]))
    return ["".join(parts[i::_PROBES]) or "a" for i in range(min(_PROBES, len(parts)))]
