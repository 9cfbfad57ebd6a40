"""librdkafka, by confluent-kafka for Python. See story.mjs for what a program says and asks."""

import logging
import os
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions as GroupPartitions
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from telling import ask, same, tell, with_kills

SERVERS = os.environ["BOOTSTRAP_SERVERS"]
PATIENCE_S = 60
logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
LOG = logging.getLogger("librdkafka")


def base(**options):
    return {"bootstrap.servers": SERVERS, "logger": LOG, "log_level": 6, **{k.replace("_", "."): v for k, v in options.items()}}


ADMIN = AdminClient(base())


def done(futures):
    return {key: future.result(30) for key, future in futures.items()}


def create(topic, partitions):
    done(ADMIN.create_topics([NewTopic(topic, partitions, 3)]))


def producer(**options):
    return Producer(base(**options))


def consumer(**options):
    return Consumer(base(**{"group_id": "nobody", "auto_offset_reset": "earliest", **options}))


class Told:
    """Whether each record was delivered."""

    def __init__(self):
        self.delivered = 0
        self.errors = []

    def __call__(self, error, _message):
        if error is None:
            self.delivered += 1
        else:
            self.errors.append(error)


def put(to, told, topic, **record):
    while True:
        try:
            to.produce(topic, on_delivery=told, **record)
            return to.poll(0)
        except BufferError:
            to.poll(0.1)


def send(to, topic, count, first=0):
    told = Told()
    for index in range(first, first + count):
        put(to, told, topic, key=f"key {index}", value=f"value {index}")
    same(to.flush(PATIENCE_S), 0)
    same((told.delivered, told.errors), (count, []))


def parts(topic, count, offset=confluent_kafka.OFFSET_BEGINNING):
    return [TopicPartition(topic, index, offset) for index in range(count)]


def polled(one, read, timeout=0.05):
    message = one.poll(timeout)
    if message is None:
        return
    if message.error() is not None:
        raise KafkaException(message.error())
    read.append(message)


def until(consumers, read, is_so):
    give_up_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at, f"waited in vain, with {len(read)} records"
        for one in consumers:
            polled(one, read, 0.02)


def take(one, count):
    read = []
    until([one], read, lambda: len(read) >= count)
    return read


def values(read):
    return {message.value().decode() for message in read}


def complete(read, count):
    same(values(read), {f"value {index}" for index in range(count)})
    same(len(read), count)


def reads_all(topic, partitions, count):
    one = consumer()
    one.assign(parts(topic, partitions))
    complete(take(one, count), count)
    one.close()


def topics():
    create("topics", 3)
    described = ADMIN.list_topics(timeout=10).topics["topics"]
    same(len(described.partitions), 3)
    same(len(described.partitions[0].isrs), 3)
    try:
        create("topics", 3)
        raise AssertionError("the topic was created twice")
    except KafkaException as error:
        same(error.args[0].name(), "TOPIC_ALREADY_EXISTS")
    done(ADMIN.delete_topics(["topics"]))
    assert "topics" not in ADMIN.list_topics(timeout=10).topics, "the topic is still there"


def partitions():
    create("partitions", 3)
    done(ADMIN.create_partitions([NewPartitions("partitions", 5)]))
    same(len(ADMIN.list_topics(timeout=10).topics["partitions"].partitions), 5)


def acks():
    for word in ["0", "1", "all"]:
        topic = "acks-" + word
        create(topic, 2)
        send(producer(acks=word), topic, 100)
        reads_all(topic, 2, 100)
        ask(f"check {topic} 100")


def codec(name):
    topic = "codec-" + name
    create(topic, 2)
    send(producer(compression_type=name, linger_ms=20), topic, 2000)
    reads_all(topic, 2, 2000)
    ask(f"check {topic} 2000")
    create("from-odradek-" + name, 2)
    ask(f"write from-odradek-{name} 2000 {name}")
    reads_all("from-odradek-" + name, 2, 2000)


