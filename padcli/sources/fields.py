"""Fields of a record by the names that options give them, whatever the records are made of."""

import difflib
from collections.abc import Sequence

from padcli.options import ReadOptions
from padcli.sources.lines import show_names
from padcli.sources.records import GROUP, STRATUM, text_keys

DEFAULT_FIELD = "text"


def fields_of(options: ReadOptions) -> dict[str, str]:
    """Return the name of each field that is read, by its label: those of the texts first (see `text_keys`)."""
    texts = zip(text_keys(options.n_texts), (options.field or DEFAULT_FIELD, *options.pair_field), strict=True)
    names = {**dict(texts), **{name: name for name in options.label}}
    if options.group is not None:
        names[GROUP] = options.group
    if options.stratify is not None and options.stratify != options.folder_label:
        names[STRATUM] = options.stratify
    return names


def no_such(kind: str, wanted: str, names: Sequence[str]) -> str:
    """Say which fields (or columns: `kind`) there are in the place of one that is not, and which may be meant."""
    near = difflib.get_close_matches(wanted, names, n=1)
    shown = show_names(list(names)) if names else "none"
    return f'no {kind} "{wanted}"; available: {shown}' + (f'. Did you mean "{near[0]}"?' if near else "")
