"""Большой файл по HTTP на диск: `netlab fetch -o` и curl."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netlab.bench.big_file import MIB, NAME, BigFile
from netlab.bench.errand import CPU, SECONDS, Errand
from netlab.bench.processes import Server, Unavailable, cores, found
from netlab.bench.record import Column, Row
from netlab.bench.samples import WAITED, Announce, Samples, turns

REFERENCE = "curl"
PEAK = Column("peak", "", "пик памяти, МиБ", "less", 1, compared=False)
COLUMNS = (SECONDS, CPU, PEAK)
NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {files};
    }}
}}
"""

MakeServer = Callable[[Path, Path], Callable[[int], list[str]]]
"""Временная папка и папка с файлами → порт → команда сервера."""


@dataclass(frozen=True)
class Downloader(Row):
    """Программа, которая скачивает файл."""

    command: Callable[[str, Path], list[str]]
    """Адрес и путь → команда; бросает Unavailable, если программы здесь нет."""


def netlab_fetch(url: str, path: Path) -> list[str]:
    """Команда netlab."""
    return [sys.executable, "-m", "netlab", "fetch", "-o", str(path), url]


def curl(url: str, path: Path) -> list[str]:
    """Команда curl: без полосы хода, с ошибкой вместо страницы 404."""
    return [found("curl"), "--silent", "--show-error", "--fail", "-o", str(path), url]


DOWNLOADERS = (
    Downloader("netlab", "netlab fetch", "готовый загрузчик этого сайта", netlab_fetch),
    Downloader(REFERENCE, "curl", "на C", curl),
)


def nginx(folder: Path, files: Path) -> Callable[[int], list[str]]:
    """Сервер nginx: один процесс, sendfile."""

    def command(port: int) -> list[str]:
        program = found("nginx")
        settings = folder / "nginx.conf"
        settings.write_text(NGINX.format(folder=folder, files=files, port=port), encoding="utf-8")
        return [program, "-e", str(folder / "nginx.log"), "-c", str(settings)]

    return command


def measure_download(
    folder: Path,
    big: BigFile,
    rounds: int,
    announce: Announce,
    downloaders: Sequence[Downloader] = DOWNLOADERS,
    make_server: MakeServer = nginx,
) -> Samples:
    """Проводит все раунды."""
    samples = Samples()
    columns = [column.id for column in COLUMNS]
    server_core, core = cores()
    try:
        with Server(make_server(folder, big.path.parent), server_core) as server:
            url = f"http://127.0.0.1:{server.port}/{NAME}"
            for order in turns(downloaders, rounds, announce):
                for one in order:
                    samples.attempt(one.id, columns, partial(download, folder, big, url, one, core))
    except Unavailable as error:
        for one in downloaders:
            samples.excuse(one.id, columns, str(error))
    return samples


def download(
    folder: Path, big: BigFile, url: str, one: Downloader, core: int | None
) -> dict[str, float]:
    """Скачивает файл один раз.

    Raises:
        Unavailable: не вышло.
    """
    with Errand(folder, one.command(url, big.copies / NAME), core) as errand:
        cost = errand.cost()
    if not big.came_whole():
        raise Unavailable("скачал не то")
    return {
        SECONDS.id: cost.seconds,
        CPU.id: cost.cpu,
        PEAK.id: cost.peak / MIB,
        WAITED: cost.disturbance,
    }
