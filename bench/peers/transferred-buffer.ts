import { MessageChannel } from 'node:worker_threads'
import { VALUE_BYTE, writeNumber } from './numbered-values.js'
import { END } from './receiver.js'
import { threadPeer } from './thread-peer.js'

const RECORDS_PER_BUFFER = 100

/**
 * The fast path for programs that pack by hand: values of one size side by side in a buffer that changes hands without
 * a copy.
 */
export const transferredBuffer = threadPeer({
  name: 'transferred-buffer',
  says: `MessagePort, ${RECORDS_PER_BUFFER} values packed by hand in one transferred ArrayBuffer: no framing, no log, one reader`,
  worker: new URL('./transferred-buffer-worker.js', import.meta.url),
  open(recordBytes) {
    const { port1, port2 } = new MessageChannel()
    return {
      workerData: { port: port2 },
      transferList: [port2],
      send(first, end) {
        for (let number = first; number < end; number += RECORDS_PER_BUFFER) {
          const packed = pack({ first: number, end: Math.min(number + RECORDS_PER_BUFFER, end) }, recordBytes)
          port1.postMessage(packed, [packed.buffer])
        }
      },
      finish: () => port1.postMessage(END),
      close: () => port1.close(),
    }
  },
})

/** One native fill writes the content of all values, the cheapest way there is: only the hand-over is left to pay. */
function pack(range: { readonly first: number; readonly end: number }, recordBytes: number): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array((range.end - range.first) * recordBytes).fill(VALUE_BYTE)
  for (let number = range.first, at = 0; number < range.end; number++, at += recordBytes)
    writeNumber(packed, at, number)
  return packed
}
