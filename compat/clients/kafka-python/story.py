"""kafka-python, in pure Python. See story.mjs for what a program says and asks."""

import logging
import os
import sys
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import telling
from telling import ask, same, tell

SERVERS = os.environ["BOOTSTRAP_SERVERS"].split(",")
PATIENCE_S = 60
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
ADMIN = KafkaAdminClient(bootstrap_servers=SERVERS)


def create(topic, partitions):
    ADMIN.create_topics([NewTopic(topic, partitions, 3)])


def producer(**options):
    return KafkaProducer(bootstrap_servers=SERVERS, **options)


def consumer(**options):
    return KafkaConsumer(bootstrap_servers=SERVERS, **{"auto_offset_reset": "earliest", **options})


def send(to, topic, count, first=0):
    sent = [
        to.send(topic, key=f"key {index}".encode(), value=f"value {index}".encode())
        for index in range(first, first + count)
    ]
    to.flush(PATIENCE_S)
    for one in sent:
        one.get(PATIENCE_S)


def write(topic, count, first=0, **options):
    to = producer(**options)
    send(to, topic, count, first)
    to.close()


def until(consumers, read, is_so):
    give_up_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_at, f"waited in vain, with {len(read)} records"
        for one in consumers:
            for records in one.poll(timeout_ms=50).values():
                read.extend(records)


def take(one, count):
    read = []
    until([one], read, lambda: len(read) >= count)
    return read


def values(read):
    return {record.value.decode() for record in read}


def complete(read, count):
    same(values(read), {f"value {index}" for index in range(count)})
    same(len(read), count)


def parts(topic, count):
    return [TopicPartition(topic, index) for index in range(count)]


def assigned(topic, partitions, **options):
    one = consumer(**options)
    one.assign(parts(topic, partitions))
    return one


def reads_all(topic, partitions, count):
    one = assigned(topic, partitions)
    complete(take(one, count), count)
    one.close()


def topics():
    create("topics", 3)
    assert "topics" in ADMIN.list_topics()
    try:
        create("topics", 3)
        raise AssertionError("the topic was created twice")
    except TopicAlreadyExistsError:
        pass
    ADMIN.delete_topics(["topics"])
    assert "topics" not in ADMIN.list_topics()


def partitions():
    create("partitions", 3)
    ADMIN.create_partitions({"partitions": 5})
    one = consumer()
    same(len(one.partitions_for_topic("partitions")), 5)
    one.close()


def acks():
    for word in [0, 1, "all"]:
        topic = f"acks-{word}"
        create(topic, 2)
        write(topic, 100, acks=word, enable_idempotence=False)
        reads_all(topic, 2, 100)
        ask(f"check {topic} 100")


def codec(name):
    topic = "codec-" + name
    create(topic, 2)
    write(topic, 2000, compression_type=None if name == "none" else name, linger_ms=20)
    reads_all(topic, 2, 2000)
    ask(f"check {topic} 2000")
    create("from-odradek-" + name, 2)
    ask(f"write from-odradek-{name} 2000 {name}")
    reads_all("from-odradek-" + name, 2, 2000)


def records():
    create("records-of-odradek", 1)
    ask("write-records records-of-odradek")
    one = assigned("records-of-odradek", 1)
    read = [(r.timestamp, r.key, r.value, [tuple(header) for header in r.headers]) for r in take(one, 3)]
    one.close()
    headers = [("name", b"one"), ("name", b"two"), ("empty", b"")]
    same(read[0], (1_600_000_000_000, b"a tombstone", None, []))
    same(read[1], (1_600_000_001_000, None, b"no key", headers))
    same(read[2], (1_600_000_002_000, "é".encode(), "ü".encode(), [("null", None)]))


def large():
    create("large", 1)
    value = b"x" * 900_000
    # An idempotent producer of this client sends nothing more after a refusal.
    to = producer(max_request_size=5_000_000, enable_idempotence=False)
    to.send("large", value).get(PATIENCE_S)
    try:
        to.send("large", b"x" * 2_000_000).get(PATIENCE_S)
        raise AssertionError("a record of 2 MB was taken")
    except MessageSizeTooLargeError:
        pass
    to.send("large", value).get(PATIENCE_S)
    to.close()
    one = assigned("large", 1)
    same([len(record.value) for record in take(one, 2)], [900_000, 900_000])
    one.close()


def seek():
    create("seek", 1)
    to = producer()
    for index in range(100):
        to.send("seek", partition=0, value=f"value {index}".encode(), timestamp_ms=1_700_000_000_000 + index * 1000)
    to.flush()
    part = TopicPartition("seek", 0)
    one = assigned("seek", 1)
    complete(take(one, 100), 100)
    one.seek(part, 40)
    same(take(one, 60)[0].offset, 40)
    one.seek_to_beginning(part)
    same(take(one, 100)[0].offset, 0)
    one.seek_to_end(part)
    same(one.position(part), 100)
    same(one.offsets_for_times({part: 1_700_000_025_500})[part].offset, 26)
    same(one.beginning_offsets([part]), {part: 0})
    same(one.end_offsets([part]), {part: 100})
    # Out of range: the reset policy.
    one.seek(part, 5000)
    same(take(one, 100)[0].offset, 0)
    one.close()


