"""What stands around and between the texts of a record, such as `[CLS] A [SEP] B [SEP]`."""

import dataclasses
from itertools import chain


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Order of the texts of a record and of special ids.

    `parts`: a number is the text of that number, counted from 0, and a tuple is ids that stand there; `types`: the
    segment id of each part, 0 for the first text of a pair and 1 for the second, as a tokenizer says.
    """

    parts: tuple[int | tuple[int, ...], ...] = (0,)
    types: tuple[int, ...] = (0,)

    @classmethod
    def around(cls, before: tuple[int, ...], after: tuple[int, ...]) -> "Template":
        """Return the template of one text, with ids before and after it."""
        return cls.of_texts(1, before, (), after)

    @classmethod
    def of_texts(
        cls, n_texts: int, before: tuple[int, ...], between: tuple[int, ...], after: tuple[int, ...]
    ) -> "Template":
        """Return the template of several texts. What stands behind a text, and before the first, has its type."""
        parts, types = list[int | tuple[int, ...]]([before]), [0]
        for text in range(n_texts):
            parts += [text, after if text == n_texts - 1 else between]
            types += [text, text]
        kept = [(part, type_) for part, type_ in zip(parts, types, strict=True) if part != ()]
        return cls(parts=tuple(part for part, _ in kept), types=tuple(type_ for _, type_ in kept))

    @property
    def special_ids(self) -> tuple[int, ...]:
        """The special ids, in their order."""
        return tuple(chain.from_iterable(part for part in self.parts if not isinstance(part, int)))

    @property
    def n_special(self) -> int:
        """Number of special ids of a row."""
        return len(self.special_ids)

    @property
    def n_texts(self) -> int:
        """Number of texts of a record."""
        return sum(isinstance(part, int) for part in self.parts)

    @property
    def before(self) -> tuple[int, ...]:
        """The ids before the first text."""
        return self.parts[0] if isinstance(self.parts[0], tuple) else ()

    @property
    def after(self) -> tuple[int, ...]:
        """The ids after the last text."""
        return self.parts[-1] if isinstance(self.parts[-1], tuple) else ()


ONE_TEXT = Template()
