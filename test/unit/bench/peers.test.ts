import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { CONTESTANTS } from '../../../bench/peers/contestants.js'
import { ConsecutiveCheck, readNumber, templateValue, writeNumber } from '../../../bench/peers/numbered-values.js'
import type { Peer, PeerOptions } from '../../../bench/peers/peer.js'
import { peersTable } from '../../../bench/peers/peers-table.js'
import { runPeers } from '../../../bench/peers/run-peers.js'
import { threadPeer } from '../../../bench/peers/thread-peer.js'

test.each(CONTESTANTS.map((peer) => [peer.name, peer] as const))(
  '%s moves every record, also beyond a full thousand',
  async (_, peer) => {
    const result = await peer.run({ recordBytes: 16, records: 34_567, warmUpRecords: 1_001 })
    expect(result.records).toBe(34_567)
    expect(result.recordsPerSecond).toBeGreaterThan(0)
  },
)

test('a record that is missing ends the run with an error instead of a figure', async () => {
  const lossy = threadPeer({
    name: 'lossy',
    says: 'leaves out a record',
    worker: new URL('../../../bench/peers/message-channel-worker.js', import.meta.url),
    open: lossySender,
  })
  await expect(lossy.run({ recordBytes: 8, records: 10, warmUpRecords: 0 })).rejects.toThrow(
    'Record 4 arrived where 3 was next',
  )
})

test('a number survives its eight bytes, beyond 32 bits too', () => {
  const value = templateValue(10)
  for (const number of [0, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writeNumber(value, 2, number)
    expect(readNumber(value, 2)).toBe(number)
    expect(new DataView(value.buffer).getBigUint64(2)).toBe(BigInt(number))
  }
})

test('a record that comes again is refused', () => {
  const check = new ConsecutiveCheck()
  const value = templateValue(8)
  writeNumber(value, 0, 0)
  check.take(value, 0)
  expect(() => check.take(value, 0)).toThrow('Record 0 arrived where 1 was next')
})

test('contestants run in turns, each with records for its own speed, and end in medians with their range', async () => {
  const turns: string[] = []
  const [slow, fast] = [fakePeer('slow', 1e6, turns), fakePeer('fast', 8e6, turns)]
  const summaries = await runPeers([slow, fast], { recordBytes: 100, repeats: 3, secondsPerTurn: 2 })
  expect(turns.slice(2)).toEqual([
    'slow 2000000',
    'fast 16000000',
    'slow 2000000',
    'fast 16000000',
    'slow 2000000',
    'fast 16000000',
  ])
  expect(summaries[1]?.recordsPerSecond).toEqual({ min: 8e6, median: 8e6, max: 8e6 })
  expect(peersTable(summaries)).toMatch(/fast.*8\.00/)
})

function lossySender() {
  const { port1, port2 } = new MessageChannel()
  const value = templateValue(8)
  return {
    workerData: { port: port2 },
    transferList: [port2],
    send(first: number, end: number) {
      for (let number = first; number < end; number++) {
        if (number === 3) continue
        writeNumber(value, 0, number)
        port1.postMessage(value)
      }
    },
    finish: () => port1.postMessage('end'),
    close: () => port1.close(),
  }
}

function fakePeer(name: string, recordsPerSecond: number, turns: string[]): Peer {
  return {
    name,
    says: name,
    run({ records, recordBytes }: PeerOptions) {
      turns.push(`${name} ${records}`)
      const megabytesPerSecond = (recordsPerSecond * recordBytes) / 1e6
      return Promise.resolve({
        records,
        seconds: records / recordsPerSecond,
        recordsPerSecond,
        megabytesPerSecond,
        cpuSecondsPerMillionRecords: 1,
      })
    },
  }
}
