"""The ids that a post-processor of Hugging Face puts around a text.

https://huggingface.co/docs/tokenizers/api/post-processors
"""

from typing import Any

from padcli.rows.template import Template

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


def pair_template(stage: dict[str, Any] | None) -> Template | None:
    """Return what a post-processor of a `tokenizer.json` puts around two texts; None where it does something else.

    As in `tokenizers`, https://github.com/huggingface/tokenizers/tree/main/tokenizers/src/processors: RoBERTa's has all
    types 0, and two separators between the texts.
    """
    if stage is None or stage["type"] in _WITHOUT_IDS:
        return Template(parts=(0, 1), types=(0, 1))
    if stage["type"] == "Sequence":
        inner = [part for part in stage["processors"] if part["type"] not in _WITHOUT_IDS]
        return pair_template(inner[0] if inner else None) if len(inner) < 2 else None
    if stage["type"] in ("BertProcessing", "RobertaProcessing"):
        cls, sep = (stage["cls"][1],), (stage["sep"][1],)
        if stage["type"] == "BertProcessing":
            return Template.of_texts(2, cls, sep, sep)
        return Template(parts=(cls, 0, (*sep, *sep), 1, sep), types=(0,) * 5)
    return _pair_of_template(stage) if stage["type"] == "TemplateProcessing" else None


def _pair_of_template(stage: dict[str, Any]) -> Template | None:
    parts, types = list[int | tuple[int, ...]](), list[int]()
    for piece in stage["pair"]:
        if "SpecialToken" in piece:
            parts.append(tuple(stage["special_tokens"][piece["SpecialToken"]["id"]]["ids"]))
            types.append(piece["SpecialToken"]["type_id"])
        else:
            parts.append("AB".index(piece["Sequence"]["id"]))
            types.append(piece["Sequence"]["type_id"])
    texts = sorted(part for part in parts if isinstance(part, int))
    return Template(parts=tuple(parts), types=tuple(types)) if texts == [0, 1] else None
