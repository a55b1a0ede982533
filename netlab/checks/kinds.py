"""Роды программ, которые умеет судить `netlab check`."""

from netlab.checks.chat import CHAT
from netlab.checks.echo import ECHO
from netlab.checks.fetch import FETCH
from netlab.checks.flags import FLAGS
from netlab.checks.header import HEADER
from netlab.checks.kind import Kind
from netlab.checks.recv import RECV
from netlab.checks.script import SCRIPT
from netlab.checks.sendall import SENDALL
from netlab.checks.shutdown import SHUTDOWN
from netlab.checks.transfer import TRANSFER
from netlab.checks.udp_echo import UDP_ECHO

KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        HEADER,
        FETCH,
        SENDALL,
        RECV,
        TRANSFER,
        SHUTDOWN,
        ECHO,
        UDP_ECHO,
        CHAT,
        FLAGS,
        SCRIPT,
    )
}
