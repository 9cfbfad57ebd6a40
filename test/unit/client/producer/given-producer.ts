import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { seededRandom } from '../../../../src/base/random.js'
import { MemoryLoans } from '../../../../src/client/batches/memory-loans.js'
import { NO_OFFICE } from '../../../../src/client/dead-letters/dead-letter-office.js'
import type { Lifetime } from '../../../../src/client/lifetime.js'
import type { Partitioner } from '../../../../src/client/producer/partitioner.js'
import { Producer } from '../../../../src/client/producer/producer.js'
import { ProducerErrors } from '../../../../src/client/producer/producer-errors.js'
import { ProducerEvents } from '../../../../src/client/producer/producer-events.js'
import { ProducerFront } from '../../../../src/client/producer/producer-front.js'
import type { Serializers } from '../../../../src/client/producer/serializers.js'
import { SenderCounters } from '../../../../src/client/sender/sender-counters.js'
import type { Response } from '../../../../src/protocol/api.js'
import type { MetadataRequest } from '../../../../src/protocol/apis/metadata.js'
import type { RecordData } from '../../../../src/record/record.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { type GivenAccumulator, givenAccumulator, HandClock } from '../batches/given-accumulator.js'
import { givenLife } from '../given-life.js'
import { partitionMetadata } from '../given-metadata.js'

/** A producer whose sender the test plays: topics exist, with two partitions at first, unless they have an error. */
export class GivenProducer<Value = RecordData> {
  readonly stage = new Stage()
  readonly clock = new HandClock()
  readonly given: GivenAccumulator
  readonly events = new ProducerEvents(() => {})
  readonly front: ProducerFront
  readonly life: Lifetime
  readonly producer: Producer<RecordData, Value>
  /** What is said of these topics instead. */
  readonly errors = new Map<string, ErrorCode>()
  readonly asked: MetadataRequest[] = []
  /** How many partitions all topics have. */
  partitionCount = 2

  constructor(
    options: Parameters<typeof parseProducerOptions>[0] = {},
    sizes: { batchBytes?: number; bufferBytes?: number } = {},
    serializers: Serializers<RecordData, Value> = {},
    partitioner: Partitioner | null = null,
  ) {
    const parsed = parseProducerOptions(options)
    this.given = givenAccumulator(sizes, this.clock)
    this.clock.time = this.stage.now
    const said = { errors: new ProducerErrors(parsed), events: this.events }
    this.front = new ProducerFront({
      ...said,
      options: parsed,
      accumulator: this.given.accumulator,
      loans: new MemoryLoans(),
      sender: 'sender-0',
      ownBell: { ring: () => {} },
      clock: this.clock,
      random: seededRandom(1),
      partitioner,
    })
    this.life = givenLife(this.front, this.stage)
    this.producer = new Producer({
      ...said,
      office: NO_OFFICE,
      outside: (promise) => promise,
      front: this.front,
      options: parsed,
      serializers,
      interceptors: null,
      counters: new SenderCounters(parsed),
      life: this.life,
    })
    this.stage.seat('sender-0', new ScriptedActor((body) => (body.api === 'Metadata' ? this.#metadata(body) : null)))
  }

  settle(): void {
    this.stage.settle()
  }

  pass(milliseconds: number): void {
    this.clock.time += milliseconds
    this.stage.pass(milliseconds)
  }

  /** The sender reports the batch that was opened as number n. */
  report(number: number, error: ErrorCode = 'NONE'): void {
    const { shared } = this.given
    const slot = shared.announcedSlot(number)
    shared.close(slot)
    shared.reports.write({ slot, error, baseOffset: error === 'NONE' ? 0 : -1 })
    this.settle()
  }

  #metadata(request: MetadataRequest): Response {
    this.asked.push(request)
    const partitions = Array.from({ length: this.partitionCount }, (_, partition) =>
      partitionMetadata({ partition, leader: 1 }),
    )
    const topics = (request.topics ?? []).map((name) => {
      const error = this.errors.get(name)
      return error === undefined
        ? { error: 'NONE' as const, name, topicId: 1, isInternal: false, partitions }
        : { error, name, topicId: -1, isInternal: false, partitions: [] }
    })
    return { api: 'Metadata', brokers: [1], controller: 0, topics }
  }
}
