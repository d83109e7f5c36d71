"""What `--color` says, known before anything that shows colours is imported."""

from contextvars import ContextVar

from padcli.options.choices import Color

# It holds for the whole process, since an error of parsing is shown before options have values.
COLOR: ContextVar[Color] = ContextVar("COLOR", default="auto")
