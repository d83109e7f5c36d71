"""Formats of numbers alone."""

from collections.abc import Sequence

from padcli.errors import UsageError
from padcli.schema import ArraySpec


def refuse_text(specs: Sequence[ArraySpec], extension: str) -> None:
    """Raise `UsageError` for arrays of text."""
    texts = [spec.name for spec in specs if spec.dtype.kind == "U"]
    if texts:
        raise UsageError(
            f"-o: a {extension} holds only numbers, and the label {texts[0]} is text.",
            hint="Turn its classes into integers: --label-map",
        )
