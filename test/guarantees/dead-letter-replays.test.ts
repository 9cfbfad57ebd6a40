import { appendFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  deadLetterFile,
  deadLetterTable,
  deadLetterTopic,
  type KafkaError,
  type ProducerInterceptor,
} from '../../src/index.js'
import { given, HOSTS, textsOf } from '../support/given.js'
import { errorOf, errorsOf, givenPath, ListSink, readAll, refuseOnce, sendOne } from '../support/letters.js'

describe.each(HOSTS)('replays of dead letters (%s)', (host) => {
  test('a record that fails again keeps its letter and gets no other', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const sink = deadLetterFile(givenPath('letters'))
    const producer = cluster.producer({}, { deadLetters: sink })
    const to = (partition: number) =>
      producer.send({ topic: 'orders', messages: [{ value: `to ${partition}`, partition }] })
    await cluster.run(errorsOf([to(7), to(8)]))
    await refuseOnce(cluster)
    await cluster.run(errorOf(to(1)))
    await refuseOnce(cluster)

    const first = await cluster.run(producer.replayDeadLetters(sink))
    const second = await cluster.run(producer.replayDeadLetters(sink))

    expect(first).toMatchObject({ sent: 0, failed: 3 })
    expect(first.failures.map(({ letter, error }) => [letter.partition, (error as KafkaError).code])).toEqual([
      [7, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [8, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [1, 'INVALID_RECORD'],
    ])
    expect(second).toMatchObject({ sent: 1, failed: 2 })
    expect(textsOf((await readAll(sink)).letters)).toEqual(['to 7', 'to 8'])
  })

  test('a replay of what is not there rejects, unless the producer itself writes to it', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const path = givenPath('letters')
    const sources = [deadLetterFile(path), deadLetterTable(path), deadLetterTopic(cluster, 'misspelt')]
    for (const source of sources) {
      const error = await cluster.run(errorOf(cluster.producer().replayDeadLetters(source)))
      expect(error).toMatchObject({ name: 'DeadLetterReplayError', replay: { sent: 0, failed: 0 } })
      expect(String(error)).toMatch(/there is no such file: .*letters|There is no topic 'misspelt'/)
    }
    for (const deadLetters of sources) {
      const producer = cluster.producer({}, { deadLetters })
      expect(await cluster.run(producer.replayDeadLetters(deadLetters))).toMatchObject({ sent: 0, failed: 0 })
      await cluster.run(producer.close())
    }
  })

  test('records that share a batch with a replay get their letters', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const [source, sink] = [new ListSink(), new ListSink()]
    const failing = cluster.producer({}, { deadLetters: source })
    await refuseOnce(cluster)
    await cluster.run(errorOf(sendOne(failing, 'old')))
    const producer = cluster.producer({ 'linger.ms': 50 }, { deadLetters: sink })
    await cluster.send(producer, 'orders', ['first'])
    await refuseOnce(cluster)

    const replay = producer.replayDeadLetters(source)
    const sent = errorOf(sendOne(producer, 'new'))
    await cluster.run(sent)

    expect(await cluster.run(replay)).toMatchObject({ sent: 0, failed: 1 })
    expect(textsOf(sink.letters)).toEqual(['new'])
  })

  test('letters without bytes are not sent, and those that are to stay do', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = deadLetterFile(givenPath('letters'))
    const producer = cluster.producer({}, { deadLetters: sink })
    await refuseOnce(cluster)
    await cluster.run(errorOf(sendOne(producer, 'a')))
    await cluster.run(errorOf(sendOne(producer, 17 as unknown as string)))

    const again = { sent: 1, failed: 0, unsendable: 1 }
    expect(await cluster.run(producer.replayDeadLetters(sink, { remove: false }))).toMatchObject(again)
    expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject(again)
    expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject({ sent: 0, unsendable: 1 })
  })

  test('a broken line is named, and all others are sent', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const path = givenPath('letters')
    const producer = cluster.producer({}, { deadLetters: deadLetterFile(path) })
    for (const value of ['a', 'b']) {
      await refuseOnce(cluster)
      await cluster.run(errorOf(sendOne(producer, value)))
      appendFileSync(path, '{"topic":"ord\n')
    }

    const error = await cluster.run(errorOf(producer.replayDeadLetters(deadLetterFile(path))))

    expect(error).toMatchObject({ name: 'DeadLetterReplayError', replay: { sent: 2 }, cause: { lines: [2, 4] } })
    expect(error?.message).toContain('Lines 2, 4 are broken')
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['a', 'b'])
  })

  test('a record that is not a letter is named, and all letters are sent', async () => {
    const cluster = await given({ host, topics: { orders: 1, dead: 1 } })
    const sink = deadLetterTopic(cluster, 'dead')
    const producer = cluster.producer({}, { deadLetters: sink })
    for (const value of ['a', 'b']) {
      await refuseOnce(cluster)
      await cluster.run(errorOf(sendOne(producer, value)))
      await cluster.send(cluster.producer(), 'dead', ['of somebody else'])
    }

    const error = await cluster.run(errorOf(producer.replayDeadLetters(sink)))

    expect(error).toMatchObject({ name: 'DeadLetterReplayError', replay: { sent: 2 } })
    expect(error?.message).toContain("The record at offset 1 in partition 0 of 'dead' is not a dead letter")
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['a', 'b'])
  })

  test('a topic that a producer keeps letters in, and that is not there yet, has none', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const deadLetters = deadLetterTopic(cluster, 'dead')
    const producer = cluster.producer({}, { deadLetters })

    const replay = await cluster.run(producer.replayDeadLetters(deadLetters))

    expect(replay).toEqual({ sent: 0, failed: 0, unsendable: 0, failures: [] })
  })

  test('interceptors see it as they see any send', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const sink = deadLetterFile(givenPath('letters'))
    const seen: string[] = []
    const witness: ProducerInterceptor = {
      onSend: (record) => {
        seen.push(`send ${record.value}`)
        return record
      },
      onAcknowledgement: (_, error) => seen.push(error === null ? 'written' : 'failed'),
    }
    const producer = cluster.producer({}, { deadLetters: sink, interceptors: [witness] })
    await refuseOnce(cluster)
    await cluster.run(errorOf(sendOne(producer, 'a')))
    await refuseOnce(cluster)

    expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject({ sent: 0, failed: 1 })
    expect(await cluster.run(producer.replayDeadLetters(sink))).toMatchObject({ sent: 1, failed: 0 })

    expect(seen).toEqual(['send a', 'failed', 'send a', 'failed', 'send a', 'written'])
    expect((await readAll(sink)).letters).toEqual([])
  })
})
