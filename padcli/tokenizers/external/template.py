"""The ids that a post-processor of Hugging Face puts around a text.

https://huggingface.co/docs/tokenizers/api/post-processors
"""

from typing import Any

# Post-processors that change no ids.
_WITHOUT_IDS = {"ByteLevel"}


def template_ids(stage: dict[str, Any] | None) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The ids that a post-processor of a `tokenizer.json` puts before and after a text.

    None for one that does something else with it, such as putting the text there twice.
    """
    if stage is None or stage["type"] in _WITHOUT_IDS:
        return (), ()
    if stage["type"] == "Sequence":
        around = [template_ids(part) for part in stage["processors"] if part["type"] not in _WITHOUT_IDS]
        return around[0] if len(around) == 1 else None if around else ((), ())
    if stage["type"] in ("BertProcessing", "RobertaProcessing"):
        return (stage["cls"][1],), (stage["sep"][1],)
    return _of_template(stage) if stage["type"] == "TemplateProcessing" else None


def _of_template(stage: dict[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    before, after, n_texts = list[int](), list[int](), 0
    for piece in stage["single"]:
        if "SpecialToken" in piece:
            ids = stage["special_tokens"][piece["SpecialToken"]["id"]]["ids"]
            (after if n_texts else before).extend(ids)
        else:
            n_texts += 1 if piece["Sequence"]["id"] == "A" else 2  # the second of a pair has no place here
    return (tuple(before), tuple(after)) if n_texts == 1 else None