def records():
    create("records", 1)
    told = Told()
    to = producer(linger_ms=20)
    put(to, told, "records", partition=0, key="a tombstone", value=None, timestamp=1_600_000_000_000)
    headers = [("name", b"one"), ("name", b"two"), ("empty", b"")]
    put(to, told, "records", partition=0, value="no key", timestamp=1_600_000_001_000, headers=headers)
    put(to, told, "records", partition=0, key="é", value="ü", timestamp=1_600_000_002_000, headers=[("null", None)])
    to.flush()
    same((told.delivered, told.errors), (3, []))
    ask("check-records records")
    create("records-of-odradek", 1)
    ask("write-records records-of-odradek")
    one = consumer()
    one.assign(parts("records-of-odradek", 1))
    read = [(m.timestamp()[1], m.key(), m.value(), m.headers()) for m in take(one, 3)]
    one.close()
    same(read[0], (1_600_000_000_000, b"a tombstone", None, None))
    same(read[1], (1_600_000_001_000, None, b"no key", headers))
    same(read[2], (1_600_000_002_000, "é".encode(), "ü".encode(), [("null", None)]))


def large():
    create("large", 1)
    told = Told()
    to = producer(message_max_bytes=5_000_000)
    put(to, told, "large", value="x" * 900_000)
    to.flush()
    put(to, told, "large", value="x" * 2_000_000)
    to.flush()
    same([error.name() for error in told.errors], ["MSG_SIZE_TOO_LARGE"])
    put(to, told, "large", value="x" * 900_000)
    to.flush()
    same(told.delivered, 2)
    one = consumer()
    one.assign(parts("large", 1))
    same([len(message.value()) for message in take(one, 2)], [900_000, 900_000])
    one.close()


def seek():
    create("seek", 1)
    told = Told()
    to = producer()
    for index in range(100):
        put(to, told, "seek", partition=0, value=f"value {index}", timestamp=1_700_000_000_000 + index * 1000)
    to.flush()
    one = consumer()
    one.assign(parts("seek", 1))
    complete(take(one, 100), 100)
    one.seek(TopicPartition("seek", 0, 40))
    same(take(one, 60)[0].offset(), 40)
    one.seek(TopicPartition("seek", 0, confluent_kafka.OFFSET_BEGINNING))
    same(take(one, 100)[0].offset(), 0)
    same(one.get_watermark_offsets(TopicPartition("seek", 0), timeout=10), (0, 100))
    same(one.offsets_for_times([TopicPartition("seek", 0, 1_700_000_025_500)], timeout=10)[0].offset, 26)
    same(one.offsets_for_times([TopicPartition("seek", 0, 1_800_000_000_000)], timeout=10)[0].offset, -1)
    # Out of range: the reset policy.
    one.seek(TopicPartition("seek", 0, 5000))
    same(take(one, 100)[0].offset(), 0)
    one.close()


def pause():
    create("pause", 2)
    send(producer(), "pause", 200)
    one = consumer()
    one.assign(parts("pause", 2))
    one.pause(parts("pause", 1))
    of1 = one.get_watermark_offsets(TopicPartition("pause", 1), timeout=10)[1]
    same({message.partition() for message in take(one, of1)}, {1})
    for _ in range(5):
        same(one.poll(0.05), None)
    one.resume(parts("pause", 1))
    same({message.partition() for message in take(one, 200 - of1)}, {0})
    one.close()


def committed(one, topic, count):
    return sum(part.offset for part in one.committed(parts(topic, count), timeout=30) if part.offset > 0)


def group(name, strategy):
    create(name, 4)
    send(producer(), name, 400)
    options = {
        "group_id": name,
        "partition_assignment_strategy": strategy,
        "heartbeat_interval_ms": 500,
        "enable_auto_commit": True,
    }
    read, lost = [], []
    first = consumer(**options)
    first.subscribe([name], on_lost=lambda _one, taken: lost.append(taken))
    until([first], read, lambda: len(first.assignment()) == 4)
    second = consumer(**options)
    second.subscribe([name], on_lost=lambda _one, taken: lost.append(taken))
    until([first, second], read, lambda: len(first.assignment()) == len(second.assignment()) == 2)
    until([first, second], read, lambda: len(values(read)) == 400)
    second.close()
    until([first], read, lambda: len(first.assignment()) == 4)
    first.close()
    same(committed(consumer(group_id=name), name, 4), 400)
    same((len(read), lost), (400, []))


