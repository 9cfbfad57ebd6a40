import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { checked, linesOf } from './given-told.js'

const send = (id: number | string, said: object = {}): object => ({
  op: 'send',
  producer: 'p',
  id,
  topic: 't',
  ...said,
})
const ack = (id: number | string, said: object = {}): object => ({ op: 'ack', id, ...said })
const poll = (records: readonly object[], said: object = {}): object => {
  return { op: 'poll', consumer: 'c', topic: 't', partition: 0, records, ...said }
}
const at = (id: number | string, offset: number, said: object = {}): object => ({ id, offset, ...said })
const producer = (said: object): object => ({ op: 'producer', producer: 'p', ...said })
const END = { op: 'end', consumer: 'c' }

const found = async (operations: readonly object[]): Promise<object> => (await checked(linesOf(operations))).counts
const broken = async (operations: readonly object[]): Promise<object> => (await checked(linesOf(operations))).broken

test('a history that was sent, acknowledged and read in order holds', async () => {
  const operations = [send(1), ack(1, { partition: 0, offset: 0 }), send(2), poll([at(1, 0), at(2, 1)]), END]
  expect(await checked(linesOf(operations))).toMatchObject({
    ...{ verdict: 'holds', sent: 2, acknowledged: 1, failed: 0, read: 2, producers: 1, consumers: 1, partitions: 1 },
    ...{ lost: 0, duplicated: 0, outOfOrder: 0, counts: {}, broken: {}, anomalies: [] },
  })
})

test('a history that is gzip is unzipped', async () => {
  const zipped = gzipSync(linesOf([send(1), ack(1), poll([at(1, 0)]), END]))
  expect(await checked(zipped)).toMatchObject({ verdict: 'holds', sent: 1, read: 1 })
})

test('an anomaly names its records and the lines where they were sent, answered and read', async () => {
  const operations = [send('a'), send('b'), ack('a'), poll([at('b', 0)]), ack('b'), poll([at('a', 7)])]
  const { anomalies } = await checked(linesOf(operations))
  expect(anomalies).toEqual([
    {
      id: 'A13',
      name: expect.stringContaining('inversion'),
      isPromised: true,
      topic: 't',
      partition: 0,
      says: 'a at 7, b at 0',
      sent: [
        { id: 'a', line: 1, answeredInLine: 3 },
        { id: 'b', line: 2, answeredInLine: 5 },
      ],
      read: [
        { id: 'a', consumer: 'c', offset: 7, line: 6 },
        { id: 'b', consumer: 'c', offset: 0, line: 4 },
      ],
    },
  ])
})

test('an unread record is lost when something behind it was read, and always where the history has an end', async () => {
  const operations = [send(1), send(2), ack(1), ack(2, { partition: 0, offset: 5 }), poll([at('x', 6)])]
  expect(await checked(linesOf(operations))).toMatchObject({ lost: 1, counts: { A1: 1 } })
  expect(await checked(linesOf([...operations, END]))).toMatchObject({ lost: 2, counts: { A1: 1, A2: 2 } })
})

test.each([
  ['of one partition', { topic: 't', partition: 0 }, 1],
  ['of one topic', { topic: 't' }, 2],
  ['of another topic', { topic: 'u' }, 0],
  ['of everything', {}, 2],
])('the end %s says nothing of what else there is', async (_, where, lost) => {
  const operations = [
    send(1, { partition: 0 }),
    send(2, { partition: 1 }),
    ack(1),
    ack(2),
    poll([]),
    { ...END, ...where },
  ]
  expect(await checked(linesOf(operations))).toMatchObject({ lost })
})

test('the checker says which partitions have no end', async () => {
  const operations = [send(1), send(2), poll([at(1, 0)]), poll([at(2, 0)], { partition: 1 })]
  const because = async (...ends: object[]): Promise<string | undefined> =>
    (await checked(linesOf([...operations, ...ends]))).notChecked.find(({ anomalies }) => anomalies[0] === 'A2')
      ?.because
  expect(await because()).toContain('no end line says that everything was read')
  expect(await because({ ...END, topic: 't', partition: 0 })).toContain('everything of t-1 was read')
  expect(await because({ ...END, topic: 't' })).toBeUndefined()
})

test('an end without a consumer counts what all consumers have read together', async () => {
  const other = { op: 'poll', consumer: 'd', topic: 't', partition: 1, records: [at(2, 0)] }
  const operations = [send(1), send(2), ack(1), ack(2), poll([at(1, 0)]), other]
  expect(await found([...operations, END])).toEqual({ A2: 1, A20: 1 })
  expect(await found([...operations, { op: 'end' }])).toEqual({})
})

test('a record whose partition nobody has said is lost as well, somewhere', async () => {
  const { anomalies } = await checked(linesOf([send(1), ack(1, { offset: 3 }), END]))
  expect(anomalies).toMatchObject([{ id: 'A2', topic: 't', partition: null, says: '1, acknowledged' }])
})

