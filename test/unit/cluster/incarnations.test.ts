import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import { ControlBlock } from '../../../src/actor/control-block.js'
import type { FaultOrder } from '../../../src/actor/runner.js'
import { type Timestamp, timestamp } from '../../../src/base/ids.js'
import {
  AS_A_CRASH,
  type Birth,
  type Ending,
  FOR_GOOD,
  Incarnations,
  type ThreadReport,
} from '../../../src/cluster/incarnations.js'

const STAYS_DOWN: Ending = { ...AS_A_CRASH, staysDown: true }
const LOSES_MEMORY: Ending = { ...AS_A_CRASH, loses: 'everything' }

/** Threads of which each does nothing but end when the test says so. */
class Threads {
  /** Whatever was told or done, in its order. */
  readonly log: string[] = []
  readonly births = new Map<Address, Birth[]>()
  readonly controls = new Map<Address, ControlBlock>()
  now: Timestamp = timestamp(0)
  readonly incarnations = new Incarnations<never>({
    clock: { now: () => this.now },
    switchboard: {
      join: ({ address }) => void this.log.push(`${address} joins`),
      leave: (address) => void this.log.push(`${address} leaves`),
    },
    restartLimits: { intensity: 1, periodMs: 1000 },
    tell: (report) => void this.log.push(told(report)),
  })

  spawn(address: Address): void {
    const control = new ControlBlock()
    this.controls.set(address, control)
    this.incarnations.spawn({
      address,
      control,
      run: (birth) => {
        this.births.set(address, [...(this.births.get(address) ?? []), birth])
        this.log.push(`${address} runs`)
        const post = (mail: { readonly type: string }): void => void this.log.push(`${address} gets ${mail.type}`)
        const seat = { address, control: control.memory.shared, bell: control, post }
        return { seat, terminate: () => void this.log.push(`${address} is being ended`) }
      },
    })
  }

  /** The thread ends, by itself or because it was asked to. */
  exit(address: Address, error: string | null = null): void {
    this.births.get(address)?.at(-1)?.exited(1, error)
  }

  /** What has happened since this was asked last. */
  happened(): string[] {
    return this.log.splice(0)
  }
}

function told(report: ThreadReport): string {
  if (report.type === 'exited') return `told that ${report.address} has exited: ${report.error}`
  if (report.type === 'gaveUp') return `told of ${report.address}: ${report.says}`
  return `told of ${report.from}: ${report.news.type}`
}

function given(...addresses: readonly Address[]): Threads {
  const threads = new Threads()
  for (const address of addresses) threads.spawn(address)
  threads.happened()
  return threads
}

const order: FaultOrder = { type: 'faults', version: 1, rules: [] }

test('an end is told to the application before it is told to the peers', () => {
  const threads = given('broker-1')
  threads.exit('broker-1', 'out of memory')
  expect(threads.happened()).toEqual(['told that broker-1 has exited: out of memory', 'broker-1 leaves'])
  expect(threads.controls.get('broker-1')?.hasEnded).toBe(true)
})

test('a broker that has crashed is started again when the supervisor asks for it, and not before', () => {
  const threads = given('broker-1')
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect(threads.happened()).toEqual(['broker-1 runs', 'broker-1 joins'])
  expect(threads.controls.get('broker-1')?.hasEnded).toBe(false)
})

test('a broker that runs is not started a second time', () => {
  const threads = given('broker-1')
  threads.incarnations.restart('broker-1')
  threads.incarnations.respawn('broker-1')
  expect(threads.happened()).toEqual([])
})

test('a broker that was ended to stay down is started by the application alone', () => {
  const threads = given('broker-1')
  threads.incarnations.terminate('broker-1', STAYS_DOWN)
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect(threads.happened()).toEqual([])
  threads.incarnations.respawn('broker-1')
  expect(threads.happened()).toEqual(['broker-1 runs', 'broker-1 joins'])
})

test('a broker that stayed down once is started again after its next crash', () => {
  const threads = given('broker-1')
  threads.incarnations.terminate('broker-1', STAYS_DOWN)
  threads.exit('broker-1')
  threads.incarnations.respawn('broker-1')
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect(threads.happened()).toEqual(['broker-1 runs', 'broker-1 joins'])
})

