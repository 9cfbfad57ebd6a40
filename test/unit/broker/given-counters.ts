import type { Address } from '../../../src/actor/address.js'
import type { GivenBrokerOptions } from '../../../src/base/config/broker-options.js'
import type { CounterRequest } from '../../support/counters.js'
import { type AskedCounter, HostedCounters } from '../../support/hosted-counters.js'
import { GivenReplicas } from './given-replicas.js'

type Type = CounterRequest['type']

/**
 * Three brokers that replicate counters on the partition that they hold. At least two replicas must have what counts.
 */
export class GivenCounters {
  readonly replicas: GivenReplicas
  readonly #hosted = new Map<number, HostedCounters>()

  constructor(options: GivenBrokerOptions = {}, configs: Record<string, unknown> = {}) {
    this.replicas = new GivenReplicas(options, { 'min.insync.replicas': 2, ...configs }, (id) => {
      const hosted = new HostedCounters()
      this.#hosted.set(id, hosted)
      return [hosted]
    })
  }

  /** Asks the broker in its next turn, which the test has to let it take. */
  askLater(id: number, name: string, type: Type = 'count', from: Address | null = null): AskedCounter {
    const asked: AskedCounter = { request: { type, name }, from, answer: undefined }
    this.#hosted.get(id)?.ask(asked)
    return asked
  }

  /** Asks the broker, in a turn that no other broker follows: nothing of it is replicated yet. */
  askAlone(id: number, name: string, type?: Type, from?: Address): AskedCounter {
    const asked = this.askLater(id, name, type, from)
    this.replicas.stage.turn(`broker-${id}`)
    return asked
  }

  ask(id: number, name: string, type?: Type): AskedCounter['answer'] {
    const asked = this.askLater(id, name, type)
    this.replicas.stage.settle()
    return asked.answer
  }

  /** Asks the broker in each of its turns while `act` runs. Returns the answers. */
  pester(id: number, name: string, act: () => void): NonNullable<AskedCounter['answer']>[] {
    const hosted = this.#hosted.get(id) as HostedCounters
    const answers: NonNullable<AskedCounter['answer']>[] = []
    hosted.pestering = { request: { type: 'read', name }, answers }
    act()
    hosted.pestering = null
    return answers
  }

  /** What has happened to each state of a broker, oldest first; one that nobody has asked yet has had no life. */
  lives(id: number): string[] {
    const machines = this.#hosted.get(id)?.machines ?? []
    return machines.map(({ life }) => life.join(' ')).filter((life) => life !== '')
  }
}
