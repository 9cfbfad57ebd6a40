import { EventEmitter } from 'node:events'
import { ConsecutiveCheck, templateValue, writeNumber } from './numbered-values.js'
import { type Peer, timed } from './peer.js'

/** No thread at all: what a bus costs when the listener runs inside the sender's call. */
export const eventEmitter: Peer = {
  name: 'event-emitter',
  says: 'EventEmitter on one thread, a fresh Buffer for each record; the listener blocks the sender',
  async run({ recordBytes, records, warmUpRecords }) {
    const template = templateValue(recordBytes)
    const check = new ConsecutiveCheck()
    const bus = new EventEmitter<{ record: [Uint8Array] }>()
    bus.on('record', (value) => check.take(value, 0))

    const move = (first: number, end: number): void => {
      for (let number = first; number < end; number++) {
        const value = Buffer.allocUnsafe(recordBytes)
        value.set(template)
        writeNumber(value, 0, number)
        bus.emit('record', value)
      }
    }
    move(0, warmUpRecords)
    return timed({ recordBytes, records }, () => move(warmUpRecords, warmUpRecords + records))
  },
}
