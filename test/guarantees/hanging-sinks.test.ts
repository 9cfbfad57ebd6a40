import { describe, expect, test } from 'vitest'
import {
  ClosedError,
  type DeadLetter,
  type DeadLetterSink,
  type KafkaError,
  type Producer,
  RecordTooLargeError,
} from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'
import { ANY_LETTER, errorOf } from '../support/letters.js'

/** A sink that writes nothing until it is released. */
class HangingSink implements DeadLetterSink {
  readonly begun: Promise<void>
  written = 0
  readonly #begin: () => void
  readonly #held: Promise<void>
  release: () => void = () => {}

  constructor() {
    let begin = (): void => {}
    this.begun = new Promise((resolve) => {
      begin = resolve
    })
    this.#begin = begin
    this.#held = new Promise((resolve) => {
      this.release = resolve
    })
  }

  async write(letters: readonly DeadLetter[]): Promise<void> {
    this.#begin()
    await this.#held
    this.written += letters.length
  }

  async *read(): AsyncGenerator<never> {}

  async close(): Promise<void> {}
}

/** Sends what is too large, to a producer whose dead letters go into that sink. */
function sendTooLarge(cluster: GivenCluster, sink: DeadLetterSink): { producer: Producer; sent: Promise<unknown> } {
  const producer = cluster.producer({ 'max.request.size': 100 }, { deadLetters: sink })
  return { producer, sent: producer.send({ topic: 'orders', messages: [{ value: 'x'.repeat(500) }] }) }
}

/** Letters of which the first thousand can be read, and sent; what hangs says so. */
function hangingSource(what: 'read' | 'remove'): { source: DeadLetterSink; hangs: Promise<void> } {
  let hang = (): void => {}
  const hangs = new Promise<void>((resolve) => {
    hang = resolve
  })
  const forEver = (): Promise<never> => {
    hang()
    return new Promise(() => {})
  }
  const source: DeadLetterSink = {
    async write() {},
    async *read() {
      for (let count = 0; count < 1_000; count++) yield ANY_LETTER
      if (what === 'read') await forEver()
    },
    remove: what === 'remove' ? forEver : async () => {},
    async close() {},
  }
  return { source, hangs }
}

const timersAlive = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** Waits until the test runner has reported its last news, which it does by a timer that would be counted. */
async function noTimerAlive(): Promise<void> {
  while (timersAlive() > 0) await new Promise<void>((resolve) => setImmediate(resolve))
}

describe.each(HOSTS)('sinks of dead letters that hang (%s)', (host) => {
  test('a producer whose sink hangs is closed in time, and its letters are written when the sink goes on', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = new HangingSink()
    const { producer, sent } = sendTooLarge(cluster, sink)
    const outcome = errorOf(sent)
    if (host === 'simulation') sink.release()
    await cluster.run(producer.close({ timeoutMs: 20 }))
    sink.release()
    expect(await outcome).toBeInstanceOf(RecordTooLargeError)
    expect(sink.written).toBe(1)
  })

  test('a cluster that has no more time to close tells what waits for a sink, and what it fails with', async () => {
    const cluster = await given({ host })
    await noTimerAlive()
    const { producer, sent } = sendTooLarge(cluster, new HangingSink())
    const flushed = producer.flush()

    await cluster.close({ timeoutMs: 20 })

    const error = (await errorOf(sent)) as KafkaError
    expect(error).toBeInstanceOf(RecordTooLargeError)
    expect(error.deadLetterError?.message).toMatch(/when the time to close was over/)
    await flushed
    // Its threads may take longer than that to end; then nothing is left that keeps the process alive.
    await cluster.close()
    expect(timersAlive()).toBe(0)
  })

  test('a producer that waits for its sink to close does so no longer than its cluster', async () => {
    const cluster = await given({ host })
    const sink = new HangingSink()
    const { producer, sent } = sendTooLarge(cluster, sink)
    const closed = producer.close()
    await sink.begun

    await cluster.close({ timeoutMs: 20 })

    expect(await errorOf(sent)).toBeInstanceOf(RecordTooLargeError)
    await closed
  })

  test.each(['read', 'remove'] as const)('a replay whose source hangs in %s ends with its producer', async (what) => {
    for (const ends of ['producer', 'cluster'] as const) {
      const cluster = await given({ host, topics: { orders: 1 } })
      const producer = cluster.producer()
      const { source, hangs } = hangingSource(what)
      const replayed = errorOf(cluster.run(producer.replayDeadLetters(source)))
      await hangs

      await (ends === 'producer' ? producer.close({ timeoutMs: 0 }) : cluster.close())

      const cause = expect.any(ClosedError)
      expect(await replayed, ends).toMatchObject({ name: 'DeadLetterReplayError', replay: { sent: 1_000 }, cause })
    }
  })

  test('a replay that begins when its cluster is closed rejects, and sends nothing', async () => {
    const cluster = await given({ host })
    const producer = cluster.producer()
    await cluster.close()
    const replayed = errorOf(producer.replayDeadLetters(hangingSource('read').source))
    expect(await replayed).toMatchObject({ replay: { sent: 0, failed: 0 }, cause: expect.any(ClosedError) })
  })
})

test('a sink that hangs keeps the process alive until its time is over', async () => {
  const cluster = await given({ host: 'simulation' })
  await noTimerAlive()
  const sink = new HangingSink()
  const { sent } = sendTooLarge(cluster, sink)
  await sink.begun
  expect(timersAlive()).toBe(1)
  sink.release()
  await expect(sent).rejects.toThrow(RecordTooLargeError)
  expect(timersAlive()).toBe(0)
})
