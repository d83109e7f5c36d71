"""Facts that a run records about the tokenizer that gave its ids."""

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerFacts:
    """The tokenizer that gave the ids.

    `special_ids`: of the tokens that have a role, such as "pad". `sha256`: of its file, `config_sha256`: of the
    configuration beside that in the folder of a model. `units` and `seen_once` count different units of the input; None
    where nothing was fitted. `original_rows`: rows that were left to the original library, since no fast path is exact
    for them. `vocab_size`: ids are below it, that of padding included; `own_size`: the tokenizer's own ids are below
    this, where it is less. `libraries`: the versions of those that had a part in the ids. `dropped_tokens`: those of
    the input that have no id, and so are in no row.
    """

    name: str
    way: str  # how the ids were come by; not in any file, since these do not depend on it
    special_ids: dict[str, int]
    path: str | None
    sha256: str | None
    vocab_size: int
    unk_tokens: int
    units: int | None
    seen_once: int | None
    config_sha256: str | None = None
    original_rows: int = 0  # not in any file, either
    libraries: dict[str, str] = dataclasses.field(default_factory=dict)
    dropped_tokens: int = 0
    own_size: int | None = None

    def with_room_for(self, ids: Iterable[int]) -> "TokenizerFacts":
        """Return the facts with a `vocab_size` that is above these ids, too: an `Embedding` has to know them all."""
        size = max(self.vocab_size, 1 + max(ids, default=0))
        if size == self.vocab_size:
            return self
        return dataclasses.replace(self, vocab_size=size, own_size=self.vocab_size)

    @property
    def own_pad_id(self) -> int:
        """The id that is for padding alone."""
        return self.special_ids.get("pad", 0)
