import { type Spread, spreadOf } from '../../src/lab/measure/bench-result.js'
import type { Peer, PeerResult } from './peer.js'

export interface RunPeersOptions {
  readonly recordBytes: number
  readonly repeats: number
  /** The rough length of one turn of one contestant; fast ones move more records in it. */
  readonly secondsPerTurn: number
  /** Called before each turn. */
  readonly onTurn?: (turn: { readonly name: string; readonly repeat: number }) => void
}

/** A contestant's repeats as medians with the range around them. */
export interface PeerSummary {
  readonly name: string
  readonly says: string
  readonly recordBytes: number
  /** Records in each repeat. */
  readonly records: number
  readonly repeats: number
  readonly recordsPerSecond: Spread
  readonly megabytesPerSecond: Spread
  readonly cpuSecondsPerMillionRecords: Spread
}

const CALIBRATION = { records: 100_000, warmUpRecords: 50_000 } as const
const RECORDS = { min: 10_000, max: 100_000_000 } as const
/**
 * The most records for warming up. After so many, compilers have nothing left to optimise, and all memory of a
 * contestant was touched once, which is slow.
 */
const WARM_UP_RECORDS_MAX = 8_000_000

/**
 * Runs the contestants in turns: A B C, A B C, … A neighbour on the machine, or a clock that slows down, then hits all
 * of them. Ratios within one call hold even where the figures themselves do not.
 */
export async function runPeers(peers: readonly Peer[], options: RunPeersOptions): Promise<readonly PeerSummary[]> {
  const contests = []
  for (const peer of peers) {
    options.onTurn?.({ name: peer.name, repeat: 0 })
    contests.push({ peer, records: await recordsPerTurn(peer, options), results: [] as PeerResult[] })
  }
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const { peer, records, results } of contests) {
      options.onTurn?.({ name: peer.name, repeat })
      const warmUpRecords = Math.min(WARM_UP_RECORDS_MAX, Math.ceil(records / 2))
      results.push(await peer.run({ recordBytes: options.recordBytes, records, warmUpRecords }))
    }
  }
  return contests.map(({ peer, records, results }) => ({
    name: peer.name,
    says: peer.says,
    recordBytes: options.recordBytes,
    records,
    repeats: options.repeats,
    recordsPerSecond: spreadOf(results.map((result) => result.recordsPerSecond)),
    megabytesPerSecond: spreadOf(results.map((result) => result.megabytesPerSecond)),
    cpuSecondsPerMillionRecords: spreadOf(results.map((result) => result.cpuSecondsPerMillionRecords)),
  }))
}

async function recordsPerTurn(peer: Peer, options: RunPeersOptions): Promise<number> {
  const { recordsPerSecond } = await peer.run({ recordBytes: options.recordBytes, ...CALIBRATION })
  return Math.round(Math.min(RECORDS.max, Math.max(RECORDS.min, recordsPerSecond * options.secondsPerTurn)))
}
