/** Something that moves records, measured the same way as everything else in the table. */
export interface Peer {
  readonly name: string
  /** One line for the reader of the table: what moves, and what the number leaves out. */
  readonly says: string
  /** Moves the warm-up records first, outside the clock. Rejects when a record is missing, repeated or out of order. */
  run(options: PeerOptions): Promise<PeerResult>
}

export interface PeerOptions {
  /** The size of a value, at least 8: a value begins with its number. */
  readonly recordBytes: number
  readonly records: number
  readonly warmUpRecords: number
}

export interface PeerResult {
  readonly records: number
  /** Seconds from the first send until the receiver has said that it read the last record. */
  readonly seconds: number
  readonly recordsPerSecond: number
  /** Values in megabytes, 10^6 bytes, a second. */
  readonly megabytesPerSecond: number
  /** User and system time of the whole process, all its threads. */
  readonly cpuSecondsPerMillionRecords: number
}

/** Times the moving of `records` values of `recordBytes` each. */
export async function timed(
  options: { readonly recordBytes: number; readonly records: number },
  move: () => Promise<void> | void,
): Promise<PeerResult> {
  const { recordBytes, records } = options
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  await move()
  const seconds = (performance.now() - start) / 1e3
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    records,
    seconds,
    recordsPerSecond: records / seconds,
    megabytesPerSecond: (records * recordBytes) / seconds / 1e6,
    cpuSecondsPerMillionRecords: (user + system) / records,
  }
}
