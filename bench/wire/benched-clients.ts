import { Consumer, Producer } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'

/** What is asked of a client: anything else is as it is by default. */
export interface BenchedClient {
  producer(topic: string): Promise<BenchedProducer>
  /** Reads all of the topic, as the only member of a group. Resolves with what ends that. */
  consume(topic: string, onRecords: (count: number) => void): Promise<() => Promise<void>>
}

export interface BenchedProducer {
  send(values: readonly Buffer[], acks: -1 | 1): Promise<void>
  close(): Promise<void>
}

const groupOf = (topic: string): string => `readers-of-${topic}`

export function kafkajsClient(address: string): BenchedClient {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
  return {
    async producer(topic) {
      const producer = kafka.producer()
      await producer.connect()
      return {
        async send(values, acks) {
          await producer.send({ topic, acks, messages: values.map((value) => ({ value })) })
        },
        close: () => producer.disconnect(),
      }
    },
    async consume(topic, onRecords) {
      const consumer = kafka.consumer({ groupId: groupOf(topic) })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachBatch: async ({ batch }) => onRecords(batch.messages.length) })
      return () => consumer.disconnect()
    },
  }
}

export function platformaticClient(address: string): BenchedClient {
  const base = { clientId: 'bench', bootstrapBrokers: [address] }
  return {
    async producer(topic) {
      const producer = new Producer(base)
      return {
        async send(values, acks) {
          await producer.send({ acks, messages: values.map((value) => ({ topic, value })) })
        },
        close: () => producer.close(),
      }
    },
    async consume(topic, onRecords) {
      const consumer = new Consumer({ ...base, groupId: groupOf(topic) })
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
      stream.on('data', () => onRecords(1))
      return async () => void (await consumer.close(true))
    },
  }
}
