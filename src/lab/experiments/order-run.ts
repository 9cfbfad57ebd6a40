import { counted } from '../../base/words.js'
import type { FaultHandle } from '../../cluster/scripted-faults.js'
import { inFlightMax, type LabConfig, RefusedError, type RunOutcome } from './experiment.js'
import { type Observations, observe } from './findings.js'
import type { LabHost } from './lab-host.js'
import { drawPlan, type ErrorKind, type OrderPlan, type PlannedError } from './order-plan.js'
import { type RecordShape, type Source, Trial } from './trial.js'

export interface Judgement {
  /** The reason why the claim does not hold; null when it does. */
  readonly broken: string | null
  readonly says: string
}

/** The deeds of a run, and what came of them. */
export interface Seen {
  readonly observations: Observations
  readonly lost: number
  /** How often a batch was sent again. */
  readonly retries: number
  /** How many requests were hit. */
  readonly hits: number
}

export interface OrderRun {
  readonly host: LabHost
  readonly config: LabConfig
  readonly seed: number
  readonly errors: ErrorKind
  readonly judge: (seen: Seen) => Judgement
}

/** Bytes of a producer's memory: far more than usual records need, and quickly made, as thousands of runs make it. */
const BUFFER_BYTES = 2 ** 17
const SEGMENT_BYTES = 2 ** 16

/**
 * Runs what the experiments on order and duplicates share. A record to each partition opens the way. While the broker
 * stands still, the producer sends as many requests as it may. Then the broker goes on, and some requests do not go
 * well.
 *
 * A broker serves the requests of one connection one after the other, as Kafka's do (`SocketServer` mutes the channel),
 * so nothing but a retry can change the order.
 */
export function runOrder({ host, config, seed, errors, judge }: OrderRun): Promise<RunOutcome> {
  const { options, recordBytes } = config.workload
  if (options.acks === 0)
    throw new RefusedError('Cannot show it with acks=0: nobody is told of an error, so nothing is sent again')
  const plan = drawPlan(config, seed, errors)
  const together = Math.min(inFlightMax(config.workload), config.records)
  const drawn = {
    'buffer.memory': Math.max(BUFFER_BYTES, 2 * together * recordBytes),
    'log.segment.bytes': Math.max(SEGMENT_BYTES, 4 * recordBytes),
    'linger.ms': plan['linger.ms'],
    'retry.backoff.ms': plan['retry.backoff.ms'],
  }
  const workload = { ...config.workload, options: { ...drawn, ...options } }
  return Trial.run(
    host,
    workload,
    seed,
    async (trial) => {
      const began = trial.cluster.now()
      const source = trial.source()
      // The first batch of an idempotent producer to a partition goes alone.
      for (const partition of trial.partitions) await trial.cluster.run(trial.send(source, { partition }))
      const sendingFrom = trial.cluster.now()
      const faults = await send(trial, source, plan, inFlightMax(workload))
      await trial.settled()
      const sendingMs = trial.cluster.now() - sendingFrom
      const { retries } = source.producer.totals()
      // No fault is to hit what is written to end the reading.
      for (const fault of faults) await trial.cluster.run(fault.remove())
      const hits = faults.reduce((sum, { count }) => sum + count, 0)
      const observations = observe(await trial.readEverything())
      const seen = { observations, lost: observations.lost.length, retries, hits }
      return {
        observations,
        tookMs: trial.cluster.now() - began,
        sendingMs,
        ...(hits === 0 ? NOTHING_HIT : judge(seen)),
        facts: { 'requests hit': seen.hits, 'batches sent again': retries },
        recording: trial.recording,
      }
    },
    { tellsBatches: true, replicasMin: 1 },
  )
}

const NOTHING_HIT: Judgement = {
  broken: 'no request was hit, so that nothing is shown',
  says: 'No request was hit: fewer came than errors were to wait for.',
}

/** Sends the plan's records. Returns the faults that were to hit their requests. */
async function send(trial: Trial, source: Source, plan: OrderPlan, inFlight: number): Promise<FaultHandle[]> {
  const { cluster, recording } = trial
  const { leader } = await trial.watch.view()
  // Only one broker stands still and refuses, so all records go to that one.
  const led = (await trial.watch.leaders()).flatMap((of, partition) => (of === leader ? [partition] : []))
  const give = (shape: RecordShape): void =>
    void trial.send(source, { ...shape, partition: led[(shape.partition ?? 0) % led.length] as number })
  const faults: FaultHandle[] = []
  for (const error of plan.errors) faults.push(await script(trial, leader, error))

  await cluster.run(cluster.doors.pauseBroker(leader))
  recording.startNow()
  recording.tell(`broker-${leader}`, 'paused', 'stands still for a moment')
  for (const shape of plan.atOnce) give(shape)
  const isOnItsWay = (): boolean => {
    const { requests, answered, records } = source.producer.totals()
    return requests - answered >= inFlight || records >= source.sent
  }
  await trial.watch.until(isOnItsWay, 'as many requests as may be are on their way')
  cluster.doors.resumeBroker(leader)
  recording.tell(`broker-${leader}`, 'resumed', 'goes on')
  for (const group of plan.later) {
    await cluster.pass()
    for (const shape of group) give(shape)
  }
  return faults
}

async function script(trial: Trial, leader: number, { nth, error }: PlannedError): Promise<FaultHandle> {
  const { cluster, recording } = trial
  const { faults } = cluster.doors
  const fault = { api: 'Produce', broker: leader, nth } as const
  const handle = await cluster.run(
    faults.add(error === null ? { ...fault, action: 'dropResponse' } : { ...fault, action: 'error', error }),
  )
  const says =
    error === null ? 'writes what a request holds, and its answer is lost' : `refuses a request with ${error}`
  handle.hit().then(
    () => recording.tell(`broker-${leader}`, 'fault', says),
    // The fault hit nothing: the run was over before.
    () => {},
  )
  return handle
}

/** `3 records changed places`, or `nothing changed places`. */
export function movedWords(outOfOrder: number): string {
  return outOfOrder === 0 ? 'no record changed places' : `${counted(outOfOrder, 'record')} changed places`
}

export function duplicatedWords(duplicated: number): string {
  return duplicated === 0 ? 'none twice in the log' : `${counted(duplicated, 'record')} more than once in the log`
}
