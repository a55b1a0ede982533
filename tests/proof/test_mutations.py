"""Свойства ловят поломки: каждая порча готовой программы роняет названное свойство."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from netlab.checks import KINDS, Report, check

ROOT = Path(__file__).parents[2]
AT_ONCE = 4

PROGRAMS = {
    "header": "layers/header_checked.py",
    "fetch": "fetch/fetch_netlab.py",
    "sendall": "sendall/sendall_deadline.py",
    "recv": "recv/recv_netlab.py",
    "transfer": "transfer/transfer_netlab.py",
    "shutdown": "shutdown/shutdown_netlab.py",
    "echo": "echo/echo_netlab.py",
    "udp_echo": "beyond/udp_gone.py",
    "chat": "beyond/chat_selectors.py",
}
"""Кого портят: готовую форму из netlab, а где её нет, последний шаг урока."""


class Mutation(NamedTuple):
    """Порча: в файле netlab (пусто — в самой программе) одно место заменено другим.

    property её не выдерживает; also — ещё одна замена, если без неё порча не видна.
    """

    property: str
    file: str
    old: str
    new: str
    also: tuple[str, str, str] | None = None

    @property
    def edits(self) -> list[tuple[str, str, str]]:
        """Все замены."""
        edits = [(self.file, self.old, self.new)]
        return [*edits, self.also] if self.also else edits


MUTATIONS = {
    "header": [
        Mutation("round_trip", "", "return source, destination,", "return destination, source,"),
        Mutation("empty", "", "HEADER.size <= length", "HEADER.size < length"),
        Mutation(
            "any_bytes",
            "",
            "datagram[HEADER.size:length]",
            "datagram[HEADER.size:length].strip(b'\\0')",
        ),
        Mutation(
            "colon",
            "",
            "datagram[HEADER.size:length]",
            "datagram[HEADER.size:length].split(b':')[0]",
        ),
        Mutation("size", "", "'!HHHH'", "'!HHHHx'"),
        Mutation("checksum", "", "length, 0)", "length, 1)"),
        Mutation("port_range", "", "HEADER.pack(source,", "HEADER.pack(source & 65535,"),
        Mutation("too_long", "", "HEADER.size + len(data)", "(HEADER.size + len(data)) & 65535"),
        Mutation("byte_order", "", "'!HHHH'", "'<HHHH'"),
        Mutation("length", "", "length = HEADER.size + len(data)", "length = len(data)"),
        Mutation("real", "", "'!HHHH'", "'=HHHH'"),
        Mutation("missing", "", "<= length <= len(datagram)", "<= length"),
        Mutation("extra", "", "datagram[HEADER.size:length]", "datagram[HEADER.size:]"),
        Mutation(
            "cut_header",
            "",
            "HEADER.unpack_from(datagram)",
            "HEADER.unpack_from(datagram.ljust(8, b'\\0'))",
            ("", "if not HEADER.size <= length", "if not 0 <= length"),
        ),
    ],
    "fetch": [
        Mutation("page", "", "return response.body", "return response.body[:-1]"),
        Mutation("limit", "", "limit=LARGEST", "limit=None"),
        Mutation("prints", "", "print(page.decode('utf-8', 'replace'))", "pass"),
        Mutation(
            "request",
            "http_connection.py",
            'f"{method} {url.target} HTTP/1.1"',
            'f"{method} {url} HTTP/1.1"',
        ),
        Mutation(
            "binary",
            "http_connection.py",
            "self._buffer[:size])",
            'bytes(self._buffer[:size]).replace(b"\\r\\n", b"\\n"))',
        ),
        Mutation(
            "silence",
            "http_connection.py",
            "self._sock.settimeout(patience(deadline))\n                size",
            "self._sock.settimeout(None)\n                size",
        ),
        Mutation(
            "reset",
            "http_connection.py",
            "raise (Truncated(response.missing) if answered else Unanswered()) from error",
            "pass",
        ),
        Mutation("keep_alive", "http_connection.py", "while not response.finished:", "while True:"),
        Mutation(
            "ipv6",
            "http_connection.py",
            "type=socket.SOCK_STREAM))",
            "family=socket.AF_INET, type=socket.SOCK_STREAM))",
        ),
        Mutation(
            "second_address",
            "http_connection.py",
            "with suppress(OSError):\n            return",
            "if True:\n            return",
        ),
        Mutation("idna", "http_connection.py", 'f"Host: {url.authority}"', 'f"Host: {url.name}"'),
        Mutation(
            "pieces",
            "http1.py",
            "        if data:\n            yield memoryview(data)",
            (
                "        self.finished = bool(data)\n"
                "        if data:\n"
                "            yield memoryview(data)"
            ),
        ),
        Mutation(
            "truncated",
            "http1.py",
            "if not self.finished:\n            raise Truncated(self.missing)",
            "self.finished = True",
        ),
        Mutation(
            "stubborn",
            "http1.py",
            "return ContentLength(int(lengths[0])) if lengths else UntilClose()",
            "return UntilClose()",
        ),
        Mutation("header_case", "http1.py", "if known.lower() == name.lower()", "if known == name"),
        Mutation("chunked", "http1.py", '[ \\t]*(;.*)?")', '[ \\t]*")'),
        Mutation(
            "chunked_pieces",
            "http1.py",
            "self.missing = self.missing - len(piece) or None",
            "self.missing = None",
        ),
        Mutation(
            "chunked_truncated",
            "http1.py",
            "if not self.finished:\n            raise Truncated(self.missing)",
            "self.finished = True",
        ),
        Mutation(
            "bad_length",
            "http1.py",
            "if not all(map(_LENGTH.fullmatch, lengths)) or len(set(map(int, lengths))) > 1:",
            "if not lengths and head.status == 0:",
        ),
        Mutation("no_content", "http1.py", "head.status in (204, 304)", "head.status == 304"),
        Mutation(
            "host_port",
            "url.py",
            "return host if self.port == PORTS[self.scheme] else",
            "return host if self.port else",
        ),
        Mutation(
            "ipv6_literal",
            "url.py",
            'f"[{self.host}]" if ":" in self.host else self.host',
            "self.host",
        ),
        Mutation(
            "linear",
            "fetch.py",
            'return answer.with_body(b"".join(map(bytes, answer)))',
            (
                'body = b""\n'
                "        for piece in answer:\n"
                "            body = body + bytes(piece)\n"
                "        return answer.with_body(body)"
            ),
            ("fetch.py", "BUFFER_SIZE = 256 * 1024", "BUFFER_SIZE = 1024"),
        ),
        Mutation(
            "deadline",
            "fetch.py",
            "Deadline(self.timeout))",
            "Deadline(self.timeout and self.timeout * 100))",
        ),
    ],
    "sendall": [
        Mutation(
            "whole", "", "sent = sock.send(rest, flags)", "sent = sock.send(rest[:-1], flags) + 1"
        ),
        Mutation(
            "empty",
            "",
            "    try:\n",
            "    sock.send(rest[0:1] or bytes(rest[0]), flags)\n    try:\n",
        ),
        Mutation("bulk", "", "rest = rest[sent:]", "rest = rest[65536:]"),
        Mutation(
            "bytes_like", "", "memoryview(data).cast('B')", "memoryview(data + b'').cast('B')"
        ),
        Mutation("flags", "", "sock.send(rest, flags)", "sock.send(rest)"),
        Mutation(
            "reset", "", "    finally:", "    except ConnectionError:\n        pass\n    finally:"
        ),
        Mutation("silence", "", "sock.settimeout(left)", "sock.settimeout(None)"),
        Mutation(
            "short_send",
            "",
            "sent = sock.send(rest, flags)",
            "sock.send(rest, flags)\n            sent = len(rest)",
        ),
        Mutation("one_send", "", "sock.send(rest, flags)", "sock.send(rest[:1], flags)"),
        Mutation("datagram", "", "sock.send(rest, flags)", "sock.send(rest[:4], flags)"),
        Mutation(
            "memory",
            "",
            "memoryview(data).cast('B')",
            "memoryview(bytes(data) * 4).cast('B')[:len(data)]",
        ),
        Mutation("stuck", "", "if sent == 0", "if sent < 0"),
        Mutation("linear", "", "rest = rest[sent:]", "rest = memoryview(bytes(rest[sent:]))"),
        Mutation("items", "", "memoryview(data).cast('B')", "memoryview(data)"),
        Mutation("deadline", "", "left = deadline - time.monotonic()", "left = timeout"),
    ],
    "recv": [
        Mutation(
            "whole",
            "reader.py",
            "return bytes(data)\n\n\nclass",
            "return bytes(data[1:])\n\n\nclass",
        ),
        Mutation(
            "whole_line",
            "reader.py",
            "return line\n\n    def exactly",
            "return line[:-1]\n\n    def exactly",
        ),
        Mutation("pieces", "reader.py", "while done < count:", "if done < count:"),
        Mutation(
            "line_in_pieces",
            "reader.py",
            "self.lines.receive(chunk)",
            "self.lines.take()\n                self.lines.receive(chunk)",
        ),
        Mutation("bulk", "reader.py", "done += got", "done += got + (done > 65536)"),
        Mutation("zero", "reader.py", "while done < count:", "while done < count or not count:"),
        Mutation("missing", "reader.py", "raise Truncated(count - done)", "raise Truncated(count)"),
        Mutation(
            "end",
            "reader.py",
            'if not chunk:\n                    return b""',
            "if not chunk:\n                    raise EOFError",
        ),
        Mutation("unfinished", "reader.py", "if not chunk and len(self.lines):", "if False:"),
        Mutation(
            "not_more",
            "reader.py",
            "got = self._sock.recv_into(rest[done:])",
            (
                "got = len(chunk := self._sock.recv(65536))\n"
                "                    rest[done:done + got] = chunk[:count - done]"
            ),
        ),
        Mutation(
            "glued",
            "reader.py",
            "self.lines.receive(chunk)",
            'self.lines.receive(chunk[:chunk.find(b"\\n") + 1] or chunk)',
        ),
        Mutation(
            "line_then_bytes",
            "reader.py",
            "held = self.lines.take(min(count, len(self.lines)))",
            'held = b""',
        ),
        Mutation(
            "separate", "reader.py", "_held.setdefault(sock,", "_held.setdefault(socket.socket,"
        ),
        Mutation(
            "reset",
            "reader.py",
            "                raise\n        return bytes(data)",
            "        return bytes(data)",
        ),
        Mutation(
            "silence",
            "reader.py",
            "deadline or Deadline(self._timeout)",
            "deadline or Deadline(None)",
        ),
        Mutation("retry", "reader.py", "self.lines.receive(bytes(rest[:done]))", "pass"),
        Mutation(
            "linear",
            "reader.py",
            "got = self._sock.recv_into(rest[done:])",
            ("bytes(rest[:done])\n                    got = self._sock.recv_into(rest[done:])"),
        ),
        Mutation("few_calls", "reader.py", "RECEIVE_SIZE = 65536", "RECEIVE_SIZE = 1"),
        Mutation("forgotten", "reader.py", "= WeakKeyDictionary()", "= {}"),
        Mutation("line_limit", "reader.py", "LINE_LIMIT = 65536", "LINE_LIMIT = 1 << 30"),
        Mutation(
            "deadline", "reader.py", "deadline.apply(self._sock)\n                chunk", "chunk"
        ),
        Mutation(
            "dripped",
            "framing.py",
            "self._searched = min(len(self._buffer), self.limit)",
            "self._searched = min(len(self._buffer) + 1, self.limit)",
        ),
    ],
    "transfer": [
        Mutation("arrives", "transfer.py", "            link.send(Kept())\n", "            pass\n"),
        Mutation(
            "empty",
            "transfer.py",
            "        part.keep()\n",
            "        part.keep() if part.count else part.drop()\n",
        ),
        Mutation(
            "every_byte",
            "transfer.py",
            "link.send_block(block)",
            'link.send_block(memoryview(bytes(block).replace(b"\\0", b" ")))',
        ),
        Mutation("big", "transfer.py", "        while block:", "        if block:"),
        Mutation(
            "dripped",
            "transfer.py",
            "self._reader.receive(data)",
            'self._reader.receive(data.ljust(self._reader.missing, b"\\0"))',
        ),
        Mutation("silence", "transfer.py", "timeout or self._timeout_before or TIMEOUT", "TIMEOUT"),
        Mutation(
            "truncated",
            "transfer.py",
            "raise _short_of(size - part.count, size, broken) from broken",
            "return",
        ),
        Mutation(
            "terminators",
            "transfer.py",
            "link.send_block(block)",
            'link.send_block(memoryview(bytes(block).replace(b"END", b"end")))',
        ),
        Mutation(
            "missing",
            "transfer.py",
            "raise _short_of(size - part.count, size, broken) from broken",
            "raise",
        ),
        Mutation("second", "transfer.py", "if kind is not None:", "if True:"),
        Mutation(
            "kept",
            "transfer.py",
            "    if os.path.lexists(final) and not overwrite:\n        if _already",
            (
                "    final.unlink(missing_ok=True)\n"
                "    if os.path.lexists(final) and not overwrite:\n"
                "        if _already"
            ),
        ),
        Mutation(
            "flipped",
            "transfer.py",
            "if link.receive(Digest).value != part.hash.digest():",
            "if not link.receive(Digest).value:",
        ),
        Mutation("told", "transfer.py", "    link.receive(Kept)\n", "    pass\n"),
        Mutation("resume", "transfer.py", "if 0 < part.count <= size:", "if False:"),
        Mutation(
            "stitched",
            "transfer.py",
            "return digest if link.receive(Digest).value == digest.digest() else None",
            "return digest if link.receive(Digest) else None",
            (
                "transfer.py",
                "if link.receive(Digest).value != part.hash.digest():",
                "if not link.receive(Digest).value:",
            ),
        ),
        Mutation(
            "cyrillic",
            "transfer_protocol.py",
            'message.name.encode("utf-8", "surrogateescape")',
            'message.name.encode("ascii", "replace")',
        ),
        Mutation(
            "evil_name", "transfer_protocol.py", "if not _SEPARATING.isdisjoint(name):", "if False:"
        ),
        Mutation(
            "windows_name", "transfer_protocol.py", "frozenset('/\\\\:*?\"<>|')", 'frozenset("/")'
        ),
        Mutation("memory", "part_file.py", "BLOCK = 1024 * 1024", "BLOCK = 64 * 1024 * 1024"),
        Mutation(
            "in_progress", "part_file.py", "final.with_name(final.name + PART_SUFFIX)", "final"
        ),
        Mutation(
            "unfinished", "part_file.py", "final.with_name(final.name + PART_SUFFIX)", "final"
        ),
    ],
    "shutdown": [
        Mutation("answer", "closing.py", "return bytes(answer)", "return bytes(answer[:-1])"),
        Mutation(
            "pieces",
            "closing.py",
            "while chunk := sock.recv(RECEIVE_SIZE):",
            "if chunk := sock.recv(RECEIVE_SIZE):",
        ),
        Mutation(
            "delivered",
            "closing.py",
            "        sock.shutdown(socket.SHUT_WR)\n        deadline",
            "        deadline",
        ),
        Mutation(
            "closes", "closing.py", "with sock, suppress(OSError):", "with suppress(OSError):"
        ),
        Mutation(
            "truncated",
            "closing.py",
            "    while chunk := sock.recv(RECEIVE_SIZE):\n        answer += chunk",
            (
                "    with suppress(ConnectionError):\n"
                "        while chunk := sock.recv(RECEIVE_SIZE):\n"
                "            answer += chunk"
            ),
        ),
        Mutation(
            "silence",
            "closing.py",
            "answer = bytearray()",
            "answer = bytearray()\n    sock.settimeout(None)",
        ),
        Mutation(
            "half_close", "closing.py", "        _stop_writing(sock)\n    except", "    except"
        ),
        Mutation(
            "unread_small",
            "closing.py",
            (
                "        sock.shutdown(socket.SHUT_WR)\n"
                "        deadline.apply(sock)\n"
                "        while sock.recv(RECEIVE_SIZE):\n"
                "            deadline.apply(sock)"
            ),
            "        pass",
        ),
        Mutation(
            "unread",
            "closing.py",
            ("        while sock.recv(RECEIVE_SIZE):\n            deadline.apply(sock)"),
            "        pass",
        ),
        Mutation("gone", "closing.py", "with sock, suppress(OSError):", "with sock:"),
        Mutation("stubborn", "closing.py", "PATIENCE = 5.0", "PATIENCE = 3600.0"),
        Mutation(
            "endless",
            "closing.py",
            "RECEIVE_SIZE):\n            deadline.apply(sock)",
            "RECEIVE_SIZE):\n            pass",
        ),
        Mutation("slow", "closing.py", "            reset(sock)\n", ""),
        Mutation("deadlock", "closing.py", "sender.start()", "sender.run()"),
        Mutation("early", "closing.py", "sender.start()", "sender.run()"),
        Mutation(
            "reset_both",
            "closing.py",
            "    while chunk := sock.recv(RECEIVE_SIZE):\n        answer += chunk",
            (
                "    with suppress(ConnectionError):\n"
                "        while chunk := sock.recv(RECEIVE_SIZE):\n"
                "            answer += chunk"
            ),
            ("closing.py", "    if failures:\n        raise failures[0]\n", ""),
        ),
        Mutation(
            "silence_both",
            "closing.py",
            "except OSError as error:\n        failures.append(error)",
            "except OSError:\n        pass",
        ),
        Mutation(
            "late",
            "closing.py",
            ("        while sock.recv(RECEIVE_SIZE):\n            deadline.apply(sock)"),
            "        pass",
        ),
    ],
    "echo": [
        Mutation(
            "quit_crlf",
            "echo_protocol.py",
            'COMMANDS = (b"quit", b"quit\\r"',
            'COMMANDS = (b"quit"',
        ),
        Mutation(
            "quit_lf",
            "echo_protocol.py",
            'COMMANDS = (b"quit", b"quit\\r"',
            'COMMANDS = (b"quit\\r"',
        ),
        Mutation(
            "stop_crlf", "echo_protocol.py", 'STOP = (b"stop", b"stop\\r")', 'STOP = (b"stop",)'
        ),
        Mutation("stop_glued", "echo.py", "if protocol.stopping:", "if False:"),
        Mutation(
            "only_quit", "echo_protocol.py", "if line in COMMANDS", "if line.strip() in COMMANDS"
        ),
        Mutation(
            "only_quit", "echo_protocol.py", "if line in COMMANDS", "if line.startswith(COMMANDS)"
        ),
        Mutation(
            "quit_glued",
            "echo_protocol.py",
            'return b"".join(before + b"\\n" for before in lines[:number])',
            'return b""',
        ),
        Mutation("tail", "echo_protocol.py", "else self._lines.take()", 'else b""'),
        Mutation("quit_split", "framing.py", "self._buffer += data\n            lines", "lines"),
        Mutation(
            "echo",
            "framing.py",
            "if end == len(data) and not self._buffer:\n            return data",
            ("if end == len(data) and not self._buffer:\n            return data.upper()"),
        ),
        Mutation("bulk", "framing.py", "self._buffer[:] = data[end:]", "self._buffer.clear()"),
        Mutation(
            "short_send", "echo.py", "client.unsent = client.unsent[sent:]", 'client.unsent = b""'
        ),
        Mutation(
            "half_close",
            "echo.py",
            "protocol.receive(data) if data else protocol.end_of_stream()",
            "protocol.receive(data)",
        ),
        Mutation(
            "reset",
            "echo.py",
            (
                "except OSError:\n"
                "            self._close(client)\n"
                "            return\n"
                "        protocol"
            ),
            "except BlockingIOError:\n            return\n        protocol",
        ),
        Mutation("restart", "sockets.py", "socket.SO_REUSEADDR, 1", "socket.SO_REUSEADDR, 0"),
        Mutation("several_clients", "echo.py", "sys.maxsize  #", "1  #"),
        Mutation(
            "ipv6",
            "sockets.py",
            "socket.getaddrinfo(host, port,",
            "socket.getaddrinfo('0.0.0.0', port,",
        ),
        Mutation(
            "idle_deadline", "echo.py", "deadlines(idle_timeout,", "deadlines(idle_timeout * 100,"
        ),
        Mutation(
            "send_deadline", "echo.py", "deadlines(send_timeout,", "deadlines(send_timeout * 100,"
        ),
        Mutation("line_limit", "echo_protocol.py", "LINE_LIMIT = 65536", "LINE_LIMIT = 1 << 30"),
        Mutation("no_leaks", "echo.py", "            listener.close()\n", ""),
        Mutation(
            "stop_with_others",
            "echo.py",
            "if protocol.stopping:",
            "if protocol.stopping and len(self._clients) == 1:",
        ),
        Mutation(
            "reset_while_sending",
            "echo.py",
            (
                "                pass\n"
                "            except OSError:\n"
                "                self._close(client)\n"
                "                return\n"
            ),
            "                pass\n",
        ),
        Mutation(
            "bytes_not_str",
            "echo.py",
            "protocol.receive(data) if data else",
            'protocol.receive(data) if data != "" else',
        ),
        Mutation("stop_without_site", "echo.py", "self._loop.stopping = True", "exit()"),
        Mutation(
            "next_client",
            "echo.py",
            "self._clients.remove(client)",
            "pass",
            ("echo.py", "sys.maxsize  #", "1  #"),
        ),
        Mutation(
            "quit_dripped",
            "framing.py",
            'lines = b"".join((self._buffer, memoryview(data)[:end]))',
            "lines = data[:end]",
        ),
    ],
    "udp_echo": [
        Mutation("echo", "", "sock.sendto(data, address)", "sock.sendto(data.strip(), address)"),
        Mutation(
            "borders",
            "",
            "sock.sendto(data, address)",
            "[sock.sendto(line, address) for line in data.splitlines(True)]",
        ),
        Mutation("garbage", "", "print(repr(data))", "print(data.decode())"),
        Mutation("several_clients", "", "            data, address", "            data, *address"),
        Mutation(
            "empty",
            "",
            "            sock.sendto(data, address)",
            (
                "            if not data:\n"
                "                break\n"
                "            sock.sendto(data, address)"
            ),
        ),
        Mutation("packet", "", "LARGEST = 65535", "LARGEST = 1024"),
        Mutation("largest", "", "LARGEST = 65535", "LARGEST = 4096"),
        Mutation(
            "gone", "", "except ConnectionError as error:", "except BlockingIOError as error:"
        ),
        Mutation("bytes_not_str", "", "print(repr(data))", "print(data)"),
        Mutation(
            "no_leaks",
            "",
            "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:",
            "sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n    if sock:",
        ),
    ],
    "chat": [
        Mutation("others", "", "if guest is not speaker and len", "if len"),
        Mutation(
            "whole_lines",
            "",
            "*lines, self.incoming = (self.incoming + data).split(b'\\n')",
            "return [self.incoming + data]",
        ),
        Mutation("left", "", "raise ConnectionError(", "raise EOFError("),
        Mutation("reset", "", "except OSError as error:", "except BlockingIOError as error:"),
        Mutation(
            "not_reading",
            "",
            "guest.outgoing += line",
            "guest.sock.setblocking(True)\n                guest.sock.sendall(line)",
        ),
        Mutation("short_send", "", "self.outgoing = self.outgoing[sent:]", "self.outgoing = b''"),
        Mutation(
            "bytes_not_str",
            "",
            "        data = self.sock.recv(4096)",
            "        data = self.sock.recv(4096)\n        print(data)",
        ),
        Mutation(
            "no_leaks",
            "",
            "                guest.sock.close()\n\n\nif",
            "                pass\n\n\nif",
        ),
    ],
}

UNCAUGHT: dict[str, set[str]] = {}


CASES = [(kind, mutation) for kind, mutations in MUTATIONS.items() for mutation in mutations]
IDS = [
    f"{kind}-{mutation.property}-{number}"
    for kind, mutations in MUTATIONS.items()
    for number, mutation in enumerate(mutations)
]


def mutant(folder: Path, kind: str, mutation: Mutation) -> Path:
    """Кладёт в папку программу и рядом с ней netlab; порченое — в том из них, где велено."""
    package = folder / "netlab"
    shutil.copytree(ROOT / "netlab", package, ignore=shutil.ignore_patterns("__pycache__"))
    program = folder / Path(PROGRAMS[kind]).name
    shutil.copy(ROOT / "snippets" / PROGRAMS[kind], program)
    for file, old, new in mutation.edits:
        broken = package / file if file else program
        text = broken.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"в {broken.name} такого места нет или оно не одно: {old}"
        broken.write_text(text.replace(old, new), encoding="utf-8")
    return program


@pytest.fixture(scope="module")
def verdicts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Report]]]:
    """Отчёты о порчах, выбранных для этого запуска: судят по нескольку сразу."""

    folder = tmp_path_factory.mktemp("mutants")

    def judged(id: str, kind: str, mutation: Mutation) -> Report:
        program = mutant(folder / id, kind, mutation)
        return check(program, KINDS[kind], only=[mutation.property])

    chosen = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            id: pool.submit(judged, id, *case)
            for id, case in zip(IDS, CASES, strict=True)
            if id in chosen
        }


@pytest.mark.parametrize("id", IDS, ids=IDS)
def test_mutation_is_caught(id: str, verdicts: dict[str, Future[Report]]) -> None:
    threshold, judged = verdicts[id].result(timeout=300).verdicts
    assert threshold.passed, "порча не должна мешать программе подняться: такую заметит кто угодно"
    assert not judged.passed


@pytest.mark.parametrize("kind", PROGRAMS)
def test_every_property_catches_something(kind: str) -> None:
    caught = {mutation.property for mutation in MUTATIONS[kind]}
    _, *rest = (one.id for one in KINDS[kind].properties)
    assert caught == set(rest) - UNCAUGHT.get(kind, set())
