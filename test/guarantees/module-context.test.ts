import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { Consumer, HandlerModule } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf, values } from '../support/given.js'

const source = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`

describe.each(HOSTS)('a handler module and its context (%s)', (host) => {
  async function givenRecords(records: number): Promise<{ cluster: GivenCluster; consumer: Consumer }> {
    const cluster = await given({ host, topics: { orders: 1, served: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(records))
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    return { cluster, consumer }
  }

  /** Runs the module until it has emitted something, and returns that. */
  async function firstEmitted(text: string, request: Omit<HandlerModule, 'module'> = {}): Promise<unknown> {
    const { cluster, consumer } = await givenRecords(1)
    const emitted: unknown[] = []
    await cluster.run(
      consumer.run({ module: source(text), onEmit: (value: unknown) => void emitted.push(value), ...request }),
    )
    await cluster.until(() => emitted.length > 0)
    return emitted[0]
  }

  test('what it emits arrives in order, as clones, and all of it before close resolves', async () => {
    const { cluster, consumer } = await givenRecords(3_000)
    const emitted: { offset: number }[] = []
    const text = `export default (_, { emit }) => ({
        eachMessage({ message: { offset } }) {
          const value = { offset }
          emit(value)
          value.offset = -1
        },
      })`
    const onEmit = (value: unknown): void => void emitted.push(value as { offset: number })
    await cluster.run(consumer.run({ module: source(text), onEmit }))
    await cluster.until(() => emitted.length > 2_000)
    await cluster.run(consumer.close())
    const { length } = emitted
    expect(emitted.map(({ offset }) => offset)).toEqual(Array.from({ length }, (_, offset) => offset))
    await cluster.run(consumer.stopped)
  })

  test('a module whose application is slow waits for it, and is not asked to handle more meanwhile', async () => {
    const { cluster, consumer } = await givenRecords(9_000)
    const handled = new Int32Array(new SharedArrayBuffer(4))
    let goOn = (): void => {}
    const stuck = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const emitted: unknown[] = []
    const onEmit = (value: unknown): Promise<void> => {
      emitted.push(value)
      return stuck
    }
    const text = `export default ({ handled }, { emit }) => ({
        eachMessage({ message: { offset } }) {
          Atomics.store(handled, 0, offset + 1)
          emit(offset)
        },
      })`
    await cluster.run(consumer.run({ module: source(text), options: { handled }, onEmit }))
    // One lot lies here, another one there, and one record is at work.
    await cluster.until(() => Atomics.load(handled, 0) >= 1_024)
    await cluster.until(() => emitted.length === 1)
    // Time enough to handle all of them.
    expect(await cluster.readAll('orders')).toHaveLength(9_000)
    expect(Atomics.load(handled, 0)).toBeLessThanOrEqual(2 * 1_024 + 500)
    goOn()
    await cluster.until(() => emitted.length === 9_000)
    expect(emitted).toEqual(Array.from({ length: 9_000 }, (_, offset) => offset))
  })

  test('a call that awaits emit may emit more than may wait', async () => {
    const { cluster, consumer } = await givenRecords(1)
    const text = `export default (_, { emit }) => ({
        async eachMessage() {
          for (let n = 1; n <= 70_000; n++) await emit(n)
        },
      })`
    let last: unknown = 0
    const onEmit = (value: unknown): void => {
      last = value
    }
    await cluster.run(consumer.run({ module: source(text), onEmit }))
    await cluster.until(() => last === 70_000)
  })

  test('what it has emitted before it failed arrives before stopped says so', async () => {
    const { cluster, consumer } = await givenRecords(3)
    const emitted: unknown[] = []
    const text = `export default (_, { emit }) => ({
        eachMessage({ message: { offset } }) {
          emit(offset)
          if (offset === 2) throw new Error('no more tea')
        },
      })`
    const onEmit = async (value: unknown): Promise<void> => {
      for (let later = 0; later < 100; later++) await null
      emitted.push(value)
    }
    await cluster.run(consumer.run({ module: source(text), onEmit }))
    await expect(cluster.run(consumer.stopped)).rejects.toThrow(/no more tea/)
    expect(emitted).toEqual([0, 1, 2])

    // The next run is another one.
    const again: unknown[] = []
    await cluster.run(consumer.run({ module: source(text), onEmit: (value: unknown) => void again.push(value) }))
    await expect(cluster.run(consumer.stopped)).rejects.toThrow(/no more tea/)
    expect(again).toEqual([2])
  })

  test.each([
    ['what cannot be cloned', 'emit({ pour() {} })', /ConfigError.*Cannot emit .*pour.*could not be cloned/s],
    ['far more than is read', 'for (;;) emit(1)', /BufferExhaustedError.*65,536 values wait/s],
  ])('emit refuses %s', async (_what, call, says) => {
    const text = `export default (_, { emit }) => ({
        eachMessage() {
          try {
            ${call}
          } catch (error) {
            throw new Error('refused: ' + error.name + ': ' + error.message)
          }
        },
      })`
    const { cluster, consumer } = await givenRecords(1)
    await cluster.run(consumer.run({ module: source(text), onEmit: () => {} }))
    await expect(cluster.run(consumer.stopped)).rejects.toThrow(says)
  })

  test('emit says that nobody listens', async () => {
    const { cluster, consumer } = await givenRecords(1)
    await cluster.run(
      consumer.run({ module: source('export default (_, { emit }) => ({ eachMessage() { emit(1) } })') }),
    )
    await expect(cluster.run(consumer.stopped)).rejects.toThrow(/nobody listens, because run was given no onEmit/)
  })

  test('its producer sends what it makes of records, and what that still holds when the consumer is closed', async () => {
    const { cluster, consumer } = await givenRecords(20)
    const text = `export default ({ seen }, { producer }) => {
        const served = producer({ 'linger.ms': 60_000 })
        return {
          eachMessage({ message }) {
            served.produce({ topic: 'served', value: 'served ' + message.value })
            Atomics.add(seen, 0, 1)
          },
        }
      }`
    const seen = new Int32Array(new SharedArrayBuffer(4))
    await cluster.run(consumer.run({ module: source(text), options: { seen } }))
    await cluster.until(() => Atomics.load(seen, 0) === 20)
    await cluster.run(consumer.close())
    expect(textsOf(await cluster.readAll('served'))).toEqual(values(20, 'served v'))
  })

  test('a handler awaits the sends of its producer, whose errors are its own', async () => {
    const text = `export default (_, { producer, emit }) => {
        const served = producer({ acks: 'all' })
        return {
          async eachMessage({ message }) {
            const [{ topicName, baseOffset }] = await served.send({ topic: 'served', messages: [{ value: message.value }] })
            const refused = await served.send({ topic: 'no topic', messages: [{ value: 'x' }] }).catch(({ name, code }) => [name, code])
            emit({ topicName, baseOffset, refused })
          },
        }
      }`
    expect(await firstEmitted(text)).toEqual({
      topicName: 'served',
      baseOffset: 0,
      refused: ['KafkaError', 'INVALID_TOPIC_EXCEPTION'],
    })
  })

  test('a producer with bad options is refused where it is made', async () => {
    const { cluster, consumer } = await givenRecords(1)
    const module = source("export default (_, { producer }) => producer({ acks: 'tea' })")
    const refusal = { name: 'ConfigError', message: expect.stringMatching(/acks.*tea/) }
    await cluster.run(consumer.run({ module }))
    await expect(cluster.run(consumer.stopped)).rejects.toMatchObject(refusal)
    await cluster.run(consumer.close())
  })

  test('ports move to the module with its options', async () => {
    const { cluster, consumer } = await givenRecords(1)
    const { port1, port2 } = new MessageChannel()
    const text = `export default ({ port }) => ({ eachMessage: ({ message }) => port.postMessage(String(message.value)) })`
    await cluster.run(consumer.run({ module: source(text), options: { port: port2 }, transfer: [port2] }))
    let heard: { message: unknown } | undefined
    await cluster.until(() => {
      heard ??= receiveMessageOnPort(port1)
      return heard !== undefined
    })
    expect(heard?.message).toBe('v0')
    expect(() => port1.postMessage(port2, [port2])).toThrow('already detached')
    port1.close()
  })

  test.each([
    ['a port that is not in transfer', { options: new MessageChannel().port1 }, 'options', /Cannot hand these options/],
    ['what cannot move', { options: {}, transfer: [{}] }, 'options', /Cannot hand these options/],
    ['a transfer that is no list', { transfer: 1 }, 'transfer', /it must be a list/],
    ['an onEmit that is no function', { onEmit: 1 }, 'onEmit', /it must be a function/],
  ])('%s is refused at the call', async (_what, given, option, message) => {
    const { cluster, consumer } = await givenRecords(0)
    const module = source('export default () => ({ eachMessage() {} })')
    const run = consumer.run({ module, ...given } as HandlerModule)
    await expect(cluster.run(run)).rejects.toMatchObject({
      name: 'ConfigError',
      option,
      message: expect.stringMatching(message),
    })
  })

  test.each(['transfer', 'onEmit', 'options'])('%s without a module is refused', async (option) => {
    const { cluster, consumer } = await givenRecords(0)
    const given = { transfer: [], onEmit: () => {}, options: 1 }[option]
    const run = consumer.run({ eachMessage: () => {}, [option]: given } as never)
    await expect(cluster.run(run)).rejects.toMatchObject({ name: 'ConfigError', option })
  })
})
