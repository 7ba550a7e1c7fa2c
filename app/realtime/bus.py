"""Telling every process that something is in the store now: ids travel, never the thing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Protocol

from app.errors import without_message

log = logging.getLogger(__name__)

Ids = Mapping[str, int | str]
Subscriber = Callable[[Ids | None], None]


class Bus(Protocol):
    """Publish and subscribe by channel.

    A subscriber gets the ids that were published, or None after an outage, when anything may have been missed:
    it then reads the store from where it stood. It runs on a thread that others wait for: it must be quick.
    """

    def publish(self, channel: str, ids: Ids) -> None:
        """Tell the subscribers of the channel, in every process. After the commit, never before."""

    def subscribe(self, channel: str, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber from now on; returns what ends it."""

    def close(self) -> None:
        """Stop; publishing goes nowhere from here on."""


class LocalBus:
    """The bus of one process: subscribers run in the publisher's thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._subscribers: dict[str, tuple[Subscriber, ...]] = {}

    def publish(self, channel: str, ids: Ids) -> None:
        """Call each subscriber of the channel; one that fails is logged and holds up no other."""
        for subscriber in self._subscribers.get(channel, ()):
            self._call(subscriber, ids)

    def subscribe(self, channel: str, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber from now on; returns what ends it."""
        with self._lock:
            self._subscribers[channel] = (*self._subscribers.get(channel, ()), subscriber)

        def unsubscribe() -> None:
            with self._lock:
                left = list(self._subscribers.get(channel, ()))
                if subscriber in left:
                    left.remove(subscriber)
                if left:
                    self._subscribers[channel] = tuple(left)
                else:
                    self._subscribers.pop(channel, None)

        return unsubscribe

    def resync(self) -> None:
        """Tell every subscriber that it may have missed something."""
        with self._lock:
            everyone = [subscriber for channel in self._subscribers.values() for subscriber in channel]
        for subscriber in everyone:
            self._call(subscriber, None)

    def close(self) -> None:
        """Forget all subscribers."""
        with self._lock:
            self._subscribers.clear()

    @staticmethod
    def _call(subscriber: Subscriber, ids: Ids | None) -> None:
        try:
            subscriber(ids)
        # A subscriber is any widget's code; the next one must still hear.
        except Exception as error:
            log.error("A subscriber of the bus failed", exc_info=without_message(error))
