"""Sending errands: one message each, with names in it and nothing else. Whoever only sends needs no actors."""

from __future__ import annotations

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerError
from pika.exceptions import AMQPError
from redis.exceptions import RedisError

from pipeline.errors import Interrupted
from workers.model import Errand, all_queues, queue_name

#: What the clients of brokers let out when there is nobody to talk to. dramatiq makes pika's errors its own when it
#: sends, not when it counts.
_AWAY = (BrokerError, AMQPError, RedisError, OSError)


class Post:
    """Sends errands, and looks how many wait."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        """Send through *broker*, on which every queue is declared here."""
        self._broker = broker
        for lane, urgency in all_queues():
            broker.declare_queue(queue_name(lane, urgency))

    def send(self, errand: Errand) -> None:
        """Send one; with RabbitMQ, return when it is written down there (publisher confirms).

        Raises:
            Interrupted: ``queue-unreachable``.
        """
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=errand.queue,
            actor_name=errand.queue,
            args=(errand.deposit, errand.number),
            kwargs={},
            options={},
        )
        try:
            self._broker.enqueue(message)
        except _AWAY as error:
            raise Interrupted("queue-unreachable") from error

    def standing(self, queue: str) -> int:
        """Return how many messages stand in a queue; those that a worker holds are not counted.

        Raises:
            Interrupted: ``queue-unreachable``.
        """
        try:
            return _standing(self._broker, queue)
        except _AWAY as error:
            raise Interrupted("queue-unreachable") from error


def _standing(broker: dramatiq.Broker, queue: str) -> int:
    match broker:
        case RabbitmqBroker():
            try:
                return int(broker.get_queue_message_counts(queue)[0])
            except AMQPError:
                del broker.connection  # or this thread would go on with the lost one
                raise
        case RedisBroker():
            return int(broker.client.llen(f"{broker.namespace}:{queue}"))
        case StubBroker():
            return int(broker.queues[queue].qsize())
        case _:
            raise TypeError(f"no broker of ours: {type(broker).__name__}")
