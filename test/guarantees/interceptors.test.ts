import { describe, expect, test } from 'vitest'
import type { Producer, ProducerExtras, ProducerInterceptor, RecordData } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf } from '../support/given.js'
import { givenWarnings } from '../support/given-warnings.js'

type Told = [topic: string, partition: number, offset: number, error: string | null]

/** Notes what it is told. */
class Witness implements ProducerInterceptor {
  readonly told: Told[] = []
  closings = 0

  onAcknowledgement(
    ...[{ topic, partition, offset }, error]: Parameters<ProducerInterceptor['onAcknowledgement'] & {}>
  ): void {
    this.told.push([topic, partition, offset, error?.name ?? null])
  }

  close(): void {
    this.closings += 1
  }
}

async function givenProducer(
  host: HostName,
  interceptors: ProducerInterceptor[],
  extras: ProducerExtras<RecordData, RecordData> = {},
): Promise<{ cluster: GivenCluster; producer: Producer; witness: Witness }> {
  const cluster = await given({ host, topics: { orders: 1, audit: 1 } })
  const witness = new Witness()
  const all = { ...extras, interceptors: [...interceptors, witness] }
  const producer = cluster.producer({ 'max.request.size': 1000 }, all)
  return { cluster, producer, witness }
}

const appending = (text: string): ProducerInterceptor => ({
  onSend: (record) => ({ ...record, value: `${record.value}${text}`, headers: { seen: text } }),
})

const failing: ProducerInterceptor = {
  onSend: () => {
    throw new Error('not me')
  },
  onAcknowledgement: () => {
    throw new Error('nor me')
  },
}

