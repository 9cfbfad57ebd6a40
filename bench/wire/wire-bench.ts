import type { Server, StartServer } from './servers.js'

/** What was measured several times, of both servers in turns. */
export interface WireFigure {
  readonly what: string
  readonly unit: WireUnit
  /** The values in the order in which they were measured. */
  readonly odradek: readonly number[]
  /** The values of the same turns; absent where there is no Kafka. */
  readonly kafka?: readonly number[]
}

export type WireUnit = 'records/s' | 'records' | 'ms' | 'MB' | 'bytes'

/** What one server showed in one turn. */
export interface Measured {
  readonly what: string
  readonly unit: WireUnit
  readonly value: number
}

export interface WireOptions {
  readonly servers: { readonly odradek: StartServer; readonly kafka?: StartServer }
  /** Turns of each server. */
  readonly repeats: number
  /** The share of the usual records, requests and seconds. */
  readonly scale: number
  readonly onProgress: (line: string) => void
}

/** One of the questions that `bench wire` answers. */
export interface WireBench {
  readonly name: string
  /** Says what it takes and is not here; null: nothing. */
  missing?(): Promise<string | null>
  run(options: WireOptions): Promise<readonly WireFigure[]>
}

/** Measures a server once. Topics are named for the turn; turn 0 warms up. */
export type Contest = (server: Server, turn: number) => Promise<readonly Measured[]>