test.each<[string, object, number, number]>([
  ['everything, as Kafka does it', {}, 1, 1],
  ['no order and no duplicates once idempotence is off', { 'enable.idempotence': false }, 0, 0],
  ['no order and no duplicates with acks 1', { acks: 1 }, 0, 0],
  ['no order and no duplicates with retries 0', { retries: 0 }, 0, 0],
  ['the order with one in flight', { acks: 1, 'max.in.flight.requests.per.connection': 1 }, 1, 0],
  ['no order of what is not answered', { acks: 0, 'max.in.flight.requests.per.connection': 1 }, 0, 0],
])('the options of a producer decide what was promised: %s', async (_, settings, order, once) => {
  const rest = [ack(1), ack(2), ack(3), poll([at(2, 0), at(1, 1), at(3, 2), at(3, 3)])]
  const byProducer = await broken([producer(settings), send(1), send(2), send(3), ...rest])
  const bySend = await broken([send(1, settings), send(2, settings), send(3, settings), ...rest])
  const promised = { ...(order > 0 ? { A13: 1 } : {}), ...(once > 0 ? { A4: 1 } : {}) }
  expect([byProducer, bySend]).toEqual([promised, promised])
})

test('the options of a send come on top of those of its producer', async () => {
  const oneInFlight = { 'max.in.flight.requests.per.connection': 1 }
  const sends = [send(1, oneInFlight), send(2, oneInFlight), ack(1), ack(2)]
  const readings = poll([at(2, 0), at(1, 1), at(1, 2)])
  expect(await broken([producer({ 'enable.idempotence': false }), ...sends, readings])).toEqual({ A13: 1 })
})

test('a record that was sent to another topic is a phantom', async () => {
  const { anomalies } = await checked(linesOf([send(1, { topic: 'u' }), poll([at(1, 0)])]))
  expect(anomalies).toMatchObject([{ id: 'A16', topic: 't', partition: 0, sent: [{ line: 1, answeredInLine: null }] }])
})

test('a consumer that was assigned anew, or has sought, goes on where it likes', async () => {
  const steps = [send(1), send(2), poll([at(1, 0), at(2, 1)]), poll([at(1, 0)])]
  expect(await found(steps)).toEqual({ A12: 1 })
  expect(await found([...steps.slice(0, 3), { op: 'assign', consumer: 'c' }, poll([at(1, 0)])])).toEqual({})
})

test('a failed record may be read, unless it was refused', async () => {
  const operations = [send(1), { op: 'fail', id: 1 }, send(2), { op: 'fail', id: 2, refused: true }]
  expect(await found([...operations, poll([at(1, 0), at(2, 1)])])).toEqual({ A16: 1 })
})

test('a record that is read in a line before its sending is not a phantom: files may be joined', async () => {
  expect(await found([poll([at(1, 0)]), send(1), ack(1)])).toEqual({})
})

test('numbers and strings are the same names', async () => {
  expect(await found([send(17), ack('17'), poll([at('17', 0)]), END])).toEqual({})
})

test('records of one poll may be of several topics and partitions', async () => {
  const records = [at(1, 0, { partition: 1 }), at(2, 0, { topic: 'u' }), at(3, 0)]
  const operations = [send(1, { partition: 1 }), send(2, { topic: 'u' }), send(3), poll(records), END]
  expect(await checked(linesOf(operations))).toMatchObject({ counts: {}, partitions: 3 })
})

test('times, high watermarks and contents are looked at where they are told, and the result says where they are not', async () => {
  const operations = [send(1, { time: 1 }), ack(1, { partition: 0, offset: 1, time: 2 }), send(2, { time: 3 })]
  const rest = [
    ack(2, { partition: 0, offset: 0, time: 4 }),
    poll([at(2, 0, { intact: false }), at(1, 1)], { highWatermark: 1 }),
  ]
  const all = await checked(linesOf([...operations, ...rest, END]))
  expect(all.counts).toEqual({ A13: 1, A15: 1, A16: 1, A21: 1 })
  expect(all.notChecked).toEqual([])
  const { notChecked } = await checked(linesOf([send(1), poll([at(1, 0)])]))
  expect(notChecked.map(({ anomalies }) => anomalies)).toEqual([['A2', 'A20'], ['A15'], ['A21']])
})

test('a byte order mark, CRLF, blank lines and a last line without an end are no matter', async () => {
  const text = `\ufeff${linesOf([send(1), ack(1)])}\n\n${linesOf([poll([at(1, 0)]), END])}`.replaceAll('\n', '\r\n')
  expect(await checked(text, 5)).toMatchObject({ sent: 1, acknowledged: 1, read: 1, counts: {} })
})

