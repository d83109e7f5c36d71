"""An option, declared once: a field of a stage's dataclass, which carries its type, default, help and check.

The command line (`padcli.cli.derive`), the keyword arguments (`padcli.options.keywords`) and the tables of
docs/options.md follow from these declarations.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

# Takes the option's name, for messages, and the value given; returns the value to keep. Raises `UsageError`.
Check = Callable[[str, Any], Any]
_Value = TypeVar("_Value")

# The panels of `--help`, in its order: what comes in, what becomes of it, what goes out, and how.
INPUT, TOKENIZER, ROWS, OUTPUT, REPORT, RUN = "Input", "Tokenizer", "Rows", "Output", "Report", "Run"
FIELDS, BAD_RECORDS, SELECTION = "Fields and labels", "Bad records", "Selection"
FITTING, SPECIAL_TOKENS = "Fitting", "Special tokens"
SHAPES, TEXTS, PARTS = "Windows, packs and buckets", "Several texts", "Order and parts"
# Those that follow each of them in `--help-all`, where they would be too long to look through.
PANELS: dict[str, tuple[str, ...]] = {
    INPUT: (FIELDS, BAD_RECORDS, SELECTION),
    TOKENIZER: (FITTING, SPECIAL_TOKENS),
    ROWS: (SHAPES, TEXTS, PARTS),
    OUTPUT: (),
    REPORT: (),
    RUN: (),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A declared option.

    `help`: plain text, without markup. `flags`: as typed; `--post/--pre` names both sides of a switch. `metavar`: the
    value's name in the help; None: its type. `panel`: of the help; None: the one without a name. `shown_default`: words
    for a default of None. `check`: see `Check`; a value of None is not checked where it is the default. `accepts`: the
    type of the keyword argument, where it is wider than that of the field. `on_command_line`, `is_keyword`: is given
    there. `only`: the commands that have it; None: each that has the stage. `variants`: attributes that differ in a
    command. `tokenizers`: the kinds of tokenizer that it has a meaning for; empty: any. `completions`: what a shell
    offers of an option that takes other values as well. `order`: on the command line, those of a higher order come
    later; fields keep their place, since `meta.json` lists them by it.

    `name`, `annotation` and `default` are those of the field.
    """

    help: str
    flags: tuple[str, ...]
    metavar: str | None
    panel: str | None
    shown_default: str | None
    check: Check | None
    accepts: Any
    on_command_line: bool
    is_keyword: bool
    only: tuple[str, ...] | None
    variants: Mapping[str, Mapping[str, Any]]
    tokenizers: tuple[str, ...]
    completions: tuple[str, ...]
    order: int
    name: str = ""
    annotation: Any = None
    default: Any = None

    @property
    def all_flags(self) -> tuple[str, ...]:
        """The flags, or the one that follows from the name."""
        return self.flags or ("--" + self.name.replace("_", "-"),)

    @property
    def given_as(self) -> str:
        """The option as messages name it: the flag that changes it, or its keyword where flags have other names."""
        other = self.all_flags[0].partition("/")[2]
        if not self.on_command_line or (other and self.default not in (True, False, None)):
            return self.name
        return other if other and self.default is True else self.all_flags[0]

    @property
    def keyword_type(self) -> Any:
        """The type of the keyword argument."""
        return self.annotation if self.accepts is None else self.accepts


def option(  # noqa: PLR0913 (it is called by keyword, and each says one thing of an option)
    default: _Value,
    *flags: str,
    help: str,  # noqa: A002
    metavar: str | None = None,
    panel: str | None = None,
    shown_default: str | None = None,
    check: Check | None = None,
    accepts: Any = None,
    on_command_line: bool = True,
    is_keyword: bool = True,
    only: Sequence[str] | None = None,
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    tokenizers: Sequence[str] = (),
    completions: Sequence[str] = (),
    order: int = 0,
) -> _Value:
    """Declare an option: the default of a field of a `Stage`. See `Option` for the arguments."""
    declared = Option(
        help=help,
        flags=flags,
        metavar=metavar,
        panel=panel,
        shown_default=shown_default,
        check=check,
        accepts=accepts,
        on_command_line=on_command_line,
        is_keyword=is_keyword,
        only=None if only is None else tuple(only),
        variants=variants or {},
        tokenizers=tuple(tokenizers),
        completions=tuple(completions),
        order=order,
    )
    field: _Value = dataclasses.field(default=default, metadata={"option": declared})
    return field


class Stage:
    """Base of the dataclasses of options. Checks each field, then what they say together. Raises `UsageError`."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for each in options_of(type(self)):
            value = getattr(self, each.name)
            if each.check is not None and not (value is None and each.default is None):
                object.__setattr__(self, each.name, each.check(each.given_as, value))
        self._check_together()

    def _check_together(self) -> None:
        """Raise `UsageError` for options that contradict each other."""


def by_panel(options: Iterable[Option], *, together: bool = False) -> list[tuple[str | None, list[Option]]]:
    """Return options by their panels, in the order of the help; `together`: those of `--help`, which are few."""
    found = dict[str | None, list[Option]]({None: []})
    for panel, parts in PANELS.items():
        found |= {each: [] for each in (panel, *(() if together else parts))}
    wider = {part: panel for panel, parts in PANELS.items() for part in parts} if together else {}
    for each in options:
        found.setdefault(wider.get(each.panel or "", each.panel), []).append(each)
    return [(panel, those) for panel, those in found.items() if those]


def members(annotation: Any) -> tuple[Any, ...]:
    """The types of a union; of any other type, it alone."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def options_of(stage: type[Any]) -> tuple[Option, ...]:
    """The options of a stage, in the order of its fields."""
    return _options_of(stage)  # type: ignore[arg-type]  # a class has a hash, whatever mypy finds in its instances


@cache
def _options_of(stage: type[Any]) -> tuple[Option, ...]:
    types = get_type_hints(stage)
    return tuple(
        dataclasses.replace(
            field.metadata["option"], name=field.name, annotation=types[field.name], default=field.default
        )
        for field in dataclasses.fields(stage)
    )
