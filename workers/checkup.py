"""What ``sohoa doctor`` examines of the queue and the inboxes, beside what `pipeline.doctor` does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from pipeline.doctor import State, Try
from pipeline.messages import say
from pipeline.settings import Settings
from workers.broker import make_broker
from workers.model import all_queues, queue_name
from workers.plant import inbox_at
from workers.sending import Post

#: What Redis must do when its memory is full: refuse, and throw no message away.
_KEEPS = "noeviction"


def tries(settings: Settings) -> Sequence[Try]:
    """Return what is to be tried, as the settings have it: nothing where there is neither queue nor inbox."""
    queue: list[Try] = [("queue", partial(_queue, settings))] if settings.queue else []
    return [*queue, *(("inbox", partial(_inbox, settings, address)) for address in settings.inbox)]


def _queue(settings: Settings) -> tuple[State, str]:
    broker = make_broker(settings.queue, settings.queue_password_file)
    try:
        post = Post(broker)
        standing = sum(post.standing(queue_name(lane, urgency)) for lane, urgency in all_queues())
        return _kept(broker, standing)
    finally:
        with suppress(Exception):  # it may never have been open
            broker.close()


def _kept(broker: dramatiq.Broker, standing: int) -> tuple[State, str]:
    """Say how the server treats messages, as far as it tells."""
    if not isinstance(broker, RedisBroker):
        # Over AMQP nobody is told of `consumer_timeout`; it stands in the configuration of the server alone.
        return "works", say("doctor.queue-rabbit", standing=standing)
    policy = str(broker.client.info("memory").get("maxmemory_policy", _KEEPS))
    if policy != _KEEPS:
        return "warns", say("doctor.queue-evicts", policy=policy)
    return "works", say("doctor.queue-redis", standing=standing)


def _inbox(settings: Settings, address: str) -> tuple[State, str]:
    return "works", say("doctor.inbox-proved", inbox=address, count=inbox_at(settings, address).prove())
