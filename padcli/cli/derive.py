"""Commands whose options are those of their stages, in `padcli.options`: the one place that makes typer's of them."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from padcli.cli.parsing import Command
from padcli.options.commands import options_of_command
from padcli.options.option import Option, members

_Command = Callable[..., None]

# Arguments that a configuration may name, too.
_NEED_NOT_BE = {"inputs", "jobs"}


def command(app: typer.Typer, name: str) -> Callable[[_Command], _Command]:
    """Add a function to `app` as the command `name`, with the options of that name's stages.

    The function's positional parameters are the command's arguments. It is called with the options as keywords: those
    that have a value, under the names of their fields.
    """

    def decorate(function: _Command) -> _Command:
        parameters = inspect.signature(function).parameters.values()
        options = [each for each in options_of_command(name) if each.on_command_line]
        is_configured = any(each.name == "print_config" for each in options)
        arguments = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
        if is_configured or name == "run":  # where nothing has to be named
            arguments = [each.replace(default=None) if each.name in _NEED_NOT_BE else each for each in arguments]
        parameters_of_function = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}

        @wraps(function)
        def run(ctx: typer.Context, **given: Any) -> None:
            given.pop("help_all")
            values = {each.name: (each, given.pop(each.name)) for each in options}
            # Defaults are the library's business: --like takes others.
            keywords = {name: _value(*values[name]) for name in values if _is_typed(ctx, name)}
            if is_configured:
                from padcli.cli.configured import configured

                keywords = configured(ctx, name, keywords, given.pop("inputs", None))
            elif name == "run":
                from padcli.cli.configured import from_variables

                keywords = {**from_variables(name, keywords), **keywords}
            keywords.pop("color", None)  # which `Command` has seen to
            shown = {each: value for each, (_, value) in values.items() if each in parameters_of_function}
            function(**given, **{**shown, **keywords})

        context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        signature = inspect.Signature([context, *arguments, *map(_parameter, options), _help_all()])
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}
        return app.command(name, cls=Command)(run)

    return decorate


def _help_all() -> inspect.Parameter:
    def show(ctx: typer.Context, asked: bool) -> None:  # noqa: FBT001 (typer calls it so)
        if asked:
            from padcli.cli import help as screen

            screen.show(ctx.command, everything=True)
            raise typer.Exit

    info = typer.Option("--help-all", help="Show all options.", callback=show, is_eager=True)
    return inspect.Parameter(
        "help_all", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=Annotated[bool, info]
    )


def _is_typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _parameter(option: Option) -> inspect.Parameter:
    """Make the parameter that typer makes an option of."""
    text = _escaped(option.help)
    if option.shown_default is not None:
        text += rf" [dim]\[default: {option.shown_default}][/]"
    info = typer.Option(
        *option.all_flags,
        help=text,
        metavar=option.metavar,
        rich_help_panel=option.panel,
        autocompletion=_completion(option.completions),
    )
    default = option.default
    if (sides := _sides(option)) is not None:
        default = default == sides[0]
    return inspect.Parameter(
        option.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=None if default == () else default,
        annotation=Annotated[_parsed_type(option), info],
    )


def _completion(values: Sequence[str]) -> Callable[[str], list[str]] | None:
    """The function that typer asks for what a shell may offer; None leaves it to the type of the option."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return complete if values else None


def _escaped(text: str) -> str:
    """Plain text as rich's markup."""
    return text.replace("[", r"\[")


def _parsed_type(option: Option) -> Any:
    """The type of a value of the command line: text where text is accepted, and lists for options that are repeated."""
    if _sides(option) is not None:
        return bool
    kinds = members(option.keyword_type)
    sequence = next((each for each in kinds if get_origin(each) is Sequence), None)
    if str in kinds:
        parsed: Any = str
    elif sequence is not None:
        return list[get_args(sequence)[0]] | None  # type: ignore[misc]
    else:
        parsed = next(each for each in kinds if each is not NoneType)
    return parsed | None if NoneType in kinds else parsed


def _sides(option: Option) -> tuple[str, str] | None:
    """The two choices that a switch such as `--post/--pre` stands for; None for what is no such switch."""
    flag, slash, other = option.all_flags[0].partition("/")
    choice = get_origin(option.annotation) is Literal
    return (flag.removeprefix("--"), other.removeprefix("--")) if slash and choice else None


def _value(option: Option, parsed: Any) -> Any:
    """Turn what typer gives into the value of the field."""
    sides = _sides(option)
    return parsed if sides is None else sides[0] if parsed else sides[1]
