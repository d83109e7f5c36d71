"""Many files that are open at a time: all outputs are, until they get their names."""

from padcli.errors import OutputError
from padcli.portable import resource

_OTHERS = 200  # inputs, temporary files, libraries


def allow_open_files(n_files: int) -> None:
    """Let so many outputs be open at a time. Raises `OutputError` where the system allows fewer."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = n_files + _OTHERS
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise OutputError(
            f"{n_files:,} files of shards would be open at a time, and the system allows about {hard - _OTHERS:,}.",
            hint="Write larger shards.",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
