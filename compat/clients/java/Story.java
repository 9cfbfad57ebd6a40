// Kafka's own Java client. See story.mjs for what a program says and asks.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

public class Story {
    interface Step { void run() throws Exception; }

    static final String SERVERS = System.getenv("BOOTSTRAP_SERVERS");
    static final BufferedReader ANSWERS = new BufferedReader(new InputStreamReader(System.in));
    static final long PATIENCE_MS = 60_000;
    static Set<String> wanted;
    static Admin admin;

    public static void main(String[] args) throws Exception {
        wanted = Set.of(args);
        System.out.println("version " + AppInfoParser.getVersion());
        admin = Admin.create(base());
        step("topics", Story::topics);
        step("partitions", Story::morePartitions);
        step("acks", Story::acks);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            step("codec-" + codec, () -> codec(codec));
        step("records", Story::records);
        step("large", Story::large);
        step("seek", Story::seek);
        step("pause", Story::pause);
        step("group", () -> group("group", "org.apache.kafka.clients.consumer.RangeAssignor"));
        step("cooperative", () -> group("cooperative", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
        step("static", Story::staticMember);
        step("commit", Story::commit);
        step("idempotent", Story::idempotent);
        step("leader-failover", () -> withKills(Story::leaderFailover));
        step("coordinator-failover", () -> withKills(Story::coordinatorFailover));
        step("recreated", Story::recreated);
        step("paused", () -> withKills(Story::pausedBroker));
        step("many", Story::manyPartitions);
        step("append-time", Story::appendTime);
        step("compacted", Story::compacted);
        step("found-later", Story::foundLater);
        step("groups", Story::groups);
        step("configs", Story::configs);
        step("delete-records", Story::deleteRecords);
        step("cluster", Story::cluster);
        step("secure", Story::secure);
        admin.close();
        System.exit(0);
    }

    static void step(String name, Step step) {
        if (!wanted.isEmpty() && !wanted.contains(name)) return;
        System.err.println("==== " + name);
        try {
            step.run();
            System.out.println("ok " + name);
        } catch (Throwable error) {
            error.printStackTrace();
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            System.out.println("failed " + name + " " + String.valueOf(cause).replace('\n', ' '));
        }
    }

    /** Has what the step has killed started again, however the step ends. */
    static void withKills(Step step) throws Exception {
        try {
            step.run();
        } finally {
            ask("restart");
        }
    }

    static void ask(String words) throws Exception {
        System.out.println("ask " + words);
        String answer = ANSWERS.readLine();
        check("ok".equals(answer), words + ": " + answer);
    }

    static void check(boolean isSo, String otherwise) {
        if (!isSo) throw new AssertionError(otherwise);
    }

    static void same(Object found, Object expected) {
        check(Objects.equals(found, expected), "found " + found + " instead of " + expected);
    }

    static Properties base() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", SERVERS);
        return properties;
    }

    static Properties with(Object... pairs) {
        Properties properties = base();
        for (int index = 0; index < pairs.length; index += 2) properties.put((String) pairs[index], pairs[index + 1]);
        return properties;
    }

    static void create(String topic, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 3))).all().get();
    }

    static KafkaProducer<String, String> producer(Object... options) {
        return new KafkaProducer<>(with(options), new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(Object... options) {
        Properties properties = with("auto.offset.reset", "earliest");
        properties.putAll(with(options));
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    static void send(KafkaProducer<String, String> producer, String topic, int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int index = 0; index < count; index++)
            sent.add(producer.send(new ProducerRecord<>(topic, "key " + index, "value " + index)));
        for (Future<RecordMetadata> one : sent) one.get();
    }

    static void write(String topic, int count) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            send(producer, topic, count);
        }
    }

    static List<TopicPartition> partitions(String topic, int count) {
        List<TopicPartition> all = new ArrayList<>();
        for (int index = 0; index < count; index++) all.add(new TopicPartition(topic, index));
        return all;
    }

    /** Polls until it is so. */
    static void poll(KafkaConsumer<String, String> consumer, List<ConsumerRecord<String, String>> into, BooleanSupplier isSo) {
        long giveUpAt = System.currentTimeMillis() + PATIENCE_MS;
        while (!isSo.getAsBoolean()) {
            check(System.currentTimeMillis() < giveUpAt, "waited in vain, with " + into.size() + " records");
            consumer.poll(Duration.ofMillis(50)).forEach(into::add);
        }
    }

    static List<ConsumerRecord<String, String>> take(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> taken = new ArrayList<>();
        poll(consumer, taken, () -> taken.size() >= count);
        return taken;
    }

    static void readsAll(String topic, int partitions, int count) {
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(partitions(topic, partitions));
            complete(take(consumer, count), count);
        }
    }

    static void complete(List<ConsumerRecord<String, String>> records, int count) {
        Set<String> values = new HashSet<>();
        for (ConsumerRecord<String, String> record : records) values.add(record.value());
        for (int index = 0; index < count; index++)
            check(values.contains("value " + index), "value " + index + " is missing");
        same(records.size(), count);
    }

    static void topics() throws Exception {
        create("topics", 3);
        check(admin.listTopics().names().get().contains("topics"), "the topic is not listed");
        var described = admin.describeTopics(List.of("topics")).allTopicNames().get().get("topics");
        same(described.partitions().size(), 3);
        same(described.partitions().get(0).isr().size(), 3);
        try {
            create("topics", 3);
            check(false, "the topic was created twice");
        } catch (ExecutionException error) {
            same(error.getCause().getClass().getSimpleName(), "TopicExistsException");
        }
        admin.deleteTopics(List.of("topics")).all().get();
        try {
            admin.describeTopics(List.of("topics")).allTopicNames().get();
            check(false, "the topic is still there");
        } catch (ExecutionException error) {
            check(error.getCause() instanceof UnknownTopicOrPartitionException, String.valueOf(error.getCause()));
        }
    }

    static void morePartitions() throws Exception {
        create("partitions", 3);
        admin.createPartitions(Map.of("partitions", NewPartitions.increaseTo(5))).all().get();
        var described = admin.describeTopics(List.of("partitions")).allTopicNames().get().get("partitions");
        same(described.partitions().size(), 5);
    }

    static void acks() throws Exception {
        for (String acks : List.of("0", "1", "all")) {
            create("acks-" + acks, 2);
            try (KafkaProducer<String, String> producer = producer("acks", acks, "enable.idempotence", "false")) {
                send(producer, "acks-" + acks, 100);
                producer.flush();
            }
            readsAll("acks-" + acks, 2, 100);
            ask("check acks-" + acks + " 100");
        }
    }

    static void codec(String codec) throws Exception {
        String topic = "codec-" + codec;
        create(topic, 2);
        try (KafkaProducer<String, String> producer = producer("compression.type", codec, "linger.ms", "20")) {
            send(producer, topic, 2000);
        }
        readsAll(topic, 2, 2000);
        ask("check " + topic + " 2000");
        create("from-odradek-" + codec, 2);
        ask("write from-odradek-" + codec + " 2000 " + codec);
        readsAll("from-odradek-" + codec, 2, 2000);
    }

    static void records() throws Exception {
        create("records", 1);
        try (KafkaProducer<String, String> producer = producer("linger.ms", "20")) {
            Future<?> first = producer.send(new ProducerRecord<>("records", 0, 1_600_000_000_000L, "a tombstone", (String) null));
            producer.send(new ProducerRecord<>("records", 0, 1_600_000_001_000L, null, "no key", List.of(
                new RecordHeader("name", "one".getBytes()), new RecordHeader("name", "two".getBytes()),
                new RecordHeader("empty", new byte[0]))));
            producer.send(new ProducerRecord<>("records", 0, 1_600_000_002_000L, "é", "ü",
                List.of(new RecordHeader("null", (byte[]) null)))).get();
            first.get();
        }
        ask("check-records records");
        create("records-of-odradek", 1);
        ask("write-records records-of-odradek");
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(partitions("records-of-odradek", 1));
            List<ConsumerRecord<String, String>> read = take(consumer, 3);
            same(told(read.get(0)), "1600000000000 a tombstone null");
            same(told(read.get(1)), "1600000001000 null no key name=one name=two empty=");
            same(told(read.get(2)), "1600000002000 é ü null=null");
        }
    }

    static String told(ConsumerRecord<String, String> record) {
        StringBuilder text = new StringBuilder(record.timestamp() + " " + record.key() + " " + record.value());
        for (Header header : record.headers())
            text.append(" " + header.key() + "=" + (header.value() == null ? null : new String(header.value())));
        return text.toString();
    }

    static void large() throws Exception {
        create("large", 1);
        String value = "x".repeat(900_000);
        try (KafkaProducer<String, String> producer = producer("max.request.size", "5000000")) {
            producer.send(new ProducerRecord<>("large", value)).get();
            try {
                producer.send(new ProducerRecord<>("large", "x".repeat(2_000_000))).get();
                check(false, "a record of 2 MB was taken");
            } catch (ExecutionException error) {
                check(error.getCause() instanceof RecordTooLargeException, String.valueOf(error.getCause()));
            }
            producer.send(new ProducerRecord<>("large", value)).get();
        }
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(partitions("large", 1));
            for (ConsumerRecord<String, String> record : take(consumer, 2)) same(record.value(), value);
        }
    }

    static void seek() throws Exception {
        create("seek", 1);
        try (KafkaProducer<String, String> producer = producer()) {
            for (int index = 0; index < 100; index++)
                producer.send(new ProducerRecord<>("seek", 0, 1_700_000_000_000L + index * 1000, null, "value " + index));
        }
        TopicPartition partition = new TopicPartition("seek", 0);
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(partition));
            complete(take(consumer, 100), 100);
            consumer.seek(partition, 40);
            same(take(consumer, 60).get(0).offset(), 40L);
            consumer.seekToBeginning(List.of(partition));
            same(take(consumer, 100).get(0).offset(), 0L);
            consumer.seekToEnd(List.of(partition));
            same(consumer.position(partition), 100L);
            var found = consumer.offsetsForTimes(Map.of(partition, 1_700_000_025_500L)).get(partition);
            same(found.offset(), 26L);
            same(found.timestamp(), 1_700_000_026_000L);
            same(consumer.offsetsForTimes(Map.of(partition, 1_800_000_000_000L)).get(partition), null);
            same(consumer.beginningOffsets(List.of(partition)).get(partition), 0L);
            same(consumer.endOffsets(List.of(partition)).get(partition), 100L);
            // Out of range: the reset policy.
            consumer.seek(partition, 5000);
            same(take(consumer, 100).get(0).offset(), 0L);
        }
    }

    static void pause() throws Exception {
        create("pause", 2);
        write("pause", 200);
        List<TopicPartition> both = partitions("pause", 2);
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(both);
            consumer.pause(List.of(both.get(0)));
            long of1 = consumer.endOffsets(both).get(both.get(1));
            for (ConsumerRecord<String, String> record : take(consumer, (int) of1)) same(record.partition(), 1);
            for (int index = 0; index < 5; index++) same(consumer.poll(Duration.ofMillis(50)).count(), 0);
            consumer.resume(List.of(both.get(0)));
            for (ConsumerRecord<String, String> record : take(consumer, 200 - (int) of1)) same(record.partition(), 0);
        }
    }

    /** Counts what a consumer was given and what was taken from it. */
    static class Rounds implements ConsumerRebalanceListener {
        int assigned;
        int lost;
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) { assigned++; }
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) { }
        public void onPartitionsLost(Collection<TopicPartition> partitions) { lost++; }
    }

    static void group(String name, String assignor) throws Exception {
        create(name, 4);
        write(name, 400);
        Object[] options = {
            "group.id", name, "partition.assignment.strategy", assignor, "heartbeat.interval.ms", "500",
        };
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        Rounds rounds = new Rounds();
        KafkaConsumer<String, String> first = consumer(options);
        first.subscribe(List.of(name), rounds);
        poll(first, read, () -> first.assignment().size() == 4);
        KafkaConsumer<String, String> second = consumer(options);
        second.subscribe(List.of(name), rounds);
        settle(first, second, read, () -> first.assignment().size() == 2 && second.assignment().size() == 2);
        settle(first, second, read, () -> values(read).size() == 400);
        second.close();
        poll(first, read, () -> first.assignment().size() == 4);
        first.close();
        var committed = admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get();
        same(committed.values().stream().mapToLong(OffsetAndMetadata::offset).sum(), 400L);
        same(rounds.lost, 0);
        // Each was read once: whoever took a partition over went on where it was.
        same(read.size(), 400);
    }

    static Set<String> values(List<ConsumerRecord<String, String>> read) {
        Set<String> values = new HashSet<>();
        for (ConsumerRecord<String, String> record : read) values.add(record.value());
        return values;
    }

    static void settle(KafkaConsumer<String, String> first, KafkaConsumer<String, String> second,
        List<ConsumerRecord<String, String>> read, BooleanSupplier isSo) {
        long giveUpAt = System.currentTimeMillis() + PATIENCE_MS;
        while (!isSo.getAsBoolean()) {
            check(System.currentTimeMillis() < giveUpAt, "two members: waited in vain, " + first.assignment() + " and "
                + second.assignment() + ", " + read.size() + " records");
            first.poll(Duration.ofMillis(20)).forEach(read::add);
            second.poll(Duration.ofMillis(20)).forEach(read::add);
        }
    }

    static void staticMember() throws Exception {
        create("static", 4);
        write("static", 100);
        Object[] of1 = {"group.id", "static", "group.instance.id", "one", "heartbeat.interval.ms", "500"};
        Object[] of2 = {"group.id", "static", "group.instance.id", "two", "heartbeat.interval.ms", "500"};
        List<ConsumerRecord<String, String>> read = new ArrayList<>();
        Rounds rounds = new Rounds();
        KafkaConsumer<String, String> first = consumer(of1);
        first.subscribe(List.of("static"), rounds);
        KafkaConsumer<String, String> second = consumer(of2);
        second.subscribe(List.of("static"));
        settle(first, second, read, () -> first.assignment().size() == 2 && second.assignment().size() == 2
            && values(read).size() == 100);
        int before = rounds.assigned;
        Set<TopicPartition> had = new HashSet<>(second.assignment());
        second.close();
        KafkaConsumer<String, String> again = consumer(of2);
        again.subscribe(List.of("static"));
        settle(first, again, read, () -> again.assignment().equals(had));
        same(rounds.assigned, before);
        // Whoever takes the place of a member that is there fences it.
        KafkaConsumer<String, String> twin = consumer(of2);
        twin.subscribe(List.of("static"));
        settle(first, twin, read, () -> twin.assignment().equals(had));
        try {
            long giveUpAt = System.currentTimeMillis() + PATIENCE_MS;
            while (System.currentTimeMillis() < giveUpAt) again.poll(Duration.ofMillis(50));
            check(false, "nobody was fenced");
        } catch (org.apache.kafka.common.errors.FencedInstanceIdException expected) {
            // As it should.
        }
        again.close();
        twin.close();
        first.close();
    }

    static void commit() throws Exception {
        create("commit", 1);
        write("commit", 100);
        TopicPartition partition = new TopicPartition("commit", 0);
        Object[] options = {"group.id", "commit", "enable.auto.commit", "false", "max.poll.records", "10"};
        try (KafkaConsumer<String, String> consumer = consumer(options)) {
            consumer.subscribe(List.of("commit"));
            take(consumer, 30);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(25, Optional.of(0), "told")));
            var committed = consumer.committed(Set.of(partition)).get(partition);
            same(committed.offset(), 25L);
            same(committed.metadata(), "told");
            same(committed.leaderEpoch(), Optional.of(0));
            boolean[] done = {false};
            consumer.commitAsync(Map.of(partition, new OffsetAndMetadata(20)), (offsets, error) -> done[0] = error == null);
            poll(consumer, new ArrayList<>(), () -> done[0]);
        }
        try (KafkaConsumer<String, String> consumer = consumer(options)) {
            consumer.subscribe(List.of("commit"));
            same(take(consumer, 80).get(0).offset(), 20L);
        }
    }

    static void idempotent() throws Exception {
        create("idempotent", 2);
        try (KafkaProducer<String, String> producer = producer("enable.idempotence", "true", "batch.size", "1000")) {
            send(producer, "idempotent", 3000);
        }
        ask("check idempotent 3000");
    }

    static void leaderFailover() throws Exception {
        create("leader", 1);
        try (KafkaProducer<String, String> producer = producer("batch.size", "500", "delivery.timeout.ms", "60000",
                "request.timeout.ms", "10000");
            KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(partitions("leader", 1));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int index = 0; index < 3000; index++) {
                sent.add(producer.send(new ProducerRecord<>("leader", "key " + index, "value " + index)));
                if (index % 100 == 0) consumer.poll(Duration.ofMillis(5)).forEach(read::add);
                if (index == 1000) ask("kill leader leader");
            }
            for (Future<RecordMetadata> one : sent) one.get();
            poll(consumer, read, () -> values(read).size() == 3000);
            complete(read, 3000);
        }
        ask("check leader 3000");
    }

    static void coordinatorFailover() throws Exception {
        create("coordinator", 2);
        try (KafkaConsumer<String, String> consumer = consumer("group.id", "coordinator", "heartbeat.interval.ms", "500",
                "enable.auto.commit", "false");
            KafkaProducer<String, String> producer = producer()) {
            consumer.subscribe(List.of("coordinator"));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            send(producer, "coordinator", 500);
            poll(consumer, read, () -> read.size() >= 500);
            consumer.commitSync();
            ask("kill coordinator coordinator");
            for (int index = 500; index < 1000; index++)
                producer.send(new ProducerRecord<>("coordinator", "key " + index, "value " + index));
            producer.flush();
            poll(consumer, read, () -> values(read).size() >= 1000);
            consumer.commitSync();
            complete(read, 1000);
            same(consumer.committed(new HashSet<>(partitions("coordinator", 2))).values().stream()
                .mapToLong(OffsetAndMetadata::offset).sum(), 1000L);
        }
    }

    /** Whoever wrote to the first topic of a name goes on with the second. */
    static void recreated() throws Exception {
        create("recreated", 1);
        try (KafkaProducer<String, String> producer = producer("metadata.max.age.ms", "1000")) {
            send(producer, "recreated", 50);
            admin.deleteTopics(List.of("recreated")).all().get();
            create("recreated", 1);
            send(producer, "recreated", 100);
        }
        readsAll("recreated", 1, 100);
        ask("check recreated 100");
    }

    /** A broker that answers nothing is given up by its clients, and by the others. */
    static void pausedBroker() throws Exception {
        create("paused", 1);
        try (KafkaProducer<String, String> producer = producer("request.timeout.ms", "3000", "batch.size", "1000");
            KafkaConsumer<String, String> consumer = consumer("request.timeout.ms", "3000")) {
            consumer.assign(partitions("paused", 1));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            send(producer, "paused", 500);
            poll(consumer, read, () -> values(read).size() == 500);
            ask("pause leader paused");
            for (int index = 500; index < 1000; index++)
                producer.send(new ProducerRecord<>("paused", "key " + index, "value " + index));
            ask("resume");
            producer.flush();
            poll(consumer, read, () -> values(read).size() == 1000);
            complete(read, 1000);
        }
        ask("check paused 1000");
    }

    static void manyPartitions() throws Exception {
        create("many", 100);
        write("many", 5000);
        try (KafkaConsumer<String, String> consumer = consumer("max.partition.fetch.bytes", "300", "fetch.max.bytes", "1000",
            "max.poll.records", "50")) {
            consumer.assign(partitions("many", 100));
            List<ConsumerRecord<String, String>> read = take(consumer, 5000);
            complete(read, 5000);
            // Of quiet partitions nothing comes, and of one that is written to it comes at once.
            write("many", 1);
            same(take(consumer, 1).get(0).value(), "value 0");
            consumer.pause(partitions("many", 50));
            consumer.seekToBeginning(partitions("many", 100));
            List<ConsumerRecord<String, String>> others = take(consumer, 1);
            for (ConsumerRecord<String, String> record : others) check(record.partition() >= 50, "a paused partition");
            consumer.resume(partitions("many", 50));
            take(consumer, 5001 - others.size());
        }
    }

    static void appendTime() throws Exception {
        admin.createTopics(List.of(new NewTopic("append-time", 1, (short) 3)
            .configs(Map.of("message.timestamp.type", "LogAppendTime")))).all().get();
        long before = System.currentTimeMillis();
        try (KafkaProducer<String, String> producer = producer("compression.type", "lz4")) {
            RecordMetadata told = producer.send(new ProducerRecord<>("append-time", 0, 1L, "key", "value")).get();
            check(told.timestamp() >= before - 1000, "the producer was told " + told.timestamp());
            try (KafkaConsumer<String, String> consumer = consumer("isolation.level", "read_committed")) {
                consumer.assign(partitions("append-time", 1));
                ConsumerRecord<String, String> record = take(consumer, 1).get(0);
                same(record.timestamp(), told.timestamp());
                same(record.timestampType().toString(), "LogAppendTime");
                same(consumer.currentLag(new TopicPartition("append-time", 0)).getAsLong(), 0L);
            }
        }
    }

    /** What is left of a compacted topic is read over the gaps. */
    static void compacted() throws Exception {
        admin.createTopics(List.of(new NewTopic("compacted", 1, (short) 3).configs(Map.of("cleanup.policy", "compact",
            "segment.bytes", "1048576", "min.cleanable.dirty.ratio", "0.01", "max.compaction.lag.ms", "100")))).all().get();
        String filling = "x".repeat(1000);
        try (KafkaProducer<String, String> producer = producer("compression.type", "gzip")) {
            for (int round = 0; round < 30; round++)
                for (int key = 0; key < 100; key++)
                    producer.send(new ProducerRecord<>("compacted", "key " + key, round + " " + filling));
            producer.flush();
        }
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(partitions("compacted", 1));
            Map<String, String> latest = new HashMap<>();
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            TopicPartition partition = new TopicPartition("compacted", 0);
            poll(consumer, read, () -> consumer.position(partition) >= 3000);
            for (ConsumerRecord<String, String> record : read) latest.put(record.key(), record.value());
            same(latest.size(), 100);
            for (String value : latest.values()) same(value, "29 " + filling);
        }
    }

    /** A pattern finds topics that are made afterwards, and partitions that a topic gets. */
    static void foundLater() throws Exception {
        create("later-a", 1);
        try (KafkaConsumer<String, String> consumer = consumer("group.id", "later", "metadata.max.age.ms", "300",
            "heartbeat.interval.ms", "200")) {
            consumer.subscribe(java.util.regex.Pattern.compile("later-.*"));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            poll(consumer, read, () -> consumer.assignment().size() == 1);
            create("later-b", 2);
            poll(consumer, read, () -> consumer.assignment().size() == 3);
            admin.createPartitions(Map.of("later-a", NewPartitions.increaseTo(4))).all().get();
            poll(consumer, read, () -> consumer.assignment().size() == 6);
            write("later-a", 100);
            poll(consumer, read, () -> read.size() == 100);
        }
    }

    static void groups() throws Exception {
        create("groups", 2);
        write("groups", 10);
        KafkaConsumer<String, String> consumer = consumer("group.id", "groups", "client.id", "somebody");
        consumer.subscribe(List.of("groups"));
        take(consumer, 10);
        check(admin.listConsumerGroups().all().get().stream().anyMatch(one -> one.groupId().equals("groups")),
            "the group is not listed");
        var described = admin.describeConsumerGroups(List.of("groups")).all().get().get("groups");
        same(described.state().toString(), "Stable");
        same(described.members().size(), 1);
        var member = described.members().iterator().next();
        same(member.clientId(), "somebody");
        same(member.host(), "/127.0.0.1");
        same(member.assignment().topicPartitions().size(), 2);
        consumer.commitSync();
        consumer.close();
        var committed = admin.listConsumerGroupOffsets("groups").partitionsToOffsetAndMetadata().get();
        same(committed.values().stream().mapToLong(OffsetAndMetadata::offset).sum(), 10L);
        TopicPartition partition = new TopicPartition("groups", 0);
        admin.alterConsumerGroupOffsets("groups", Map.of(partition, new OffsetAndMetadata(1))).all().get();
        same(admin.listConsumerGroupOffsets("groups").partitionsToOffsetAndMetadata().get().get(partition).offset(), 1L);
        admin.deleteConsumerGroupOffsets("groups", Set.of(partition)).all().get();
        check(!admin.listConsumerGroupOffsets("groups").partitionsToOffsetAndMetadata().get().containsKey(partition),
            "the offset is still there");
        admin.deleteConsumerGroups(List.of("groups")).all().get();
        check(admin.listConsumerGroups().all().get().stream().noneMatch(one -> one.groupId().equals("groups")),
            "the group is still listed");
    }

    static void configs() throws Exception {
        create("configs", 1);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "configs");
        same(admin.describeConfigs(List.of(topic)).all().get().get(topic).get("cleanup.policy").value(), "delete");
        admin.incrementalAlterConfigs(Map.of(topic, List.of(
            new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET)))).all().get();
        var entry = admin.describeConfigs(List.of(topic)).all().get().get(topic).get("cleanup.policy");
        same(entry.value(), "compact");
        same(entry.source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        same(admin.describeConfigs(List.of(broker)).all().get().get(broker).get("min.insync.replicas").value(), "2");
    }

    static void deleteRecords() throws Exception {
        create("delete-records", 1);
        write("delete-records", 100);
        TopicPartition partition = new TopicPartition("delete-records", 0);
        same(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(40))).lowWatermarks().get(partition).get()
            .lowWatermark(), 40L);
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(partition));
            same(take(consumer, 60).get(0).offset(), 40L);
        }
    }

    static void cluster() throws Exception {
        var described = admin.describeCluster();
        same(described.nodes().get().size(), 3);
        check(described.controller().get() != null, "no controller");
        check(described.clusterId().get() != null, "no id of the cluster");
        Set<String> hosts = new TreeSet<>();
        described.nodes().get().forEach(node -> hosts.add(node.host() + ":" + node.port()));
        same(hosts, new TreeSet<>(List.of(SERVERS.split(","))));
    }
    static Properties secured(String password) {
        Properties properties = base();
        properties.put("bootstrap.servers", System.getenv("SECURE_SERVERS"));
        properties.put("security.protocol", "SASL_SSL");
        properties.put("ssl.truststore.type", "PEM");
        properties.put("ssl.truststore.location", System.getenv("SECURE_CA"));
        properties.put("sasl.mechanism", "PLAIN");
        properties.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
            + System.getenv("SECURE_USER") + "\" password=\"" + password + "\";");
        return properties;
    }

    static void secure() throws Exception {
        Properties properties = secured(System.getenv("SECURE_PASSWORD"));
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            for (int index = 0; index < 100; index++)
                same(producer.send(new ProducerRecord<>("secure", "key", "value")).get().offset(), (long) index);
        }
        try (Admin stranger = Admin.create(secured("wrong"))) {
            stranger.listTopics().names().get();
            check(false, "a wrong password is right");
        } catch (ExecutionException error) {
            check(error.getCause() instanceof SaslAuthenticationException, String.valueOf(error.getCause()));
        }
    }
}
