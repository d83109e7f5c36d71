"""The tokenizer whose units lie between the matches of a regular expression: `--split REGEX`."""

import dataclasses
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from padcli.errors import UsageError
from padcli.options.regex import portable
from padcli.rows.ragged import Texts, Units
from padcli.rows.unique import unique_units
from padcli.tokenizers.normalize import lower_texts
from padcli.tokenizers.splitter import Splitter, split_stage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PatternSplitter(Splitter):
    """Python's `re.split` of the lower-cased text, without the empty strings.

    `pattern`: one that RE2 and Oniguruma understand as Python does; see `padcli.options.regex`. Raises `UsageError`
    where it is too large for RE2.
    """

    name: ClassVar[str] = "word"

    lower: bool = True
    pattern: str = " "

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", portable(self.pattern))
        try:
            pc.split_pattern_regex(pa.array([""]), self.pattern)
        except pa.ArrowInvalid as error:
            raise UsageError(f"--split: RE2 cannot split by the expression: {error}.") from error

    def split(self, texts: Texts) -> Units:
        array = lower_texts(texts.trimmed()) if self.lower else texts.trimmed()
        return unique_units(pc.split_pattern_regex(array, self.pattern))

    def stages(self) -> dict[str, Any]:
        # The sequence of one makes the file known as padcli's own: another one's `Lowercase` is not Python's.
        cutters = [split_stage({"Regex": self.pattern}, "Removed")]
        return {**Splitter.stages(self), "pre_tokenizer": {"type": "Sequence", "pretokenizers": cutters}}
