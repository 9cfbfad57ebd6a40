/** A thread that writes frames into a ring as fast as it has room, until `frames` are written or it is terminated. */
import { workerData } from 'node:worker_threads'
import { RingWriter } from '../../src/actor/ring.js'
import { Memory } from '../../src/base/memory.js'
import { RingFrames } from './ring-frames.js'

export interface RingWriterStart {
  readonly ring: SharedArrayBuffer
  readonly capacity: number
  readonly seed: string
  readonly frames: number
}

const { ring, capacity, seed, frames } = workerData as RingWriterStart
const writer = new RingWriter(new Memory(ring), 0, capacity)
const source = new RingFrames(seed, writer.payloadBytesMax)

while (source.number < frames) {
  const at = writer.claim(source.bytes)
  if (at < 0) continue
  source.write(writer.memory, at)
  writer.publish()
}
