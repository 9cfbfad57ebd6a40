import type { Address } from '../../actor/address.js'
import { counted, grouped } from '../../base/words.js'
import type { Sent } from '../history/history.js'
import type { Delivered, Produced } from '../history/history-recorder.js'
import { optionOf } from './batch-room.js'
import { type Experiment, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { type Observations, observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { type Source, Trial } from './trial.js'

const SHAPE = { brokers: '3', 'replication.factor': '3', 'batch.size': '1024', 'max.block.ms': '100' } as const
/**
 * The longest max.block.ms. A run lasts at least as long; it is far below request.timeout.ms, so that nothing is sent
 * twice.
 */
const BLOCK_MS_MAX = 5_000
const RECORDS_MAX = 1_000_000

/** Shows what a producer does when its memory is full, and what becomes of the records. */
export const bufferFull: Experiment = {
  name: 'buffer-full',
  claim:
    'When buffer.memory is full, produce() says false with the last record that it takes for a new batch, throws for a record that finds ' +
    'no room, and drain tells when to go on; send() waits, and fails after max.block.ms with a TimeoutError that names buffer.memory. ' +
    'Nothing that was taken is lost, and what was refused is not written.',
  explanation: [
    'A producer is cut off from the leader of its partition, so that nothing it sends is answered. It calls produce() until that throws, ' +
      'though it was told to stop before: produce() says false when less than one batch is free, and that record is taken. buffer.memory ' +
      'holds every record until it is acknowledged, and now it holds no more. Then it calls send(), which waits for memory and gives up ' +
      'after max.block.ms. Then the link is healed, drain comes, and more records are produced, as often as produce() says true.',
    'buffer.memory bounds what a producer may have under way. Without a bound, a broker that is slower than its producers would fill ' +
      'the memory of the process, and all of that would be lost with it. With it, the one who makes records has to wait: produce() never ' +
      'blocks, so it says false, as the write() of a stream does, and leaves the waiting to its caller; send() waits by itself, first ' +
      'come first served.',
    'A send() that fails like this has failed before sending: its record was never put into a batch, so it may be sent again without ' +
      'fear of a duplicate. After a timeout while sending nobody knows that: the record may have been written.',
  ].join('\n\n'),
  records: 50,
  cells: [
    { ...SHAPE, 'buffer.memory': '8192' },
    { ...SHAPE, 'buffer.memory': '65536' },
  ],
  run,
}

function run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome> {
  checkBlock(config)
  checkMemory(config)
  return Trial.run(
    host,
    config.workload,
    seed,
    async (trial) => {
      const began = trial.cluster.now()
      trial.recording.startNow()
      const seen = await fillAndDrain(trial, config)
      const observations = observe(await trial.readEverything())
      return {
        observations,
        tookMs: trial.cluster.now() - began,
        broken: brokenBy(seen, observations, config),
        says: wordsOf(seen, config),
        facts: {
          'taken until produce() said false': seen.takenUntilTold,
          'taken until it threw': seen.taken,
          'bytes of values': grouped(seen.taken * config.workload.recordBytes),
          'send() meanwhile': seen.refused.error,
          'drains afterwards': seen.drains,
          acknowledged: observations.acknowledged,
        },
        recording: trial.recording,
      }
    },
    { tellsBatches: true, replicasMin: 1 },
  )
}

type Delivery = Pick<Produced, 'delivered'>

interface Seen {
  /** Records that produce() took until it said false, that one included. */
  readonly takenUntilTold: number
  /** Records that it took until it threw. */
  readonly taken: number
  /** Records that were taken, but not acknowledged in the end. */
  readonly failed: number
  readonly refused: Delivered
  /** Whether `drain` came before anything had become free. */
  readonly isDrainedEarly: boolean
  readonly drains: number
}

async function fillAndDrain(trial: Trial, { records }: LabConfig): Promise<Seen> {
  const { cluster, recording } = trial
  const source = trial.source()
  const { producer } = source
  await partitionKnown(trial, source)
  const { leader } = await trial.watch.view()
  const { threads } = await cluster.run(cluster.doors.describe())
  const sender = threads.map(({ address }) => address).find((address) => address.startsWith('sender-')) as Address
  await cluster.run(cluster.doors.cutLink(sender, leader))
  recording.tell(`broker-${leader}`, 'cut', 'is cut off from the producer')

  const { deliveries, takenUntilTold } = takeAll(trial, source)
  const taken = deliveries.length
  const says = `produce() said false with record ${takenUntilTold}, has taken ${counted(taken, 'record')}, and throws for the next`
  recording.tell('producer', 'full', says)
  let drains = 0
  producer.on('drain', () => {
    drains += 1
  })
  const refused = await cluster.run(trial.send(source))
  forget(source, refused)
  recording.tell('producer', 'refused', `send() has waited for memory, and failed: ${refused.says}`)
  const isDrainedEarly = drains > 0

  await cluster.run(cluster.doors.healLink(sender, leader))
  recording.tell(`broker-${leader}`, 'heal', 'can be reached by the producer again')
  while (deliveries.length < taken + records) deliveries.push(await produced(trial, source))
  recording.tell(
    'producer',
    'send',
    `has produced ${counted(records, 'record')} more, after ${counted(drains, 'drain')}`,
  )
  const settled = await cluster.run(Promise.all(deliveries.map(({ delivered }) => delivered)))
  recording.tell('producer', 'acknowledged', 'has no record under way any more')
  const failed = settled.filter(({ error }) => error !== 'NONE').length
  return { takenUntilTold, taken, failed, refused, isDrainedEarly, drains }
}

/**
 * Waits until the producer knows its partition: from then on send() waits for memory alone. On a busy machine this may
 * take longer than max.block.ms.
 */
async function partitionKnown(trial: Trial, source: Source): Promise<void> {
  for (;;) {
    const sent = await trial.cluster.run(trial.send(source))
    if (sent.error === 'NONE') return
    forget(source, sent)
  }
}

/** Forgets a record that is in no batch. */
function forget(source: Source, { sent }: Delivered): void {
  for (const numbers of source.numbers.values()) numbers.splice(numbers.indexOf(sent.number), 1)
}

/**
 * Produces one record, once the producer has room. The object holds the promise of its fate, which would be awaited
 * here without it.
 */
async function produced(trial: Trial, source: Source): Promise<Delivery> {
  for (;;) {
    await trial.cluster.run(source.producer.drained())
    const record = trial.produce(source)
    if (record !== null) return record
  }
}

/** Produces until there is no room for the next record, although the producer has said so before. */
function takeAll(trial: Trial, source: Source): { deliveries: Delivery[]; takenUntilTold: number } {
  const deliveries: Delivery[] = []
  let takenUntilTold = 0
  for (;;) {
    const record = trial.produce(source)
    if (record === null) return { deliveries, takenUntilTold }
    deliveries.push(record)
    if (!record.hasRoom && takenUntilTold === 0) takenUntilTold = deliveries.length
  }
}

function checkBlock({ workload }: LabConfig): void {
  const blockMs = Number(optionOf(workload, 'max.block.ms'))
  if (blockMs <= BLOCK_MS_MAX) return
  throw new RefusedError(
    `Cannot set max.block.ms to ${blockMs}: it must be at most ${BLOCK_MS_MAX} here, for it is waited for`,
  )
}

function checkMemory({ workload }: LabConfig): void {
  const memory = Number(optionOf(workload, 'buffer.memory'))
  if (memory <= RECORDS_MAX * workload.recordBytes) return
  throw new RefusedError(
    `Cannot set buffer.memory to ${memory} with records of ${workload.recordBytes} bytes: it must hold at most ` +
      `${grouped(RECORDS_MAX)} records here, for what becomes of each is kept`,
  )
}

function brokenBy(seen: Seen, { lost, history, anomalies }: Observations, { workload }: LabConfig): string | null {
  const { refused } = seen
  const memory = Number(optionOf(workload, 'buffer.memory'))
  if (seen.taken * workload.recordBytes > memory)
    return `produce() took ${counted(seen.taken, 'record')}: more than buffer.memory holds`
  if (refused.error !== 'REQUEST_TIMED_OUT' || !refused.says.includes('buffer.memory'))
    return `send() ended with ${refused.error}, and not with a timeout for want of buffer.memory: ${refused.says}`
  if (seen.takenUntilTold === 0) return 'produce() threw before it said false'
  if (seen.isDrainedEarly) return 'drain came while buffer.memory was full'
  if (seen.drains === 0) return 'drain did not come'
  if (lost.length > 0 || seen.failed > 0) return `${counted(lost.length + seen.failed, 'record')} lost that were taken`
  const isRefused = ({ producer, number }: Pick<Sent, 'producer' | 'number'>): boolean =>
    producer === refused.sent.producer && number === refused.sent.number
  if (history.read.some(isRefused)) return 'the record that was refused was written'
  return anomalies[0]?.says ?? null
}

function wordsOf({ takenUntilTold, taken, refused, drains }: Seen, { workload }: LabConfig): string {
  return (
    `${counted(taken, 'record')} of ${workload.recordBytes} bytes fill buffer.memory=${optionOf(workload, 'buffer.memory')}: produce() says ` +
    `false with number ${takenUntilTold}, and throws when there is no room at all; send() fails after ` +
    `max.block.ms=${optionOf(workload, 'max.block.ms')} with ${refused.error}. Once the broker can be reached again, drain comes ` +
    `(${drains === 1 ? 'once' : `${drains} times`}), and every record that was taken is acknowledged and read.`
  )
}
