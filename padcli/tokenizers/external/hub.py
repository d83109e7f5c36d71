"""Configurations of Hugging Face models: which class a tokenizer is of, and the tokens that it adds to a vocabulary."""

from collections.abc import Iterator, Mapping
from typing import Any

import tokenizers
from tokenizers import AddedToken, processors

from padcli.errors import TokenizerFileError
from padcli.tokenizers import Tokenizer
from padcli.tokenizers.external import huggingface
from padcli.tokenizers.external.tokenizer_file import TokenizerFile

# Of older models, whose folders do not name the class of their tokenizer.
# https://github.com/huggingface/transformers/blob/main/src/transformers/models/auto/tokenization_auto.py
_CLASS_OF_MODEL = {
    **dict.fromkeys(
        ("bert", "distilbert", "electra", "ernie", "layoutlm", "lxmert", "megatron-bert", "mobilebert", "squeezebert"),
        "BertTokenizer",
    ),
    **dict.fromkeys(("roberta", "bart", "longformer", "led", "xlm-roberta-longformer"), "RobertaTokenizer"),
    **dict.fromkeys(("gpt2", "gpt_neo", "gptj", "opt"), "GPT2Tokenizer"),
    **dict.fromkeys(("qwen2", "qwen2_moe", "qwen3", "qwen3_moe"), "Qwen2Tokenizer"),
    **dict.fromkeys(("t5", "mt5"), "T5Tokenizer"),
    "albert": "AlbertTokenizer",
    "bert-japanese": "BertJapaneseTokenizer",
    "bertweet": "BertweetTokenizer",
    "camembert": "CamembertTokenizer",
    "clip": "CLIPTokenizer",
    "esm": "EsmTokenizer",
    "funnel": "FunnelTokenizer",
    "m2m_100": "M2M100Tokenizer",
    "mbart": "MBartTokenizer",
    "mpnet": "MPNetTokenizer",
    "pegasus": "PegasusTokenizer",
    "phobert": "PhobertTokenizer",
    "prophetnet": "ProphetNetTokenizer",
    "roc_bert": "RoCBertTokenizer",
    "roformer": "RoFormerTokenizer",
    "tapas": "TapasTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
    "xlnet": "XLNetTokenizer",
}
Roles = Mapping[str, str | AddedToken]
# What stands around a text, and around two of them: roles, and types where they are not 0.
BERT = ("cls $A sep", "cls $A sep $B:1 sep:1")
ROBERTA = ("cls $A sep", "cls $A sep sep $B sep")
_OF_ANY = {"PreTrainedTokenizer", "TokenizersBackend"}  # which say nothing of the algorithm


def class_of(config: Mapping[str, Any]) -> str | None:
    """The class of a tokenizer, without `Fast`; None where the folder does not tell it."""
    named = config.get("tokenizer_class")
    if named is not None and not isinstance(named, str):
        raise TypeError(f"its tokenizer_class is {named!r}, expected a name")
    name = (named or "").removesuffix("Fast")
    return name if name and name not in _OF_ANY else _CLASS_OF_MODEL.get(str(config.get("model_type")))


def check_class(name: str | None, understood: Mapping[str, Any], what: str) -> None:
    """Raise `TokenizerFileError` for a class that is not among the understood ones."""
    if name is not None and name not in understood:
        raise TokenizerFileError(
            f"its model's tokenizer_class is {name}, which padcli does not support with {what}.",
            hint=f"Use the model's tokenizer.json, if there is one; supported with {what}: {', '.join(understood)}.",
        )


def flag(config: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """A switch of a configuration, null for the default; raises `TypeError` for what is none."""
    value = config.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise TypeError(f"its {name} is {value!r}, expected true or false")
    return value


def open_built(
    tokenizer: tokenizers.Tokenizer, file: TokenizerFile, roles: Roles, templates: tuple[str, str] | None = None
) -> Tokenizer:
    """The tokenizer of a class, once its special tokens are added; `roles`: those that the class has by itself.

    `templates`: roles that stand around a text, and around two, such as `BERT`. Tokens are added as
    `TokenizersBackend` does:
    https://github.com/huggingface/transformers/blob/main/src/transformers/tokenization_utils_tokenizers.py
    """
    config = file.config
    told = {role: _token(config.get(f"{role}_token")) for role in huggingface.ROLES}
    named = {**roles, **{role: token for role, token in told.items() if token is not None}}
    contents = {role: _content(token) for role, token in named.items()}
    tokenizer.add_tokens(list(_added(config, named)))
    if templates:
        tokens = {"$A": "$A", "$B": "$B", **contents}
        parts = [[part.partition(":") for part in template.split()] for template in templates]
        single, pair = ([tokens[name] + colon + type_id for name, colon, type_id in each] for each in parts)
        ids = {tokens[name]: tokenizer.token_to_id(tokens[name]) for name, _, _ in parts[1] if name in contents}
        tokenizer.post_processor = processors.TemplateProcessing(
            single=single, pair=pair, special_tokens=list(ids.items())
        )
    config = {**config, **{f"{role}_token": content for role, content in contents.items()}}
    return huggingface.open_json(tokenizer.to_str().encode(), config, special_in_text=file.options.special_in_text)


def _added(config: Mapping[str, Any], roles: Mapping[str, str | AddedToken]) -> Iterator[AddedToken]:
    """The tokens that a configuration adds, in the order of their ids; then the other ones of its roles."""
    listed = {int(id_): _token(token) for id_, token in config.get("added_tokens_decoder", {}).items()}
    order = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
    special = [roles.get(role) for role in order]
    special += map(_token, config.get("additional_special_tokens") or config.get("extra_special_tokens") or ())
    names = {_content(token) for token in special if token is not None}
    for token, id_ in config.get("added_tokens", {}).items():
        is_special = token in names
        listed[id_] = AddedToken(token, normalized=not is_special, special=is_special)
    seen = set[str]()
    for token in [*(listed[id_] for id_ in sorted(listed)), *special]:
        if token is None or _content(token) in seen:
            continue
        seen.add(_content(token))
        if isinstance(token, str):
            yield AddedToken(token, special=True)
        else:
            token.special = token.special or token.content in names
            yield token


def _token(value: Any) -> str | AddedToken | None:
    """A token as a configuration writes it; raises `TypeError` for what is none."""
    if value is None or isinstance(value, str):
        return value or None
    if not isinstance(value, dict) or not isinstance(value.get("content"), str):
        raise TypeError(f"it names {value!r} as a token")
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return AddedToken(value["content"], **{name: bool(value[name]) for name in flags if name in value})


def _content(token: str | AddedToken) -> str:
    return token if isinstance(token, str) else str(token.content)
