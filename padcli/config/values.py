"""Values of a configuration: each is of the type that the library's function takes, and passes the option's check."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from padcli.config.toml import as_toml
from padcli.errors import UsageError
from padcli.options.choices import BUILT_IN_TOKENIZERS, TRAINED_TOKENIZERS
from padcli.options.option import Option, members

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def checked(option: Option, value: Any, place: str) -> Any:
    """Return the value that an option gets. Raises `UsageError` which names the place for what it cannot be."""
    if not _fits(option.keyword_type, value):
        raise UsageError(f"{place}: expected {_expected(option.keyword_type)}, got {_found(value)}.")
    return _named(place, lambda: value if option.check is None else option.check(place, value))


def parsed(option: Option, text: str, variable: str) -> Any:
    """Return the value that a variable of the environment stands for; commas separate those of a list.

    Raises `UsageError` for what the option cannot be.
    """
    kinds = members(option.keyword_type)
    if bool in kinds and (str not in kinds or text.lower() in (*YES, *NO)):
        if text.lower() not in (*YES, *NO):
            raise UsageError(f"{variable}: expected 1 or 0 (or true, false, yes, no, on, off), got {text!r}.")
        return text.lower() in YES
    lists = [each for each in kinds if get_origin(each) is Sequence]
    if str in kinds or any(get_origin(each) is Literal for each in kinds):
        value: Any = text
    elif lists:
        value = [_number(part) if get_args(lists[0]) == (int,) else part for part in text.split(",")]
    else:
        value = _number(text)
    return checked(option, value, variable)


def is_path(option: Option) -> bool:
    """Tell whether an option names a file."""
    return Path in members(option.annotation)


def from_folder(option: Option, value: Any, folder: str) -> Any:
    """Return the value with paths that start from `folder`, as seen from the current folder."""
    if not is_path(option) or (option.name == "tokenizer" and is_fitted(value)):
        return value
    return path_from(folder, value)


def is_fitted(tokenizer: str) -> bool:
    """Tell the kinds of tokenizer that are fitted from the files of those that were."""
    return tokenizer in (*BUILT_IN_TOKENIZERS, *TRAINED_TOKENIZERS)


def path_from(folder: str, path: str) -> str:
    """Return a path that starts from `folder`; standard streams and URLs are as they are."""
    return path if not folder or path == "-" or "://" in path else os.path.normpath(os.path.join(folder, path))  # noqa: PTH118


def strings_of(value: Any, place: str) -> list[str]:
    """Return a list of strings; one string is a list of one. Raises `UsageError` for anything else."""
    if not _fits(Sequence[str], value):
        raise UsageError(f"{place}: expected {_expected(Sequence[str])}, got {_found(value)}.")
    return [value] if isinstance(value, str) else value


def _number(text: str) -> Any:
    return int(text) if re.fullmatch(r"[+-]?\d{1,30}", text.strip(), re.ASCII) else text


def _named(place: str, check: Callable[[], Any]) -> Any:
    """Make a check, whose message names the place, if it does not already."""
    try:
        return check()
    except UsageError as error:
        if error.message.startswith(place):
            raise
        raise UsageError(f"{place}: {error.message}", hint=error.hint) from error


def _fits(annotation: Any, value: Any) -> bool:
    return any(_is(kind, value) for kind in members(annotation))


def _is(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Sequence:
        of = get_args(kind)[0]
        return all(_fits(of, each) for each in value) if isinstance(value, list) else _fits(of, value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if kind is bool else str) and kind is not NoneType


def _expected(annotation: Any) -> str:
    words = list[str]()
    for kind in members(annotation):
        if get_origin(kind) is Sequence:
            one = "integer" if get_args(kind)[0] is int else "string"
            words += [f"a{'n' if one == 'integer' else ''} {one}", f"a list of {one}s"]
        elif kind is not NoneType:
            words.append({bool: "true or false", int: "an integer"}.get(kind, "a string"))
    return " or ".join(dict.fromkeys(words))


def _found(value: Any) -> str:
    return "a table" if isinstance(value, dict) else as_toml(value)
