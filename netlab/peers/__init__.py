"""Другая сторона разговора: собеседники и неисправности, по одной в файле."""

from netlab.peers.delay import Delay
from netlab.peers.drip import Drip
from netlab.peers.fault import Fault, FaultAfter
from netlab.peers.half_close import HalfClose
from netlab.peers.rate import Rate
from netlab.peers.reset import Reset
from netlab.peers.stall import Stall
from netlab.peers.truncate import Truncate

__all__ = [
    "Delay",
    "Drip",
    "Fault",
    "FaultAfter",
    "HalfClose",
    "Rate",
    "Reset",
    "Stall",
    "Truncate",
]
