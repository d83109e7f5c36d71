"""The versions of other libraries for which `make fidelity` has found no difference."""

from collections.abc import Mapping

CHECKED_VERSIONS = {
    "gigatoken": {"0.10.0"},
    "sentencepiece": {"0.2.3"},
    "tiktoken": {"0.14.0"},
    "tokenizers": {"0.23.3"},
}


def unchecked(libraries: Mapping[str, str]) -> list[str]:
    """Return the libraries, by name and version, that were not compared: `["tokenizers 0.24.0"]`."""
    return [f"{name} {version}" for name, version in libraries.items() if version not in CHECKED_VERSIONS.get(name, ())]
