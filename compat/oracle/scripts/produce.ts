import { type Area, ask, closed, given, inVersions, type Message, script, tell, until } from '../script.js'
import { records, recordsWith, SentRecords as Sent, type SentRecords, spoilt, THEN } from '../sent-records.js'
import { settings, topic } from './given.js'

/** Records for one partition of a topic that is named. */
const to = (name: string, batch: SentRecords | Uint8Array | null, more: Message = {}, index = 0): Message => ({
  topicData: [{ name, partitionData: [{ index, records: batch }] }],
  ...more,
})
/** The same, of a topic that is named by its id. */
const toId = (topicId: string, batch: SentRecords | null, more: Message = {}): Message => ({
  topicData: [{ topicId, partitionData: [{ index: 0, records: batch }] }],
  ...more,
})
const NO_TOPIC_HAS = 'BBBBBBBBBBBBBBBBBBBBBA'
const zeros = (bytes: number) => (): Buffer => Buffer.alloc(bytes)

export const PRODUCE: Area = {
  name: 'Produce',
  scripts: [
    script('records are appended, in all versions', [
      topic('produced'),
      ...inVersions('Produce', [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], to('produced', records('one', 'two'))),
      ask('Produce', 13, toId('$produced', records('one', 'two'))),
      ask('Produce', 9, to('produced', records('one'), { acks: 1 })),
    ]),
    script('a topic or a partition is unknown', [
      topic('few'),
      ...inVersions('Produce', [3, 7, 9, 12], to('nowhere', records('one'))),
      ask('Produce', 9, to('few', records('one'), {}, 1)),
      ask('Produce', 9, to('few', records('one'), {}, -1)),
      ask('Produce', 9, to('no such/name', records('one'))),
      ask('Produce', 9, to('', records('one'))),
      ask('Produce', 13, toId(NO_TOPIC_HAS, records('one'))),
      ask('Produce', 13, toId('AAAAAAAAAAAAAAAAAAAAAA', records('one'))),
      ask('Produce', 9, {
        topicData: [
          { name: 'nowhere', partitionData: [{ index: 0, records: records('one') }] },
          { name: 'few', partitionData: [{ index: 0, records: records('one') }] },
        ],
      }),
    ]),
    script('a topic that was deleted', [
      topic('produced-once'),
      given('DeleteTopics', 6, { topics: [{ name: 'produced-once' }] }),
      until(
        'Metadata',
        12,
        { topics: [{ name: 'produced-once' }] },
        'topics.0.errorCode',
        'UNKNOWN_TOPIC_OR_PARTITION',
      ),
      ask('Produce', 13, toId('$produced-once', records('one'))),
      ask('Produce', 12, to('produced-once', records('one'))),
    ]),
    script('acks is none of -1, 0 and 1', [
      topic('acked'),
      ...inVersions('Produce', [3, 8, 9, 12], to('acked', records('one'), { acks: 2 })),
      ask('Produce', 9, to('acked', records('one'), { acks: -2 })),
      ask('Produce', 9, to('nowhere', records('one'), { acks: 2 })),
    ]),
    script('with acks=0 nothing is answered', [
      topic('unanswered'),
      tell('Produce', 9, to('unanswered', records('one'), { acks: 0 })),
      ask('Produce', 9, to('unanswered', records('two'))),
    ]),
    script('with acks=0 an error closes the connection', [
      tell('Produce', 9, to('nowhere', records('one'), { acks: 0 })),
      closed(),
    ]),
    // Records that are null are left out: Kafka never answers them.
    script('there are no records, or not one batch', [
      topic('batches'),
      ask('Produce', 9, {}),
      ask('Produce', 9, { topicData: [{ name: 'batches', partitionData: [] }] }),
      ask('Produce', 9, to('batches', spoilt(zeros(0), 'one'))),
      ask(
        'Produce',
        9,
        to(
          'batches',
          spoilt((bytes) => Buffer.concat([bytes, bytes]), 'one'),
        ),
      ),
      ask(
        'Produce',
        9,
        to(
          'batches',
          spoilt((bytes) => Buffer.concat([bytes, Buffer.alloc(3)]), 'one'),
        ),
      ),
      ask(
        'Produce',
        9,
        to(
          'batches',
          spoilt((bytes) => bytes.subarray(0, bytes.length - 1), 'one'),
        ),
      ),
      ask(
        'Produce',
        9,
        to(
          'batches',
          spoilt((bytes) => bytes.subarray(0, 30), 'one'),
        ),
      ),
      ask(
        'Produce',
        9,
        to(
          'batches',
          spoilt((bytes) => bytes.subarray(0, 16), 'one'),
        ),
      ),
    ]),
    script('more than one batch, none of them whole', [
      topic('behind'),
      ...[1, 11, 12, 16, 17, 40].map((more) =>
        ask(
          'Produce',
          9,
          to(
            'behind',
            spoilt((bytes) => Buffer.concat([bytes, bytes.subarray(0, more)]), 'one'),
          ),
        ),
      ),
      ask(
        'Produce',
        9,
        to(
          'behind',
          spoilt((bytes) => Buffer.concat([bytes, Buffer.alloc(40)]), 'one'),
        ),
      ),
    ]),
    script('a record is not what its lengths say', [
      topic('lengths'),
      // The record of one value is its length, attributes, two deltas, the key's length and the value's length. Left
      // out are negative lengths, which Kafka takes for null, and offsets of records, at which it does not look: what
      // no client can read is not appended here.
      ...[61, 62, 63, 65, 66, 70].flatMap((at) =>
        [0, 1, 2, 40].map((byte) => ask('Produce', 9, to('lengths', rewritten(at, byte)))),
      ),
    ]),
    script('a batch is not what its header says', [
      topic('headers'),
      ask('Produce', 9, to('headers', spoilt(flipped, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ magic: 3 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ magic: 1 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ magic: 0 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ recordCount: 2 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ recordCount: 1 }, 'one', 'two'))),
      ask('Produce', 9, to('headers', recordsWith({ recordCount: 0 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ recordCount: -1 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ lastOffsetDelta: 5 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ lastOffsetDelta: 0 }, 'one', 'two'))),
      ask('Produce', 9, to('headers', recordsWith({ lastOffsetDelta: 5, recordCount: 6 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ baseOffset: 7 as never }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 32 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 8 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 64 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 128 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 5 }, 'one'))),
      ask('Produce', 9, to('headers', recordsWith({ attributes: 7 }, 'one'))),
    ]),
    script('a batch says that it is compressed and is not', [
      topic('codecs'),
      ...[1, 2, 3, 4].map((codec) => ask('Produce', 9, to('codecs', recordsWith({ attributes: codec }, 'one')))),
      ...[3, 6].map((version) => ask('Produce', version, to('codecs', recordsWith({ attributes: 4 }, 'one')))),
    ]),
    script('the same partition twice', [
      topic('repeated'),
      ask('Produce', 9, {
        topicData: [
          { name: 'repeated', partitionData: ['one', 'two'].map((value) => ({ index: 0, records: records(value) })) },
        ],
      }),
      ask('Produce', 9, {
        topicData: ['one', 'two'].map((value) => ({
          name: 'repeated',
          partitionData: [{ index: 0, records: records(value) }],
        })),
      }),
      ask('Fetch', 11, { topics: [{ topic: 'repeated', partitions: [{ partition: 0, partitionMaxBytes: 10_000 }] }] }),
    ]),
    script('a batch is larger than it may be', [
      topic('small', settings({ 'max.message.bytes': '100' })),
      ask('Produce', 9, to('small', records('one'))),
      ask('Produce', 9, to('small', records('a value of more than forty characters, one more'))),
    ]),
    script('a record is too old or too new, or its time is none', [
      topic('times', settings({ 'message.timestamp.before.max.ms': '3600000' })),
      ask('Produce', 9, to('times', records('one'))),
      ask('Produce', 9, to('times', recordsWith({ baseTimestamp: 9_000_000_000_000 }, 'one'))),
      ask('Produce', 9, to('times', recordsWith({ baseTimestamp: -1 }, 'one'))),
      ask('Produce', 9, to('times', recordsWith({ maxTimestamp: THEN + 1 }, 'one'))),
    ]),
    script('a topic stamps its own time', [
      topic('stamped', settings({ 'message.timestamp.type': 'LogAppendTime' })),
      ...inVersions('Produce', [3, 8, 9], to('stamped', records('one'))),
    ]),
    script('a topic that is compacted takes no record without a key', [
      topic('compacted', settings({ 'cleanup.policy': 'compact' })),
      ask('Produce', 9, to('compacted', records('one'))),
      ask('Produce', 7, to('compacted', records('one'))),
      ask('Produce', 9, to('compacted', new Sent([{ key: 'key', value: 'one' }]))),
      ask('Produce', 9, to('compacted', new Sent([{ key: 'key', value: 'one' }, { value: 'two' }]))),
    ]),
    script('a transaction that was not begun', [
      topic('transactions'),
      ask('Produce', 9, to('transactions', recordsWith({ attributes: 16 }, 'one'))),
      ask('Produce', 3, to('transactions', recordsWith({ attributes: 16 }, 'one'))),
      ask('Produce', 9, to('transactions', records('one'), { transactionalId: 'nobody' })),
      ask('Produce', 9, {
        topicData: [
          { name: 'transactions', partitionData: [{ index: 0, records: records('one') }] },
          { name: 'nowhere', partitionData: [{ index: 0, records: recordsWith({ attributes: 16 }, 'one') }] },
        ],
      }),
    ]),
    script('an idempotent producer', [
      topic('idempotent'),
      given('InitProducerId', 4, { transactionalId: null }, { binds: { producer: 'producerId' } }),
      ask('Produce', 9, to('idempotent', of(0, 0, 'one', 'two'))),
      ask('Produce', 9, to('idempotent', of(0, 2, 'three'))),
      ask('Produce', 9, to('idempotent', of(0, 2, 'three'))),
      ask('Produce', 9, to('idempotent', of(0, 0, 'one', 'two'))),
      ask('Produce', 9, to('idempotent', of(0, 0, 'one'))),
      ask('Produce', 9, to('idempotent', of(0, 4, 'four'))),
      ask('Produce', 7, to('idempotent', of(0, 4, 'four'))),
      ask('Produce', 9, to('idempotent', of(1, 1, 'four'))),
      ask('Produce', 9, to('idempotent', of(1, 0, 'four'))),
      ask('Produce', 9, to('idempotent', of(0, 3, 'four'))),
      ask('Produce', 7, to('idempotent', of(0, 3, 'four'))),
      ...[1, 2, 3, 4, 5, 6].map((sequence) => ask('Produce', 9, to('idempotent', of(1, sequence, 'more')))),
      ask('Produce', 9, to('idempotent', of(1, 0, 'four'))),
    ]),
    script('a producer that nobody knows', [
      topic('strangers'),
      ask('Produce', 9, to('strangers', recordsWith({ producerId: 77_000, producerEpoch: 0, baseSequence: 9 }, 'one'))),
      ask('Produce', 9, to('strangers', recordsWith({ producerId: 77_001, producerEpoch: 3, baseSequence: 0 }, 'one'))),
      ask(
        'Produce',
        9,
        to('strangers', recordsWith({ producerId: 77_002, producerEpoch: -1, baseSequence: 0 }, 'one')),
      ),
      ask(
        'Produce',
        9,
        to('strangers', recordsWith({ producerId: 77_003, producerEpoch: 0, baseSequence: -1 }, 'one')),
      ),
      ask('Produce', 9, to('strangers', recordsWith({ producerId: -1, producerEpoch: 0, baseSequence: 0 }, 'one'))),
      ask('Produce', 9, to('strangers', recordsWith({ producerId: -2, producerEpoch: 0, baseSequence: 0 }, 'one'))),
    ]),
    script('sequences begin anew after the greatest one', [
      topic('wrapping'),
      ask(
        'Produce',
        9,
        to('wrapping', recordsWith({ producerId: 78_000, producerEpoch: 0, baseSequence: 2 ** 31 - 1 }, 'one', 'two')),
      ),
      ask(
        'Produce',
        9,
        to('wrapping', recordsWith({ producerId: 78_000, producerEpoch: 0, baseSequence: 1 }, 'three')),
      ),
      ask(
        'Produce',
        9,
        to('wrapping', recordsWith({ producerId: 78_000, producerEpoch: 0, baseSequence: 1 }, 'three')),
      ),
    ]),
    script('partitions of several topics in one request', [
      topic('several', { partitions: 3 }),
      topic('others', { partitions: 2 }),
      ask('Produce', 9, {
        topicData: [
          { name: 'several', partitionData: [2, 0, 7].map((index) => ({ index, records: records(`to ${index}`) })) },
          { name: 'others', partitionData: [{ index: 1, records: records('one') }] },
        ],
      }),
      ask('Produce', 9, {
        topicData: [
          { name: 'several', partitionData: [{ index: 0, records: records('one') }] },
          { name: 'others', partitionData: [{ index: 1, records: spoilt(flipped, 'one') }] },
        ],
      }),
    ]),
  ],
}

function of(producerEpoch: number, baseSequence: number, ...values: readonly string[]): SentRecords {
  return recordsWith({ producerId: '$producer', producerEpoch, baseSequence }, ...values)
}

/** A batch in which one byte is another one, with a checksum that fits. */
function rewritten(at: number, byte: number): SentRecords {
  return new Sent([{ value: 'one' }], { rewrite: [at, byte] })
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed[changed.length - 1]! ^= 1
  return changed
}
