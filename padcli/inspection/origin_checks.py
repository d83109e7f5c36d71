"""Checks of the tokenizer and the inputs that an output was made from."""

from collections.abc import Iterator
from pathlib import Path

from padcli.errors import InputError
from padcli.files.output_paths import tokenizer_places
from padcli.inspection.check import Check, digest_text, other_digest_text
from padcli.options import ReadOptions
from padcli.sources import STDIN
from padcli.sources.base import InputFacts
from padcli.sources.input_files import facts_of, found_again, input_size
from padcli.tokenizers.external import files
from padcli.tokenizers.facts import TokenizerFacts


def check_of_tokenizer(facts: TokenizerFacts, output: Path, *, required: bool) -> Check:
    """Look for the tokenizer under its name and beside the output. One that is missing is wrong if it is `required`."""
    found = {place: files.digest(place) for place in tokenizer_places(facts.path, output)}
    place = next((place for place, sha256 in found.items() if sha256 == facts.sha256), None)
    if place is None:
        return _missing(facts, found, required=required)
    if files.config_digest(place) != facts.config_sha256:
        text = f"{place}: the configuration or vocabulary next to it has changed"
        return Check(name="tokenizer", ok=False, text=text)
    return Check(name="tokenizer", ok=True, text=f"{place}, {digest_text(facts.sha256)}")


def _missing(facts: TokenizerFacts, found: dict[Path, str | None], *, required: bool) -> Check:
    others = [f"{place}: {other_digest_text(sha256, facts.sha256)}" for place, sha256 in found.items() if sha256]
    if others:
        return Check(name="tokenizer", ok=False, text="; ".join(others))
    return Check(name="tokenizer", ok=False if required else None, text=f"{' and '.join(map(str, found))}: not found")


def checks_of_inputs(inputs: tuple[InputFacts, ...], output: Path, read: ReadOptions) -> Iterator[Check]:
    """Compare inputs with what they were. They are looked for under their names, or else beside the output."""
    for facts in inputs:
        if facts.path == STDIN:
            yield Check(name="input", ok=None, text="came from standard input, which cannot be read again")
        else:
            yield _check_of_input(facts, found_again(facts.path, output), read)


def _check_of_input(facts: InputFacts, path: str, read: ReadOptions) -> Check:
    try:
        size = input_size(path, read)
        if size is None:
            return Check(name="input", ok=None, text=f"{path}: a pipe or a device, which cannot be read again")
        if size != facts.bytes:
            return Check(name="input", ok=False, text=f"{path}: {size:,} bytes, expected {facts.bytes:,}")
        sha256 = facts_of(path, read).sha256
    except InputError as error:
        return Check(name="input", ok=False, text=error.message)
    if sha256 != facts.sha256:
        return Check(name="input", ok=False, text=f"{path}: {other_digest_text(sha256, facts.sha256)}")
    return Check(name="input", ok=True, text=f"{path}, {digest_text(sha256)}")