test.each<[string, readonly object[], string]>([
  ['an unknown op', [{ op: 'akc', id: 1 }], ':1: "op" is "akc"; it must be one of producer, send, ack'],
  ['no op', [{ id: 1 }], ':1: there is no "op", only "id"'],
  ['an ack of an id that nobody has sent', [ack('x')], ':1: no line before this one sends "x"'],
  ['an ack before its send', [poll([at('x', 1)]), ack('x')], ':2: no line before this one sends "x"'],
  ['an id that is sent twice', [send(1), send(1)], ':2: 1 was sent in line 1 already'],
  ['a second answer', [send(1), ack(1), { op: 'fail', id: 1 }], ':3: line 2 has said already what became of 1'],
  ['a record without an offset', [poll([{ id: 1 }])], ':1: there is no "offset", only "id"'],
  ['an offset below 0', [poll([at(1, -1)])], ':1: "offset" is -1; it must be a whole number from 0'],
  ['an offset with a fraction', [send(1), ack(1, { offset: 0.5 })], ':2: "offset" is 0.5'],
  ['a partition that is a string', [send(1, { partition: '0' })], ':1: "partition" is "0"'],
  [
    'a record without a partition',
    [{ op: 'poll', consumer: 1, topic: 't', records: [at(1, 0)] }],
    ':1: there is no "partition"',
  ],
  [
    'a record without a topic',
    [{ op: 'poll', consumer: 1, partition: 0, records: [at(1, 0)] }],
    ':1: there is no "topic"',
  ],
  ['a poll without records', [{ op: 'poll', consumer: 1 }], ':1: there is no "records"'],
  ['a record that is none', [poll([7 as unknown as object])], ':1: 7 is in "records"'],
  ['a send without a producer', [{ op: 'send', id: 1, topic: 't' }], ':1: there is no "producer"'],
  [
    'an id that is an object',
    [send({} as string)],
    ':1: "id" is {}; it must be a string that is not empty, or a number',
  ],
  ['an empty id', [send('')], ':1: "id" is ""'],
  ['a time that is a string', [send(1, { time: 'noon' })], ':1: "time" is "noon"; it must be a number'],
  [
    'an ack in another partition',
    [send(1, { partition: 1 }), ack(1, { partition: 0 })],
    ':2: "partition" is 0, and line 1 sends the record to partition 1 of "t"',
  ],
  [
    'an ack in another partition of a topic that would move the cursor',
    [send(1, { partition: 1, topic: 't\u001b[2J' }), ack(1, { partition: 0 })],
    'sends the record to partition 1 of "t\\u001b[2J"',
  ],
  ['acks that Kafka does not have', [producer({ acks: 2 })], ':1: Cannot set acks to 2: it must be 0, 1 or all'],
  [
    'idempotence with acks 1',
    [producer({ acks: 1, 'enable.idempotence': true })],
    ':1: Cannot set acks to 1 with enable.idempotence: it must be all',
  ],
  [
    'idempotence with six in flight',
    [producer({ 'max.in.flight.requests.per.connection': 6 })],
    ':1: Cannot set max.in.flight.requests.per.connection to 6 with enable.idempotence, which is the default',
  ],
  [
    'a partition whose end is told without its topic',
    [{ op: 'end', consumer: 1, partition: 0 }],
    ':1: there is no "topic"',
  ],
  ['an array', [[]], ':1: this is []; each line must be one JSON object'],
  ['a number', [7 as unknown as object], ':1: this is 7'],
  ['nothing at all', [], 'standard input: there is no send and no poll in it'],
  ['a history without records', [producer({})], 'standard input: there is no send and no poll in it'],
])('bad input is told with its line: %s', async (_, operations, sentence) => {
  await expect(checked(linesOf(operations))).rejects.toThrow(sentence)
})

test('a number that is not read as it was written is not a name', async () => {
  const text = linesOf([send('X'), ack('X'), poll([at('Y', 0)]), END])
  const written = text.replaceAll('"X"', '9007199254740993').replaceAll('"Y"', '9007199254740992')
  await expect(checked(written)).rejects.toThrow(
    ':1: "id" is 9007199254740992; it must be a string where a number has more',
  )
})

test.each([
  ['a line', '$'],
  ['an op', '{"op":$}'],
  ['an id', '{"op":"ack","id":$}'],
])('a deeply nested value is told with its line: %s', async (_, line) => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  await expect(checked(`${linesOf([send(1)])}\n${line.replace('$', deep)}`)).rejects.toThrow('standard input:2: ')
})

test('a line that is not JSON, or not UTF-8, is told with its number', async () => {
  await expect(checked(`${linesOf([send(1)])}\n{"op":"ack",`)).rejects.toThrow('standard input:2: not JSON')
  await expect(checked(Buffer.from('{"op":"ack","id":"\xff"}', 'latin1'))).rejects.toThrow(':1: not UTF-8')
})
