"""Counters of how often a network, a site or a token does something, in the memory of the process."""

from __future__ import annotations

import ipaddress
import threading
from array import array
from bisect import bisect_right
from time import monotonic


def network_of(address: str) -> str:
    """Return the network that shares a fate with an address: /24 for IPv4, /64 for IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, ipaddress.IPv4Address):
        return f"{str(ip).rpartition('.')[0]}.0/24"
    return str(ipaddress.ip_network((ip, 64), strict=False))


SOONEST_S = 5


class SlidingCounter:
    """Counts events a key within a moving window; forgets keys that are quiet.

    A library would bring five distributions into a core that is capped at 45 (docs/decisions/0002-libraries.md).
    """

    def __init__(self, max_keys: int = 50_000, longest: int = 1000) -> None:
        self._longest = longest
        # Arrays: most networks are seen once, and a deque takes ten times as much for one number.
        self._events: dict[str, array[float]] = {}
        self._lock = threading.Lock()
        self._max_keys = max_keys

    def hit(self, key: str, window_s: float) -> int:
        """Count one event now, and return how many the window holds with it."""
        with self._lock:
            moment = monotonic()
            events = self._events.get(key)
            if events is None:
                events = self._events[key] = array("d")
            self._forget(events, moment, window_s)
            if len(events) == self._longest:
                del events[0]
            events.append(moment)
            if len(self._events) > self._max_keys:
                self._drop_oldest()
            return len(events)

    def wait_s(self, key: str, window_s: float, most: int) -> int:
        """Count one event where the window has room for it and return 0; else the seconds until it has.

        What is refused counts for nothing: many behind one address who try again would keep each other out for good.
        """
        with self._lock:
            moment = monotonic()
            events = self._events.get(key)
            if events is not None:
                self._forget(events, moment, window_s)
                if len(events) >= most:
                    # Room for one is soon taken by another of so many: nobody comes back at once.
                    return max(SOONEST_S, int(events[-most] + window_s - moment) + 1)
        self.hit(key, window_s)
        return 0

    def count(self, key: str, window_s: float) -> int:
        with self._lock:
            events = self._events.get(key)
            if events is None:
                return 0
            self._forget(events, monotonic(), window_s)
            return len(events)

    def age(self, key: str) -> float:
        """Return the seconds since the last event of a key; infinite where there was none."""
        with self._lock:
            events = self._events.get(key)
            return monotonic() - events[-1] if events else float("inf")

    @staticmethod
    def _forget(events: array[float], moment: float, window_s: float) -> None:
        if events and events[0] <= moment - window_s:
            del events[: bisect_right(events, moment - window_s)]

    def _drop_oldest(self) -> None:
        # A flood of addresses must not become a flood of memory.
        by_age = sorted(self._events, key=lambda key: self._events[key][-1] if self._events[key] else 0.0)
        for key in by_age[: len(by_age) // 10 + 1]:
            del self._events[key]
