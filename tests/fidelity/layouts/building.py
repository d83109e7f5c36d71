"""What the layouts are built with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, pre_tokenizers, processors, trainers

from fidelity import material


def split(pattern: str, behavior: str = "isolated", *, invert: bool = False) -> Any:
    """The pre-tokenizer that splits at a regular expression."""
    return pre_tokenizers.Split(Regex(pattern), behavior, invert=invert)


def assembled(
    model: Any,
    *,
    normalizer: Any = None,
    pre_tokenizer: Any = None,
    special: Sequence[str | AddedToken] = (),
    template: str = "",
) -> Tokenizer:
    """A tokenizer of a model that is not yet trained, or is. `template`: what comes around a text, as "<s> $A </s>"."""
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if special:
        tokenizer.add_special_tokens(list(special))
    if template:
        set_template(tokenizer, template)
    return tokenizer


def set_template(tokenizer: Tokenizer, template: str) -> None:
    tokens = [token for token in template.split(" ") if token != "$A"]
    special = [(token, tokenizer.token_to_id(token)) for token in tokens]
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)


def trained(tokenizer: Tokenizer, trainer: Any, *, template: str = "") -> Tokenizer:
    """The tokenizer, trained on what the project ships."""
    tokenizer.train_from_iterator(material.training_lines(), trainer)
    if template:
        set_template(tokenizer, template)
    return tokenizer


def bpe_trainer(special: Sequence[str | AddedToken] = (), *, vocab_size: int = 1500, **options: Any) -> Any:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    options = {"initial_alphabet": alphabet, **options}
    return trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=list(special), show_progress=False, **options)


def save(tokenizer: Tokenizer, folder: Path) -> Path:
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path
