// franz-go. See story.mjs for what a program says and asks.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

const patience = 60 * time.Second

var (
	servers = strings.Split(os.Getenv("BOOTSTRAP_SERVERS"), ",")
	answers = bufio.NewReader(os.Stdin)
	ctx     = context.Background()
	admin   *kadm.Client
)

func base(options ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{
		kgo.SeedBrokers(servers...),
		kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelInfo, nil)),
	}, options...)
}

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(base(options...)...)
	must(err)
	return made
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func same(found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		panic(fmt.Sprintf("found %v instead of %v", found, expected))
	}
}

func ask(words string) {
	fmt.Println("ask " + words)
	answer, err := answers.ReadString('\n')
	must(err)
	if answer = strings.TrimSpace(answer); answer != "ok" {
		panic(words + ": " + answer)
	}
}

func create(topic string, partitions int32) {
	_, err := admin.CreateTopic(ctx, partitions, 3, nil, topic)
	must(err)
}

func numbered(topic string, from, to int) []*kgo.Record {
	records := make([]*kgo.Record, 0, to-from)
	for index := from; index < to; index++ {
		records = append(records, &kgo.Record{
			Topic: topic,
			Key:   fmt.Appendf(nil, "key %d", index),
			Value: fmt.Appendf(nil, "value %d", index),
		})
	}
	return records
}

func write(topic string, count int, options ...kgo.Opt) {
	producer := client(options...)
	defer producer.Close()
	must(producer.ProduceSync(ctx, numbered(topic, 0, count)...).FirstErr())
}

// reader collects what its clients are handed.
type reader struct {
	mu      sync.Mutex
	records []*kgo.Record
}

func (r *reader) add(records []*kgo.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, records...)
}

func (r *reader) all() []*kgo.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

func (r *reader) values() map[string]int {
	found := map[string]int{}
	for _, record := range r.all() {
		found[string(record.Value)]++
	}
	return found
}

func (r *reader) complete(count int) {
	values := r.values()
	for index := range count {
		if values[fmt.Sprintf("value %d", index)] == 0 {
			panic(fmt.Sprintf("value %d is missing", index))
		}
	}
	same(len(r.all()), count)
}

// poll takes what there is within a moment, and panics for what the client says is wrong.
func poll(from *kgo.Client, into *reader) {
	within, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	fetches := from.PollFetches(within)
	for _, failed := range fetches.Errors() {
		if !errors.Is(failed.Err, context.DeadlineExceeded) {
			panic(failed.Err)
		}
	}
	into.add(fetches.Records())
}

func until(what func() string, isSo func() bool) {
	for giveUpAt := time.Now().Add(patience); !isSo(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(giveUpAt) {
			panic("waited in vain for " + what())
		}
	}
}

func take(from *kgo.Client, count int) *reader {
	read := &reader{}
	until(func() string { return fmt.Sprintf("%d records, there are %d", count, len(read.all())) }, func() bool {
		if len(read.all()) < count {
			poll(from, read)
		}
		return len(read.all()) >= count
	})
	return read
}

func assigned(topic string, partitions int32, at kgo.Offset) kgo.Opt {
	offsets := map[int32]kgo.Offset{}
	for index := range partitions {
		offsets[index] = at
	}
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets})
}

