"""Libraries that only some users have: fetched where they are used."""

from importlib import import_module
from typing import Any

from padcli.errors import MissingLibraryError


def library(name: str, what: str) -> Any:
    """Return the module of a library, whose extra has the same name.

    `what` needs it. Raises `MissingLibraryError` where it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != name:
            raise
        raise MissingLibraryError(what, name) from error