describe.each(HOSTS)('interceptors (%s)', (host) => {
  test('each sees every value of produceMany', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [appending(' once')])

    expect(producer.produceMany('orders', ['tea', 'milk'])).toBe(2)
    await cluster.run(producer.flush())

    expect((await cluster.readAll('orders')).map(({ value }) => String(value))).toEqual(['tea once', 'milk once'])
    expect(witness.told.map(([, , offset]) => offset)).toEqual([0, 1])
  })

  // ProducerInterceptor.onSend: the first interceptor gets the record from the client, the following one the record
  // returned by the previous one. It is called before key and value get serialized.
  test('each gets the record that the one before has returned, and the last one is sent', async () => {
    const { cluster, producer } = await givenProducer(host, [appending(' once'), appending(' twice')])

    await cluster.send(producer, 'orders', ['tea'])

    const [record] = await cluster.readAll('orders')
    expect([String(record?.value), String(record?.headers[0]?.value)]).toEqual(['tea once twice', ' twice'])
  })

  test('they see what the serializers will see', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const doubling: ProducerInterceptor<RecordData, number> = {
      onSend: (record) => ({ ...record, value: 2 * (record.value ?? 0) }),
    }
    const value = (_: string, input: number): string => `${input} pots`
    const producer = cluster.producer({}, { serializers: { value }, interceptors: [doubling] })

    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 3 }] }))

    expect(textsOf(await cluster.readAll('orders'))).toEqual(['6 pots'])
  })

  // If one of the interceptors throws an exception from onSend(), the exception is caught, logged, and the next
  // interceptor is called with the record returned by the last successful interceptor.
  test('one that throws is passed over, and the process is warned of it once', async () => {
    const warnings = givenWarnings()
    const { cluster, producer, witness } = await givenProducer(host, [appending(' once'), failing, appending(' twice')])

    await cluster.send(producer, 'orders', ['tea', 'milk'])

    expect(textsOf(await cluster.readAll('orders'))).toEqual(['tea once twice', 'milk once twice'])
    expect(witness.told).toHaveLength(2)
    expect(warnings).toEqual([
      'onSend of interceptor 2 failed, and is passed over whenever it does: not me',
      'onAcknowledgement of interceptor 2 failed, and is passed over whenever it does: nor me',
    ])
  })

  test('one whose promises reject is passed over as well, and the process goes on', async () => {
    const warnings = givenWarnings()
    const rejecting = {
      onSend: () => Promise.reject(new Error('not me')),
      onAcknowledgement: () => Promise.reject(new Error('nor me')),
    } as unknown as ProducerInterceptor
    const { cluster, producer, witness } = await givenProducer(host, [rejecting])

    await cluster.send(producer, 'orders', ['tea'])
    await new Promise(setImmediate)

    expect(witness.told).toEqual([['orders', 0, 0, null]])
    expect(warnings).toEqual([
      'onSend of interceptor 1 failed, and is passed over whenever it does: It must return a record with a topic',
      'onAcknowledgement of interceptor 1 failed, and is passed over whenever it does: nor me',
    ])
  })

  // ProducerRecord: without a topic there is no record.
  test('none is shown, or warned of, records whose topic is not a name', async () => {
    const warnings = givenWarnings()
    const { cluster, producer, witness } = await givenProducer(host, [appending(' once')])
    const topic = undefined as unknown as string

    await expect(cluster.run(producer.send({ topic, messages: [{ value: 'tea' }] }))).rejects.toMatchObject({
      name: 'ConfigError',
      option: 'topic',
    })
    await new Promise(setImmediate)

    expect([witness.told, warnings]).toEqual([[], []])
  })

  test('one that returns no record is passed over', async () => {
    const warnings = givenWarnings()
    const lost = { onSend: () => undefined } as unknown as ProducerInterceptor
    const { cluster, producer } = await givenProducer(host, [lost, appending(' once')])

    await cluster.send(producer, 'orders', ['tea'])

    expect(textsOf(await cluster.readAll('orders'))).toEqual(['tea once'])
    expect(warnings).toHaveLength(1)
  })

  // It is up to the interceptor implementation to ensure that the correct topic and partition is returned.
  test('a record may be sent to another topic than its call', async () => {
    const rerouting: ProducerInterceptor = {
      onSend: (record) => (record.key === 'secret' ? { ...record, topic: 'audit' } : record),
    }
    const { cluster, producer, witness } = await givenProducer(host, [rerouting])

    const messages = [{ value: 'a' }, { key: 'secret', value: 'b' }, { value: 'c' }]
    const metadata = await cluster.run(producer.send({ topic: 'orders', messages }))

    expect(metadata.map(({ topicName, recordCount }) => `${topicName} ${recordCount}`).sort()).toEqual([
      'audit 1',
      'orders 2',
    ])
    expect(textsOf(await cluster.readAll('audit'))).toEqual(['b'])
    expect(witness.told.map(([topic]) => topic).sort()).toEqual(['audit', 'orders', 'orders'])
  })

  // onAcknowledgement: called when the record was acknowledged, just before the user callback is called.
  test('each is told of every record, where it lies, before the callback is', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])
    await cluster.send(producer, 'orders', ['a', 'b'])
    const before: number[] = []

    producer.produce({ topic: 'orders', value: 'c' }, () => before.push(witness.told.length))
    producer.produce({ topic: 'orders', value: 'd' })
    producer.produce({ topic: 'orders', value: 'e' })
    await cluster.run(producer.flush())

    expect(witness.told).toEqual([0, 1, 2, 3, 4].map((offset) => ['orders', 0, offset, null]))
    expect(before).toEqual([3])
  })

  // Or when sending the record fails before it gets sent. If an error occurs before a partition gets assigned, it is
  // -1.
  test('each is told of records that fail before they are sent', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])
    const messages = [{ value: 'a' }, { value: Buffer.alloc(2000) }, { value: 'c', partition: 0 }]

    await expect(cluster.run(producer.send({ topic: 'orders', messages }))).rejects.toThrow('max.request.size')
    await cluster.run(producer.flush())

    expect(witness.told.sort((a, b) => b[2] - a[2])).toEqual([
      ['orders', 0, 0, null],
      ['orders', -1, -1, 'RecordTooLargeError'],
      ['orders', 0, -1, 'RecordTooLargeError'],
    ])
  })

  test('each is told of all records of a call of which one cannot be serialized', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])
    const messages = [{ value: 'a' }, { value: 5 as unknown as string }]

    await expect(cluster.run(producer.send({ topic: 'orders', messages }))).rejects.toThrow('not a number')

    expect(witness.told).toEqual(Array(2).fill(['orders', -1, -1, 'SerializationError']))
  })

  test('each is told of records that produce throws for', async () => {
    const { producer, witness } = await givenProducer(host, [])

    expect(() => producer.produce({ topic: 'orders', value: 5 as unknown as string })).toThrow('not a number')

    expect(witness.told).toEqual([['orders', -1, -1, 'SerializationError']])
  })

  test('each is told once of records that were kept for their topic, and of why they failed', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])

    expect(producer.produce({ topic: 'orders', value: 'kept' })).toBe(true)
    expect(producer.produce({ topic: 'orders', value: 'kept', partition: 7 })).toBe(true)
    await cluster.run(producer.flush())

    expect(witness.told).toEqual(
      expect.arrayContaining([
        ['orders', 7, -1, 'KafkaError'],
        ['orders', 0, 0, null],
      ]),
    )
    expect(witness.told).toHaveLength(2)
  })

  test('each is told of records that the broker refuses, and of their partition', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])
    await cluster.addFault({ api: 'Produce', action: 'error', error: 'INVALID_RECORD', once: true })

    await expect(cluster.send(producer, 'orders', ['a', 'b'])).rejects.toMatchObject({ code: 'INVALID_RECORD' })

    expect(witness.told).toEqual(Array(2).fill(['orders', 0, -1, 'KafkaError']))
  })

  test('closing the producer closes them, when they have been told everything', async () => {
    const { cluster, producer, witness } = await givenProducer(host, [])
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'a' }] })

    await cluster.run(Promise.all([sent, producer.close(), producer.close()]))

    expect([witness.told.length, witness.closings]).toEqual([1, 1])
  })
})
