"""Роды программ, которые умеет судить `netlab check`."""

from netlab.checks.echo import ECHO
from netlab.checks.kind import Kind

KINDS: dict[str, Kind] = {kind.id: kind for kind in (ECHO,)}
