import { describe, expect, test } from 'vitest'
import {
  type DeadLetterSink,
  deadLetterFile,
  deadLetterTable,
  deadLetterTopic,
  type EachMessagePayload,
} from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'
import { givenPath, readAll } from '../support/letters.js'

const SINKS: Readonly<Record<string, (cluster: GivenCluster) => DeadLetterSink>> = {
  file: () => deadLetterFile(givenPath('letters')),
  table: () => deadLetterTable(givenPath('letters')),
  topic: (cluster) => deadLetterTopic(cluster, 'dead'),
}

describe.each(HOSTS)('dead letters of handlers (%s)', (host) => {
  test.each(Object.entries(SINKS))(
    'what a handler has failed at is in the %s, and what comes behind it is handled',
    async (_name, sinkOf) => {
      const cluster = await given({ host, topics: { orders: 1, dead: 1 } })
      const producer = cluster.producer()
      await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'poison' }, { value: 'tea' }] }))
      const sink = sinkOf(cluster)
      const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
      await cluster.run(consumer.subscribe({ topics: ['orders'] }))
      const handled: string[] = []
      const eachMessage = ({ message }: EachMessagePayload): void => {
        if (String(message.value) === 'poison') throw Object.assign(new Error('no tea'), { name: 7 })
        handled.push(String(message.value))
      }
      await cluster.run(consumer.run({ deadLetters: sink, eachMessage }))
      await cluster.until(() => handled.length === 1)
      const { letters } = await cluster.run(readAll(sink))
      const error = { name: '7', message: 'no tea', code: null, retriable: false }
      expect(letters).toMatchObject([
        { topic: 'orders', partition: 0, value: Buffer.from('poison'), attempts: 1, error },
      ])
    },
  )
})
