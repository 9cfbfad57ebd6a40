/**
 * A thread on a duty cycle that always has work. It serves one connection, whose mail the test never posts, and
 * publishes what it sees of it: word 0 of `seen` is 1 once the connection counts as closed.
 */
import { workerData } from 'node:worker_threads'
import { RingConnection } from '../../src/actor/connection.js'
import { ControlBlock } from '../../src/actor/control-block.js'
import { runDutyCycle } from '../../src/actor/duty-cycle.js'
import { Runner } from '../../src/actor/runner.js'
import { NEVER, timestamp } from '../../src/base/ids.js'
import { Memory } from '../../src/base/memory.js'
import { seededRandom } from '../../src/base/random.js'

export interface PausableThreadStart {
  readonly control: SharedArrayBuffer
  readonly connection: SharedArrayBuffer
  readonly seen: SharedArrayBuffer
}

const start = workerData as PausableThreadStart
const seen = new Int32Array(start.seen)
const connection = new RingConnection({
  id: 1,
  peer: 'client-1',
  isInitiator: false,
  memory: new Memory(start.connection),
  peerBell: { noteFrame: () => {}, ring: () => {} },
  port: { post: () => {}, receive: () => undefined, close: () => {} },
  close: () => {},
})
const runner = new Runner({
  self: 'broker-1',
  control: new ControlBlock(start.control),
  wire: { receive: () => undefined, connect: () => {}, release: () => {}, letGo: () => {}, tell: () => {} },
  random: seededRandom(1),
  actor: {
    receive: () => {},
    tick(context) {
      if (connection.isClosed) Atomics.store(seen, 0, 1)
      context.noteWork()
      return NEVER
    },
  },
})
runDutyCycle(runner, { now: () => timestamp(performance.now()) })
