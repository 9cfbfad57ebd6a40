import type { Address } from '../../src/actor/address.js'
import type { Connection, Context } from '../../src/actor/types.js'
import type { Timestamp } from '../../src/base/ids.js'
import type { Partition } from '../../src/broker/partition.js'
import type { StateError } from '../../src/broker/replicated-state.js'
import { type HostedStates, ReplicatedStates } from '../../src/broker/replicated-states.js'
import { COUNTER_CODEC, type Counted, type CounterRequest, Counters } from './counters.js'

/** How long a reply is held. */
export const TIMEOUT_MS = 5_000

/** What has become of a question; undefined: it was not answered yet, and never will be if its asker has gone. */
export interface AskedCounter {
  readonly request: CounterRequest
  readonly from: Address | null
  answer: number | StateError | undefined
}

/** Counters that a broker hosts on partition 0 of a topic, and whom the test asks: there is no API of theirs. */
export class HostedCounters implements HostedStates {
  readonly topic: string
  readonly machines: Counters[] = []
  /** A question that is asked anew in each turn, and its answers. */
  pestering: { readonly request: CounterRequest; readonly answers: (number | StateError)[] } | null = null
  readonly #states: ReplicatedStates<Counted, CounterRequest, number>
  /** Connections as the questions know them, by the peers whom the test says to ask. */
  readonly #connections = new Map<Address, Connection>()
  #asked: AskedCounter[] = []

  constructor(topic = 'orders') {
    this.topic = topic
    const create = (): Counters => {
      const machine = new Counters()
      this.machines.push(machine)
      return machine
    }
    this.#states = new ReplicatedStates({ topic, create, codec: COUNTER_CODEC, timeoutMs: TIMEOUT_MS })
  }

  set onAppend(onAppend: HostedStates['onAppend']) {
    this.#states.onAppend = onAppend
  }

  get onAppend(): HostedStates['onAppend'] {
    return this.#states.onAppend
  }

  /** Asks in the broker's next turn. */
  ask(asked: AskedCounter): void {
    this.#asked.push(asked)
  }

  noteChanged(partition: Partition, context: Context): void {
    this.#states.noteChanged(partition, context)
  }

  noteGone(partition: Partition, context: Context): void {
    this.#states.noteGone(partition, context)
  }

  noteCommitted(partition: Partition, context: Context): void {
    this.#states.noteCommitted(partition, context)
  }

  forget(connection: Connection): void {
    this.#states.forget(this.#connections.get(connection.peer) ?? connection)
  }

  tick(context: Context): Timestamp {
    const questions = this.#asked
    this.#asked = []
    for (const asked of questions) {
      this.#put(asked.request, asked.from, context, (answer) => {
        if (asked.answer !== undefined) throw new Error('A question is answered once')
        asked.answer = answer
      })
    }
    const { pestering } = this
    if (pestering !== null) this.#put(pestering.request, null, context, (answer) => void pestering.answers.push(answer))
    return this.#states.tick(context)
  }

  #put(
    request: CounterRequest,
    from: Address | null,
    context: Context,
    told: (answer: number | StateError) => void,
  ): void {
    const connection = from === null ? null : this.#connectionOf(from)
    const answer = told
    this.#states.ask(
      0,
      { request, connection, answer: ({ error, reply }) => answer(reply ?? (error as StateError)) },
      context,
    )
  }

  #connectionOf(peer: Address): Connection {
    const connection = this.#connections.get(peer) ?? ({ peer } as Connection)
    this.#connections.set(peer, connection)
    return connection
  }
}