def static_member():
    create("static", 4)
    send(producer(), "static", 100)
    options = {"group_id": "static", "heartbeat_interval_ms": 500}
    read, assigned = [], []
    first = consumer(**options, group_instance_id="one")
    first.subscribe(["static"], on_assign=lambda _one, given: assigned.append(given))
    second = consumer(**options, group_instance_id="two")
    second.subscribe(["static"])
    until([first, second], read, lambda: len(first.assignment()) == len(second.assignment()) == 2)
    until([first, second], read, lambda: len(values(read)) == 100)
    before, had = len(assigned), second.assignment()
    second.close()
    again = consumer(**options, group_instance_id="two")
    again.subscribe(["static"])
    until([first, again], read, lambda: again.assignment() == had)
    same(len(assigned), before)
    # Whoever takes the place of a member that is there fences it.
    twin = consumer(**options, group_instance_id="two")
    twin.subscribe(["static"])
    until([first, twin], read, lambda: twin.assignment() == had)
    try:
        until([again], read, lambda: False)
        raise AssertionError("nobody was fenced")
    except KafkaException as error:
        same(error.args[0].name(), "_FATAL")
    for one in (first, twin, again):
        one.close()


def commit():
    create("commit", 1)
    send(producer(), "commit", 100)
    options = {"group_id": "commit", "enable_auto_commit": False}
    one = consumer(**options)
    one.subscribe(["commit"])
    take(one, 30)
    one.commit(offsets=[TopicPartition("commit", 0, 25, "told", 0)], asynchronous=False)
    found = one.committed([TopicPartition("commit", 0)], timeout=10)[0]
    same((found.offset, found.metadata, found.leader_epoch), (25, "told", 0))
    one.commit(offsets=[TopicPartition("commit", 0, 20)], asynchronous=False)
    one.close()
    one = consumer(**options)
    one.subscribe(["commit"])
    same(take(one, 80)[0].offset(), 20)
    one.close()


def idempotent():
    create("idempotent", 2)
    send(producer(enable_idempotence=True, batch_num_messages=20), "idempotent", 3000)
    ask("check idempotent 3000")


def leader_failover():
    create("leader", 1)
    told, read = Told(), []
    to = producer(enable_idempotence=True, batch_num_messages=10)
    one = consumer()
    one.assign(parts("leader", 1))
    for index in range(3000):
        put(to, told, "leader", key=f"key {index}", value=f"value {index}")
        if index % 100 == 0:
            polled(one, read, 0.005)
        if index == 1000:
            ask("kill leader leader")
    same(to.flush(PATIENCE_S), 0)
    same((told.delivered, told.errors), (3000, []))
    until([one], read, lambda: len(values(read)) == 3000)
    complete(read, 3000)
    one.close()
    ask("check leader 3000")


def coordinator_failover():
    create("coordinator", 2)
    to, read = producer(), []
    one = consumer(group_id="coordinator", heartbeat_interval_ms=500, enable_auto_commit=False)
    one.subscribe(["coordinator"])
    send(to, "coordinator", 500)
    until([one], read, lambda: len(read) >= 500)
    one.commit(asynchronous=False)
    ask("kill coordinator coordinator")
    send(to, "coordinator", 500, first=500)
    until([one], read, lambda: len(values(read)) >= 1000)
    one.commit(asynchronous=False)
    complete(read, 1000)
    same(committed(one, "coordinator", 2), 1000)
    one.close()