func readsAll(topic string, partitions int32, count int) {
	consumer := client(assigned(topic, partitions, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	take(consumer, count).complete(count)
}

func described(topic string) kadm.TopicDetail {
	topics, err := admin.ListTopics(ctx, topic)
	must(err)
	return topics[topic]
}

func topics() {
	create("topics", 3)
	found := described("topics")
	same(len(found.Partitions), 3)
	same(len(found.Partitions[0].ISR), 3)
	_, err := admin.CreateTopic(ctx, 3, 3, nil, "topics")
	same(errors.Is(err, kerr.TopicAlreadyExists), true)
	_, err = admin.DeleteTopic(ctx, "topics")
	must(err)
	_, err = admin.DeleteTopic(ctx, "topics")
	same(errors.Is(err, kerr.UnknownTopicOrPartition), true)
}

func partitions() {
	create("partitions", 3)
	created, err := admin.UpdatePartitions(ctx, 5, "partitions")
	must(err)
	must(created.Error())
	same(len(described("partitions").Partitions), 5)
}

func acks() {
	for name, acks := range map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()} {
		topic := "acks-" + name
		create(topic, 2)
		write(topic, 100, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		readsAll(topic, 2, 100)
		ask("check " + topic + " 100")
	}
}

func codec(name string, codec kgo.CompressionCodec) func() {
	return func() {
		create("codec-"+name, 2)
		write("codec-"+name, 2000, kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(20*time.Millisecond))
		readsAll("codec-"+name, 2, 2000)
		ask("check codec-" + name + " 2000")
		create("from-odradek-"+name, 2)
		ask("write from-odradek-" + name + " 2000 " + name)
		readsAll("from-odradek-"+name, 2, 2000)
	}
}

func records() {
	create("records", 1)
	stamp := func(second int64) time.Time { return time.UnixMilli(1_600_000_000_000 + second*1000) }
	producer := client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer producer.Close()
	must(producer.ProduceSync(ctx,
		&kgo.Record{Topic: "records", Key: []byte("a tombstone"), Timestamp: stamp(0)},
		&kgo.Record{Topic: "records", Value: []byte("no key"), Timestamp: stamp(1), Headers: []kgo.RecordHeader{
			{Key: "name", Value: []byte("one")}, {Key: "name", Value: []byte("two")}, {Key: "empty", Value: []byte{}},
		}},
		&kgo.Record{Topic: "records", Key: []byte("é"), Value: []byte("ü"), Timestamp: stamp(2),
			Headers: []kgo.RecordHeader{{Key: "null"}}},
	).FirstErr())
	ask("check-records records")
	create("records-of-odradek", 1)
	ask("write-records records-of-odradek")
	consumer := client(assigned("records-of-odradek", 1, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	told := []string{}
	for _, record := range take(consumer, 3).all() {
		headers := ""
		for _, header := range record.Headers {
			headers += fmt.Sprintf(" %s=%s:%v", header.Key, header.Value, header.Value == nil)
		}
		told = append(told, fmt.Sprintf("%d %s:%v %s:%v%s", record.Timestamp.UnixMilli(), record.Key, record.Key == nil,
			record.Value, record.Value == nil, headers))
	}
	same(told, []string{
		"1600000000000 a tombstone:false :true",
		"1600000001000 :true no key:false name=one:false name=two:false empty=:false",
		"1600000002000 é:false ü:false null=:true",
	})
}

func large() {
	create("large", 1)
	value := []byte(strings.Repeat("x", 900_000))
	producer := client(kgo.ProducerBatchMaxBytes(5_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer producer.Close()
	must(producer.ProduceSync(ctx, &kgo.Record{Topic: "large", Value: value}).FirstErr())
	tooLarge := &kgo.Record{Topic: "large", Value: []byte(strings.Repeat("x", 2_000_000))}
	same(errors.Is(producer.ProduceSync(ctx, tooLarge).FirstErr(), kerr.MessageTooLarge), true)
	must(producer.ProduceSync(ctx, &kgo.Record{Topic: "large", Value: value}).FirstErr())
	consumer := client(assigned("large", 1, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	for _, record := range take(consumer, 2).all() {
		same(len(record.Value), 900_000)
	}
}

func seek() {
	create("seek", 1)
	stamped := numbered("seek", 0, 100)
	for index, record := range stamped {
		record.Timestamp = time.UnixMilli(1_700_000_000_000 + int64(index)*1000)
	}
	producer := client()
	defer producer.Close()
	must(producer.ProduceSync(ctx, stamped...).FirstErr())
	consumer := client(assigned("seek", 1, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	take(consumer, 100).complete(100)
	seek := func(to int64) {
		consumer.SetOffsets(map[string]map[int32]kgo.EpochOffset{"seek": {0: {Epoch: -1, Offset: to}}})
	}
	seek(40)
	same(take(consumer, 60).all()[0].Offset, int64(40))
	seek(0)
	same(take(consumer, 100).all()[0].Offset, int64(0))
	// Out of range: the reset policy, which is the beginning.
	seek(5000)
	same(take(consumer, 100).all()[0].Offset, int64(0))
	at := client(assigned("seek", 1, kgo.NewOffset().AfterMilli(1_700_000_025_500)))
	defer at.Close()
	same(take(at, 74).all()[0].Offset, int64(26))
	ends, err := admin.ListEndOffsets(ctx, "seek")
	must(err)
	same(ends["seek"][0].Offset, int64(100))
	found, err := admin.ListOffsetsAfterMilli(ctx, 1_700_000_025_500, "seek")
	must(err)
	same(found["seek"][0].Offset, int64(26))
}

func pause() {
	create("pause", 2)
	write("pause", 200, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	ends, err := admin.ListEndOffsets(ctx, "pause")
	must(err)
	of1 := int(ends["pause"][1].Offset)
	consumer := client(assigned("pause", 2, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	consumer.PauseFetchPartitions(map[string][]int32{"pause": {0}})
	for _, record := range take(consumer, of1).all() {
		same(record.Partition, int32(1))
	}
	none := &reader{}
	for range 5 {
		poll(consumer, none)
	}
	same(len(none.all()), 0)
	consumer.ResumeFetchPartitions(map[string][]int32{"pause": {0}})
	for _, record := range take(consumer, 200-of1).all() {
		same(record.Partition, int32(0))
	}
}

// member is in a group, and polls until it is left.
type member struct {
	client *kgo.Client
	mu     sync.Mutex
	owned  map[int32]bool
	rounds int
	lost   int
	failed any
	end    chan struct{}
	ended  chan struct{}
}

func join(group, topic string, read *reader, options ...kgo.Opt) *member {
	joined := &member{owned: map[int32]bool{}, end: make(chan struct{}), ended: make(chan struct{})}
	note := func(owns bool, counter *int) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, given map[string][]int32) {
			joined.mu.Lock()
			defer joined.mu.Unlock()
			if counter != nil && len(given) > 0 {
				*counter++
			}
			for _, partition := range given[topic] {
				if owns {
					joined.owned[partition] = true
				} else {
					delete(joined.owned, partition)
				}
			}
		}
	}
	joined.client = client(append([]kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.AutoCommitInterval(100 * time.Millisecond),
		kgo.OnPartitionsAssigned(note(true, &joined.rounds)),
		kgo.OnPartitionsRevoked(func(ctx context.Context, from *kgo.Client, given map[string][]int32) {
			_ = from.CommitUncommittedOffsets(ctx)
			note(false, nil)(ctx, from, given)
		}),
		kgo.OnPartitionsLost(note(false, &joined.lost)),
	}, options...)...)
	go func() {
		defer close(joined.ended)
		defer func() {
			if failure := recover(); failure != nil {
				joined.mu.Lock()
				joined.failed = failure
				joined.mu.Unlock()
			}
		}()
		for {
			select {
			case <-joined.end:
				return
			default:
				poll(joined.client, read)
			}
		}
	}()
	return joined
}

func (m *member) partitions() []int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	owned := []int32{}
	for partition := range m.owned {
		owned = append(owned, partition)
	}
	slices.Sort(owned)
	return owned
}

func (m *member) failure() any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}

func (m *member) leave() {
	close(m.end)
	<-m.ended
	m.client.Close()
}

func committed(group string) int64 {
	offsets, err := admin.FetchOffsets(ctx, group)
	must(err)
	sum := int64(0)
	offsets.Each(func(one kadm.OffsetResponse) { sum += max(one.At, 0) })
	return sum
}

func group(name string, balancer kgo.GroupBalancer) func() {
	return func() {
		create(name, 4)
		write(name, 400)
		read := &reader{}
		first := join(name, name, read, kgo.Balancers(balancer))
		until(func() string { return "four partitions" }, func() bool { return len(first.partitions()) == 4 })
		second := join(name, name, read, kgo.Balancers(balancer))
		until(func() string { return "two each" }, func() bool {
			return len(first.partitions()) == 2 && len(second.partitions()) == 2
		})
		producer := client()
		defer producer.Close()
		must(producer.ProduceSync(ctx, numbered(name, 400, 800)...).FirstErr())
		until(func() string { return fmt.Sprintf("800 records, there are %d", len(read.values())) }, func() bool {
			return len(read.values()) == 800
		})
		second.leave()
		until(func() string { return "four partitions again" }, func() bool { return len(first.partitions()) == 4 })
		first.leave()
		same(committed(name), int64(800))
		same(first.lost+second.lost, 0)
		same(first.failure(), nil)
		// Each was read once: whoever took a partition over went on where it was.
		read.complete(800)
	}
}

func staticMember() {
	create("static", 4)
	write("static", 100)
	read := &reader{}
	first := join("static", "static", read, kgo.InstanceID("one"))
	second := join("static", "static", read, kgo.InstanceID("two"))
	until(func() string { return "two each" }, func() bool {
		return len(first.partitions()) == 2 && len(second.partitions()) == 2
	})
	until(func() string { return "100 records" }, func() bool { return len(read.values()) == 100 })
	before, had := first.rounds, second.partitions()
	second.leave()
	again := join("static", "static", read, kgo.InstanceID("two"))
	until(func() string { return "its partitions" }, func() bool { return slices.Equal(again.partitions(), had) })
	same(first.rounds, before)
	// Whoever takes the place of a member that is there fences it.
	twin := join("static", "static", read, kgo.InstanceID("two"))
	until(func() string { return "them again" }, func() bool { return slices.Equal(twin.partitions(), had) })
	until(func() string { return "the end of who was fenced" }, func() bool {
		failure, isError := again.failure().(error)
		return isError && errors.Is(failure, kerr.FencedInstanceID)
	})
	for _, one := range []*member{again, twin, first} {
		one.leave()
	}
}

func commit() {
	create("commit", 1)
	write("commit", 100)
	first := &reader{}
	nothing := kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) {})
	one := join("commit", "commit", first, kgo.DisableAutoCommit(), nothing)
	until(func() string { return "all records" }, func() bool { return len(first.all()) == 100 })
	var failed error
	one.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{"commit": {0: {Epoch: 0, Offset: 20}}},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, _ *kmsg.OffsetCommitResponse, err error) {
			failed = err
		})
	must(failed)
	one.leave()
	offsets, err := admin.FetchOffsets(ctx, "commit")
	must(err)
	found, _ := offsets.Lookup("commit", 0)
	same(found.At, int64(20))
	same(found.LeaderEpoch, int32(0))
	second := &reader{}
	next := join("commit", "commit", second)
	until(func() string { return "the rest" }, func() bool { return len(second.all()) == 80 })
	same(second.all()[0].Offset, int64(20))
	next.leave()
}

func idempotent() {
	create("idempotent", 2)
	write("idempotent", 3000, kgo.ProducerBatchMaxBytes(1000))
	ask("check idempotent 3000")
}

func leaderFailover() {
	create("leader", 1)
	consumer := client(assigned("leader", 1, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	producer := client(kgo.ProducerBatchMaxBytes(600))
	defer producer.Close()
	read := &reader{}
	var mu sync.Mutex
	var failed error
	for index, record := range numbered("leader", 0, 3000) {
		producer.Produce(ctx, record, func(_ *kgo.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
		if index%500 == 0 {
			poll(consumer, read)
		}
		if index == 1000 {
			ask("kill leader leader")
		}
	}
	must(producer.Flush(ctx))
	must(failed)
	until(func() string { return fmt.Sprintf("3000 records, there are %d", len(read.values())) }, func() bool {
		poll(consumer, read)
		return len(read.values()) == 3000
	})
	read.complete(3000)
	ask("check leader 3000")
}

func coordinatorFailover() {
	create("coordinator", 2)
	producer := client()
	defer producer.Close()
	must(producer.ProduceSync(ctx, numbered("coordinator", 0, 500)...).FirstErr())
	read := &reader{}
	one := join("coordinator", "coordinator", read)
	until(func() string { return "500 records" }, func() bool { return len(read.values()) == 500 })
	ask("kill coordinator coordinator")
	must(producer.ProduceSync(ctx, numbered("coordinator", 500, 1000)...).FirstErr())
	until(func() string { return fmt.Sprintf("1000 records, there are %d", len(read.values())) }, func() bool {
		return len(read.values()) == 1000
	})
	until(func() string { return fmt.Sprintf("1000 committed, there are %d", committed("coordinator")) }, func() bool {
		return committed("coordinator") == 1000
	})
	read.complete(1000)
	one.leave()
	same(one.failure(), nil)
	same(one.lost, 0)
}

func groups() {
	create("groups", 2)
	write("groups", 10)
	read := &reader{}
	one := join("groups", "groups", read, kgo.ClientID("somebody"))
	until(func() string { return "10 records" }, func() bool { return len(read.all()) == 10 })
	listed, err := admin.ListGroups(ctx)
	must(err)
	same(slices.Contains(listed.Groups(), "groups"), true)
	found, err := admin.DescribeGroups(ctx, "groups")
	must(err)
	same(found["groups"].State, "Stable")
	same(len(found["groups"].Members), 1)
	same(found["groups"].Members[0].ClientID, "somebody")
	same(found["groups"].Members[0].ClientHost, "/127.0.0.1")
	lags, err := admin.Lag(ctx, "groups")
	must(err)
	must(lags.Error())
	one.leave()
	same(committed("groups"), int64(10))
	offsets := kadm.Offsets{}
	offsets.AddOffset("groups", 0, 1, -1)
	must(admin.CommitAllOffsets(ctx, "groups", offsets))
	deleted, err := admin.DeleteOffsets(ctx, "groups", kadm.TopicsSet{"groups": {1: {}}})
	must(err)
	must(deleted.Error())
	same(committed("groups"), int64(1))
	_, err = admin.DeleteGroup(ctx, "groups")
	must(err)
}

func configs() {
	create("configs", 1)
	policy := func() string {
		found, err := admin.DescribeTopicConfigs(ctx, "configs")
		must(err)
		must(found[0].Err)
		for _, one := range found[0].Configs {
			if one.Key == "cleanup.policy" {
				return one.MaybeValue()
			}
		}
		return ""
	}
	same(policy(), "delete")
	value := "compact"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "cleanup.policy", Value: &value}}, "configs")
	must(err)
	must(altered[0].Err)
	same(policy(), "compact")
	brokers, err := admin.DescribeBrokerConfigs(ctx, 1)
	must(err)
	must(brokers[0].Err)
}

func deleteRecords() {
	create("delete-records", 1)
	write("delete-records", 100)
	before := kadm.Offsets{}
	before.AddOffset("delete-records", 0, 40, -1)
	deleted, err := admin.DeleteRecords(ctx, before)
	must(err)
	must(deleted.Error())
	consumer := client(assigned("delete-records", 1, kgo.NewOffset().AtStart()))
	defer consumer.Close()
	same(take(consumer, 60).all()[0].Offset, int64(40))
}

func cluster() {
	found, err := admin.BrokerMetadata(ctx)
	must(err)
	hosts := []string{}
	for _, broker := range found.Brokers {
		hosts = append(hosts, fmt.Sprintf("%s:%d", broker.Host, broker.Port))
	}
	sort.Strings(hosts)
	sort.Strings(servers)
	same(hosts, servers)
	same(found.Cluster != "" && found.Controller > 0, true)
}

func withKills(step func()) func() {
	return func() {
		defer ask("restart")
		step()
	}
}

func tell(name string, step func()) {
	if len(os.Args) > 1 && !slices.Contains(os.Args[1:], name) {
		return
	}
	fmt.Fprintln(os.Stderr, "====", name)
	defer func() {
		if failure := recover(); failure != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s\n", failure, debug.Stack())
			fmt.Println("failed", name, strings.ReplaceAll(fmt.Sprint(failure), "\n", " "))
		}
	}()
	step()
	fmt.Println("ok", name)
}

func secure() {
	authority, err := os.ReadFile(os.Getenv("SECURE_CA"))
	must(err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	as := func(password string) *kgo.Client {
		login := plain.Auth{User: os.Getenv("SECURE_USER"), Pass: password}
		return client(
			kgo.SeedBrokers(strings.Split(os.Getenv("SECURE_SERVERS"), ",")...),
			kgo.DialTLSConfig(&tls.Config{RootCAs: trusted}),
			kgo.SASL(login.AsMechanism()),
			kgo.AllowAutoTopicCreation(),
		)
	}
	known := as(os.Getenv("SECURE_PASSWORD"))
	defer known.Close()
	must(known.ProduceSync(ctx, numbered("secure", 0, 100)...).FirstErr())
	stranger := as("wrong")
	defer stranger.Close()
	if err := stranger.Ping(ctx); !errors.Is(err, kerr.SaslAuthenticationFailed) {
		panic(fmt.Sprintf("a wrong password is answered %v", err))
	}
}

func main() {
	admin = kadm.NewClient(client())
	fmt.Println("version", version())
	tell("topics", topics)
	tell("partitions", partitions)
	tell("acks", acks)
	tell("codec-none", codec("none", kgo.NoCompression()))
	tell("codec-gzip", codec("gzip", kgo.GzipCompression()))
	tell("codec-snappy", codec("snappy", kgo.SnappyCompression()))
	tell("codec-lz4", codec("lz4", kgo.Lz4Compression()))
	tell("codec-zstd", codec("zstd", kgo.ZstdCompression()))
	tell("records", records)
	tell("large", large)
	tell("seek", seek)
	tell("pause", pause)
	tell("group", group("group", kgo.RangeBalancer()))
	tell("cooperative", group("cooperative", kgo.CooperativeStickyBalancer()))
	tell("static", staticMember)
	tell("commit", commit)
	tell("idempotent", idempotent)
	tell("leader-failover", withKills(leaderFailover))
	tell("coordinator-failover", withKills(coordinatorFailover))
	tell("groups", groups)
	tell("configs", configs)
	tell("delete-records", deleteRecords)
	tell("cluster", cluster)
	tell("secure", secure)
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return module.Version
		}
	}
	return ""
}
