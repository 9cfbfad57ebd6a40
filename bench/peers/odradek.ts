import { measure } from '../../src/lab/measure/measure.js'
import type { Measurement } from '../../src/lab/measure/measurement.js'
import { generatedRecords } from '../../src/lab/measure/record-source.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../src/lab/measure/workload.js'
import type { Peer, PeerOptions, PeerResult } from './peer.js'

const WORKLOAD: Workload = {
  ...DEFAULT_WORKLOAD,
  options: { acks: 1, 'batch.size': 65_536, 'linger.ms': 5 },
}

/** This project, with all that it does for a record: batches, CRC made and checked, offsets, acknowledgements. */
export const odradekProduce = odradekPeer('produce', {})

export const odradekSend = odradekPeer('send, 100 a call, 8 outstanding', {
  api: 'send',
  recordsPerCall: 100,
  outstanding: 8,
})

function odradekPeer(how: string, differing: Partial<Workload>): Peer {
  return {
    name: `odradek (${how})`,
    says: 'three hops (application, sender, broker, consumer), a log, acks=1, batch.size 65536, linger.ms 5, CRC made and checked; read in place by a handler module',
    async run({ recordBytes, records, warmUpRecords }: PeerOptions): Promise<PeerResult> {
      const workload = { ...WORKLOAD, ...differing, recordBytes }
      const warmUp = { records: warmUpRecords, seconds: Number.POSITIVE_INFINITY, leadInSeconds: 0 }
      const outcome = await measure(workload, generatedRecords(workload), { limit: { records }, warmUp })
      if ('refused' in outcome) throw new Error(outcome.refused)
      checkWhole(outcome)
      const { recordsPerSecond, megabytesPerSecond, cpuSecondsPerMillionRecords } = outcome
      const seconds = records / recordsPerSecond
      return { records, seconds, recordsPerSecond, megabytesPerSecond, cpuSecondsPerMillionRecords }
    },
  }
}

function checkWhole({ lost, duplicated, outOfOrder, unacknowledged }: Measurement): void {
  if (lost + duplicated + outOfOrder + unacknowledged === 0) return
  throw new Error(
    `${lost} lost, ${duplicated} duplicated, ${outOfOrder} out of order, ${unacknowledged} not acknowledged`,
  )
}
