import type { Actor, Context, Message } from '../../../src/actor/types.js'
import type { GivenBrokerOptions } from '../../../src/base/config/broker-options.js'
import type { Timestamp } from '../../../src/base/ids.js'
import type { Broker } from '../../../src/broker/broker.js'
import type { StateError } from '../../../src/broker/replicated-state.js'
import { ReplicatedStates } from '../../../src/broker/replicated-states.js'
import type { Decision } from '../../../src/log/decision.js'
import type { RecordCodec } from '../../../src/log/record-log.js'
import type { StateMachine } from '../../../src/log/state-machine.js'
import { GivenReplicas } from './given-replicas.js'

export const TIMEOUT_MS = 5_000

interface Counted {
  readonly name: string
  readonly value: number
}

type Question = { readonly type: 'count' | 'read'; readonly name: string }

/**
 * Counters with names: the smallest state that tells a lost record, one that was replayed twice, and one that was told
 * too early.
 */
class Counters implements StateMachine<Counted, Question, number> {
  /** What has happened to it, in order. */
  readonly life: string[] = []
  readonly #values = new Map<string, number>()

  decide({ type, name }: Question): Decision<Counted, number> {
    const value = this.#values.get(name) ?? 0
    if (type === 'read') return { records: [], reply: value }
    return { records: [{ name, value: value + 1 }], reply: value + 1 }
  }

  replay({ name, value }: Counted): void {
    if (value !== (this.#values.get(name) ?? 0) + 1) throw new Error(`${name} goes to ${value}`)
    this.#values.set(name, value)
  }

  load(): void {
    this.life.push('load')
  }

  unload(): void {
    this.life.push('unload')
  }
}

const CODEC: RecordCodec<Counted> = {
  encode: ({ name, value }) => ({ key: name, value: String(value) }),
  decode: (key, value) => (key === null || value === null ? null : { name: key.toString(), value: Number(value) }),
}

/** What has become of a question; undefined: it was not answered yet, and never will be if its broker has ended. */
export interface Asked {
  readonly question: Question
  answer: number | StateError | undefined
}

/** A broker that hosts counters, and whom the test asks directly: there is no API of theirs. */
class CountingBroker implements Actor {
  readonly serves: Broker['serves']
  readonly machines: Counters[] = []
  readonly #broker: Broker
  readonly #states: ReplicatedStates<Counted, Question, number>
  #questions: Asked[] = []

  constructor(start: (states: readonly ReplicatedStates<Counted, Question, number>[]) => Broker) {
    const create = (): Counters => {
      const machine = new Counters()
      this.machines.push(machine)
      return machine
    }
    this.#states = new ReplicatedStates({ topic: 'orders', create, codec: CODEC, timeoutMs: TIMEOUT_MS })
    this.#broker = start([this.#states])
    this.serves = this.#broker.serves
  }

  ask(asked: Asked): void {
    this.#questions.push(asked)
  }

  receive(message: Message, context: Context): void {
    this.#broker.receive(message, context)
  }

  tick(context: Context): Timestamp {
    const questions = this.#questions
    this.#questions = []
    for (const asked of questions) {
      this.#states.ask(
        0,
        asked.question,
        ({ error, reply }) => (asked.answer = reply ?? (error as StateError)),
        context,
      )
    }
    return this.#broker.tick(context)
  }

  checkInvariants(): void {
    this.#broker.checkInvariants()
  }
}

/**
 * Three brokers that replicate counters on the partition that they hold. At least two replicas must have what counts.
 */
export class GivenCounters {
  readonly replicas: GivenReplicas
  readonly #brokers = new Map<number, CountingBroker>()

  constructor(options: GivenBrokerOptions = {}, configs: Record<string, unknown> = {}) {
    this.replicas = new GivenReplicas(options, { 'min.insync.replicas': 2, ...configs }, (id, start) => {
      const broker = new CountingBroker(start)
      this.#brokers.set(id, broker)
      return broker
    })
  }

  /** Asks the broker in its next turn, which the test has to let it take. */
  askLater(id: number, name: string, type: Question['type'] = 'count'): Asked {
    const asked: Asked = { question: { type, name }, answer: undefined }
    this.#brokers.get(id)?.ask(asked)
    return asked
  }

  /** Asks the broker, in a turn that no other broker follows: nothing of it is replicated yet. */
  askAlone(id: number, name: string, type?: Question['type']): Asked {
    const asked = this.askLater(id, name, type)
    this.replicas.stage.turn(`broker-${id}`)
    return asked
  }

  ask(id: number, name: string, type?: Question['type']): Asked['answer'] {
    const asked = this.askLater(id, name, type)
    this.replicas.stage.settle()
    return asked.answer
  }

  /** What has happened to each state of a broker, oldest first; one that nobody has asked yet has had no life. */
  lives(id: number): string[] {
    return (this.#brokers.get(id)?.machines ?? []).map(({ life }) => life.join(' ')).filter((life) => life !== '')
  }

  checkInvariants(): void {
    for (const broker of this.#brokers.values()) broker.checkInvariants()
  }
}