test('a broker that crashes while it is being asked to stay down stays down', () => {
  const threads = given('broker-1')
  threads.exit('broker-1', 'out of memory')
  threads.incarnations.terminate('broker-1', STAYS_DOWN)
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect(threads.happened()).toEqual([])
})

test.each([
  ['an incarnation inherits what those before have kept', AS_A_CRASH, 64],
  ['an incarnation inherits nothing of one that was to lose its memory', LOSES_MEMORY, 0],
])('%s', (_title, ending, bytes) => {
  const threads = given('broker-1')
  threads.births.get('broker-1')?.at(-1)?.memory.keep(0, new SharedArrayBuffer(64))
  threads.incarnations.terminate('broker-1', ending)
  threads.exit('broker-1')
  threads.incarnations.restart('broker-1')
  const { segments } = threads.births.get('broker-1')?.at(-1)?.memory.inheritance ?? { segments: [] }
  expect([segments.length * 64, threads.incarnations.segmentBytes]).toEqual([bytes, bytes])
})

test('each of two who ask for an end gets what it asks for', () => {
  const threads = given('broker-1')
  threads.births.get('broker-1')?.at(-1)?.memory.keep(0, new SharedArrayBuffer(64))
  threads.incarnations.terminate('broker-1', LOSES_MEMORY)
  threads.incarnations.terminate('broker-1', STAYS_DOWN)
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect([threads.happened(), threads.incarnations.segmentBytes]).toEqual([[], 0])
})

test('a broker that has ended loses the memory that somebody asks it to lose', () => {
  const threads = given('broker-1')
  threads.births.get('broker-1')?.at(-1)?.memory.keep(0, new SharedArrayBuffer(64))
  threads.exit('broker-1')
  threads.incarnations.terminate('broker-1', LOSES_MEMORY)
  expect(threads.incarnations.segmentBytes).toBe(0)
})

test('a supervisor that crashes is started again by itself, until it has crashed too often', () => {
  const threads = given('controller-0')
  threads.exit('controller-0')
  expect(threads.happened().slice(2)).toEqual(['controller-0 runs', 'controller-0 joins'])
  threads.exit('controller-0')
  const says = 'The supervisor has crashed more than 1 time in 1000 ms: it stays down'
  expect(threads.happened().slice(2)).toEqual([`told of controller-0: ${says}`])
})

test('crashes of a supervisor that lie far apart are not too many', () => {
  const threads = given('controller-0')
  threads.exit('controller-0')
  threads.now = timestamp(2000)
  threads.happened()
  threads.exit('controller-0')
  expect(threads.happened().slice(2)).toEqual(['controller-0 runs', 'controller-0 joins'])
})

test('a supervisor that was ended to stay down is not started again', () => {
  const threads = given('controller-0')
  threads.incarnations.terminate('controller-0', STAYS_DOWN)
  threads.exit('controller-0')
  expect(threads.happened().at(-1)).toBe('controller-0 leaves')
})

test('a thread without a next incarnation is gone with its memory, and its address is free', () => {
  const threads = given('consumer-1')
  threads.births.get('consumer-1')?.at(-1)?.memory.keep(0, new SharedArrayBuffer(64))
  threads.incarnations.terminate('consumer-1', FOR_GOOD)
  threads.exit('consumer-1')
  threads.incarnations.respawn('consumer-1')
  expect(threads.happened().at(-1)).toBe('consumer-1 leaves')
  expect([threads.incarnations.controlOf('consumer-1'), threads.incarnations.segmentBytes]).toEqual([undefined, 0])
})

test('an order of faults reaches a thread that runs, and each of its later incarnations', () => {
  const threads = given('broker-1')
  threads.incarnations.order('broker-1', order)
  expect(threads.happened()).toEqual(['broker-1 gets faults'])
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.restart('broker-1')
  expect(threads.happened()).toEqual(['broker-1 runs', 'broker-1 joins', 'broker-1 gets faults'])
})

test('an order to a thread that has ended is answered at once, and waits for its next incarnation', () => {
  const threads = given('broker-1')
  threads.exit('broker-1')
  threads.happened()
  threads.incarnations.order('broker-1', order)
  expect(threads.happened()).toEqual(['told of broker-1: faultsTaken'])
  threads.incarnations.respawn('broker-1')
  expect(threads.happened().at(-1)).toBe('broker-1 gets faults')
})