def pause():
    create("pause", 2)
    write("pause", 200)
    first, second = parts("pause", 2)
    one = assigned("pause", 2)
    one.pause(first)
    of1 = one.end_offsets([second])[second]
    same({record.partition for record in take(one, of1)}, {1})
    for _ in range(5):
        same(one.poll(timeout_ms=50), {})
    one.resume(first)
    same({record.partition for record in take(one, 200 - of1)}, {0})
    one.close()


def group():
    create("group", 4)
    write("group", 400)
    options = {"group_id": "group", "heartbeat_interval_ms": 500}
    read = []
    first = consumer(**options)
    first.subscribe(["group"])
    until([first], read, lambda: len(first.assignment()) == 4)
    second = consumer(**options)
    second.subscribe(["group"])
    until([first, second], read, lambda: len(first.assignment()) == len(second.assignment()) == 2)
    write("group", 400, first=400)
    until([first, second], read, lambda: len(values(read)) == 800)
    second.close()
    until([first], read, lambda: len(first.assignment()) == 4)
    first.close()
    same(committed("group", "group", 4), 800)
    same(len(read), 800)


def committed(group_id, topic, count):
    one = consumer(group_id=group_id)
    found = sum(one.committed(part) or 0 for part in parts(topic, count))
    one.close()
    return found


def commit():
    create("commit", 1)
    write("commit", 100)
    part = TopicPartition("commit", 0)
    options = {"group_id": "commit", "enable_auto_commit": False}
    one = consumer(**options)
    one.subscribe(["commit"])
    take(one, 100)
    one.commit({part: OffsetAndMetadata(20, "told", 0)})
    found = one.committed(part, metadata=True)
    same((found.offset, found.metadata, found.leader_epoch), (20, "told", 0))
    one.close()
    one = consumer(**options)
    one.subscribe(["commit"])
    same(take(one, 80)[0].offset, 20)
    one.close()


def idempotent():
    create("idempotent", 2)
    write("idempotent", 3000, enable_idempotence=True, batch_size=1000)
    ask("check idempotent 3000")


def leader_failover():
    create("leader", 1)
    read = []
    to = producer(batch_size=500, request_timeout_ms=10_000, metadata_max_age_ms=5_000)
    one = assigned("leader", 1)
    sent = []
    for index in range(2000):
        sent.append(to.send("leader", key=f"key {index}".encode(), value=f"value {index}".encode()))
        if index == 700:
            ask("kill leader leader")
    to.flush(PATIENCE_S)
    for future in sent:
        future.get(PATIENCE_S)
    until([one], read, lambda: len(values(read)) == 2000)
    complete(read, 2000)
    one.close()
    ask("check leader 2000")


def coordinator_failover():
    create("coordinator", 2)
    read = []
    one = consumer(group_id="coordinator", heartbeat_interval_ms=500, enable_auto_commit=False)
    one.subscribe(["coordinator"])
    write("coordinator", 500)
    until([one], read, lambda: len(read) >= 500)
    one.commit()
    ask("kill coordinator coordinator")
    write("coordinator", 500, first=500)
    until([one], read, lambda: len(values(read)) >= 1000)
    one.commit()
    complete(read, 1000)
    one.close()
    same(committed("coordinator", "coordinator", 2), 1000)


def groups():
    create("groups", 2)
    write("groups", 10)
    one = consumer(group_id="groups", client_id="somebody")
    one.subscribe(["groups"])
    take(one, 10)
    assert "groups" in str(ADMIN.list_groups()), "the group is not listed"
    described = str(ADMIN.describe_groups(["groups"]))
    for word in ["Stable", "somebody", "/127.0.0.1"]:
        assert word.lower() in described.lower(), f"{word} is not in {described}"
    one.commit()
    one.close()
    same(committed("groups", "groups", 2), 10)
    ADMIN.delete_groups(["groups"])
    assert "'groups'" not in str(ADMIN.list_groups()), "the group is still listed"


def cluster():
    described = ADMIN.describe_cluster()
    same({f"{broker['host']}:{broker['port']}" for broker in described["brokers"]}, set(SERVERS))


def with_kills(step):
    """As that of telling.py, for a client with an admin that must be made again."""
    try:
        telling.with_kills(step)
    finally:
        # This client goes on asking the controller that it knew, also where it is not among the brokers.
        global ADMIN
        ADMIN = KafkaAdminClient(bootstrap_servers=SERVERS)


STEPS = {
    "topics": topics,
    "partitions": partitions,
    "acks": acks,
    **{f"codec-{name}": (lambda name=name: codec(name)) for name in ["none", "gzip"]},
    "records": records,
    "large": large,
    "seek": seek,
    "pause": pause,
    "group": group,
    "commit": commit,
    "idempotent": idempotent,
    "leader-failover": lambda: with_kills(leader_failover),
    "coordinator-failover": lambda: with_kills(coordinator_failover),
    "groups": groups,
    "cluster": cluster,
}

tell(kafka.__version__, STEPS)
