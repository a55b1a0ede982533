"""Двенадцать задач практики, по порядку."""

from netlab.flags.task import Task
from netlab.flags.tasks import (
    by_hand,
    crlf,
    glued,
    half_close,
    keep_alive,
    length_prefix,
    own_server,
    partial_send,
    pieces,
    record,
    silence,
    terminator,
)

TASKS: tuple[Task, ...] = (
    by_hand.TASK,
    crlf.TASK,
    pieces.TASK,
    glued.TASK,
    terminator.TASK,
    length_prefix.TASK,
    record.TASK,
    half_close.TASK,
    partial_send.TASK,
    silence.TASK,
    keep_alive.TASK,
    own_server.TASK,
)
"""Задача с номером n стоит здесь под номером n − 1."""
