"""Commands that refuse an option which is given twice and takes one value: the first would be lost in silence."""

from typing import Any

from typer.core import TyperCommand


class OnceCommand(TyperCommand):
    """A command of typer's, which takes the last value of a repeated option unless it is told to do otherwise."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. Raises a usage error for an option that is given twice."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for parameter in order:
            takes_one = parameter.param_type_name == "option" and not getattr(parameter, "multiple", False)
            is_switch = getattr(parameter, "is_flag", False) and not parameter.secondary_opts
            if takes_one and not is_switch and order.count(parameter) > 1:
                ctx.fail(f"Option {parameter.opts[0]!r} is given twice, and takes one value.")
        return super().parse_args(ctx, args)