def groups():
    create("groups", 2)
    send(producer(), "groups", 10)
    one = consumer(group_id="groups", client_id="somebody")
    one.subscribe(["groups"])
    take(one, 10)
    listed = ADMIN.list_consumer_groups().result(30)
    same(listed.errors, [])
    assert "groups" in [group.group_id for group in listed.valid], "the group is not listed"
    described = done(ADMIN.describe_consumer_groups(["groups"]))["groups"]
    same((described.state.name, len(described.members)), ("STABLE", 1))
    member = described.members[0]
    same((member.client_id, member.host), ("somebody", "/127.0.0.1"))
    same(len(member.assignment.topic_partitions), 2)
    one.commit(asynchronous=False)
    one.close()
    asked = GroupPartitions("groups")
    stands = done(ADMIN.list_consumer_group_offsets([asked]))["groups"].topic_partitions
    same(sum(part.offset for part in stands), 10)
    moved = GroupPartitions("groups", [TopicPartition("groups", 0, 1)])
    done(ADMIN.alter_consumer_group_offsets([moved]))
    stands = done(ADMIN.list_consumer_group_offsets([asked]))["groups"].topic_partitions
    same([part.offset for part in stands if part.partition == 0], [1])
    done(ADMIN.delete_consumer_groups(["groups"]))
    listed = ADMIN.list_consumer_groups().result(30)
    assert "groups" not in [group.group_id for group in listed.valid], "the group is still listed"


def configs():
    create("configs", 1)
    topic = ConfigResource(ResourceType.TOPIC, "configs")
    same(done(ADMIN.describe_configs([topic]))[topic]["cleanup.policy"].value, "delete")
    entry = ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.SET)
    done(ADMIN.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "configs", incremental_configs=[entry])]))
    same(done(ADMIN.describe_configs([topic]))[topic]["cleanup.policy"].value, "compact")
    broker = ConfigResource(ResourceType.BROKER, "1")
    same(done(ADMIN.describe_configs([broker]))[broker]["min.insync.replicas"].value, "2")


def delete_records():
    create("delete-records", 1)
    send(producer(), "delete-records", 100)
    deleted = done(ADMIN.delete_records([TopicPartition("delete-records", 0, 40)]))
    same([result.low_watermark for result in deleted.values()], [40])
    one = consumer()
    one.assign(parts("delete-records", 1))
    same(take(one, 60)[0].offset(), 40)
    one.close()


def cluster():
    described = ADMIN.describe_cluster().result(30)
    same({f"{node.host}:{node.port}" for node in described.nodes}, set(SERVERS.split(",")))
    assert described.controller is not None, "no controller"
    assert described.cluster_id, "no id of the cluster"


def secure():
    def options(password, **more):
        return base(
            bootstrap_servers=os.environ["SECURE_SERVERS"],
            security_protocol="SASL_SSL",
            ssl_ca_location=os.environ["SECURE_CA"],
            sasl_mechanisms="PLAIN",
            sasl_username=os.environ["SECURE_USER"],
            sasl_password=password,
            **more,
        )

    sender = Producer(options(os.environ["SECURE_PASSWORD"]))
    told = Told()
    for index in range(100):
        put(sender, told, "secure", value=str(index))
    same(sender.flush(30), 0)
    same((told.delivered, told.errors), (100, []))
    errors = []
    stranger = Producer({**options("wrong"), "error_cb": errors.append})
    give_up = time.time() + PATIENCE_S
    while not any(error.code() == KafkaError._AUTHENTICATION for error in errors):
        assert time.time() < give_up, f"a wrong password is answered {errors}"
        stranger.poll(0.1)


STEPS = {
    "topics": topics,
    "partitions": partitions,
    "acks": acks,
    **{f"codec-{name}": (lambda name=name: codec(name)) for name in ["none", "gzip", "snappy", "lz4", "zstd"]},
    "records": records,
    "large": large,
    "seek": seek,
    "pause": pause,
    "group": lambda: group("group", "range"),
    "cooperative": lambda: group("cooperative", "cooperative-sticky"),
    "static": static_member,
    "commit": commit,
    "idempotent": idempotent,
    "leader-failover": lambda: with_kills(leader_failover),
    "coordinator-failover": lambda: with_kills(coordinator_failover),
    "groups": groups,
    "configs": configs,
    "delete-records": delete_records,
    "cluster": cluster,
    "secure": secure,
}

tell(f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})", STEPS)
