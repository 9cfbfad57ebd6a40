import { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { type OpenCluster, OpenClusters } from '../../../src/cluster/open-clusters.js'

const FOUR_SECONDS = 4

/** A process that has nothing but what the test gives it. */
class GivenProcess {
  readonly warnings: string[] = []
  readonly clusters: OpenClusters
  active: readonly string[] = []
  isBusy = false
  isExpectingSignal = false
  startWorker: (worker: Worker) => void = () => {}

  constructor() {
    this.clusters = new OpenClusters({
      resources: () => this.active,
      wasBusy: () => this.isBusy,
      onWorker: (tell) => (this.startWorker = tell),
      expectsSignal: () => this.isExpectingSignal,
      warn: (says) => this.warnings.push(says),
    })
  }

  open(startedAt = 'at main.js:3:7'): { -readonly [Key in keyof OpenCluster]: OpenCluster[Key] } {
    const cluster = { startedAt, isReferenced: true, timers: 0, hasPending: false, busyMs: 0 }
    this.clusters.add(cluster)
    onTestFinished(() => this.clusters.delete(cluster))
    return cluster
  }

  pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) this.clusters.look()
  }
}

test('clusters that alone keep the process alive for 5 s are named once, each by the line that started it', () => {
  const given = new GivenProcess()
  given.open('at main.js:3:7')
  given.open('at main.js:4:7')
  given.pass(FOUR_SECONDS)
  expect(given.warnings).toEqual([])
  given.pass(10)
  expect(given.warnings).toEqual([expect.stringMatching(/2 clusters .*main\.js:3:7\n.*main\.js:4:7$/s)])
})

test.each<[string, (given: GivenProcess, cluster: ReturnType<GivenProcess['open']>) => void]>([
  ['has a server', (given) => (given.active = ['TCPServerWrap'])],
  ['has a timer of its own', (given) => (given.active = ['Timeout'])],
  ['works', (given) => (given.isBusy = true)],
  ['waits for a signal', (given) => (given.isExpectingSignal = true)],
  ['has a worker', (given) => given.startWorker(new EventEmitter() as Worker)],
  ['waits for an answer', (_, cluster) => (cluster.hasPending = true)],
  ['has closed its cluster', ({ clusters }, cluster) => clusters.delete(cluster)],
  ['lets its cluster end with it', (_, cluster) => (cluster.isReferenced = false)],
])('a program that %s is warned of nothing', (_what, set) => {
  const given = new GivenProcess()
  set(given, given.open())
  given.pass(100)
  expect(given.warnings).toEqual([])
})

test('the timers of clients keep no process alive', () => {
  const given = new GivenProcess()
  given.open().timers = 1
  given.active = ['Timeout']
  given.pass(5)
  expect(given.warnings).toHaveLength(1)
})

test('a thread of a cluster is not a worker of the program, and neither is a worker that has ended', () => {
  const given = new GivenProcess()
  given.open()
  const [own, other] = [new EventEmitter() as Worker, new EventEmitter() as Worker]
  given.clusters.noteOwn(own)
  given.startWorker(own)
  given.startWorker(other)
  given.pass(10)
  expect(given.warnings).toEqual([])
  other.emit('exit', 0)
  given.pass(5)
  expect(given.warnings).toHaveLength(1)
})

test('any event begins the 5 s anew', () => {
  const given = new GivenProcess()
  const cluster = given.open()
  for (let times = 0; times < 10; times++) {
    given.pass(FOUR_SECONDS)
    cluster.busyMs += 1
    given.pass(1)
  }
  expect(given.warnings).toEqual([])
})
