/** The time for which a member has a partition: from the moment at which it was told so until it is told otherwise. */
export interface Tenure {
  readonly partition: number
  /** The name of who reads, for the history: no other tenure has it. */
  readonly reader: number
  readonly member: string
  /** The largest offset that was known to be committed when it began: it reads nothing below. */
  readonly committed: number
  /** The offset that it reads next; -1: it has read nothing. */
  next: number
}

/**
 * What the members of one group have read and committed, and what must not be seen of it:
 *
 *     a tenure begins below an offset that was known to be committed by then: a commit was lost (A23)
 *     it begins behind everything that somebody has tried to commit: records are passed over (A30)
 *     it reads another record than the next one
 *     the group has committed less than was known to be committed (A23)
 *
 * A record is redelivered if the group has read it before. Each of those lies at or above what was known to be
 * committed when its tenure began, or the first line says so.
 */
export class GroupLedger {
  readonly violations: string[] = []
  readonly name: string
  readonly #nextReader: () => number
  readonly #partitions: { committed: number; attempted: number; end: number }[]
  read = 0
  redelivered = 0
  tenures = 0
  acknowledgedCommits = 0
  /** Commits that have failed, by the name of their error. */
  readonly failedCommits: { [code in string]?: number } = {}
  looks = 0

  constructor(name: string, partitions: number, nextReader: () => number) {
    this.name = name
    this.#nextReader = nextReader
    this.#partitions = Array.from({ length: partitions }, () => ({ committed: 0, attempted: 0, end: 0 }))
  }

  begin(partition: number, member: string): Tenure {
    this.tenures += 1
    return { partition, reader: this.#nextReader(), member, committed: this.#of(partition).committed, next: -1 }
  }

  noteRead(tenure: Tenure, offset: number): void {
    const known = this.#of(tenure.partition)
    if (tenure.next < 0) this.#noteFirst(tenure, offset)
    else if (offset !== tenure.next) this.#violated(tenure, `reads offset ${offset} behind ${tenure.next - 1}`)
    tenure.next = offset + 1
    this.read += 1
    if (offset < known.end) this.redelivered += 1
    known.end = Math.max(known.end, offset + 1)
  }

  /** A member is about to commit, or may do so by itself from now on. */
  noteAttempt(partition: number, offset: number): void {
    const known = this.#of(partition)
    known.attempted = Math.max(known.attempted, offset)
  }

  noteFailed(code: string): void {
    this.failedCommits[code] = (this.failedCommits[code] ?? 0) + 1
  }

  noteCommitted(partition: number, offset: number): void {
    const known = this.#of(partition)
    known.committed = Math.max(known.committed, offset)
  }

  /** What is known to be committed, for whoever is about to ask. */
  get committed(): readonly number[] {
    return this.#partitions.map(({ committed }) => committed)
  }

  /** Takes in what the group was said to have committed; `before` was known when that was asked. */
  noteSaid(said: readonly { readonly partition: number; readonly offset: number }[], before: readonly number[]): void {
    this.looks += 1
    const offsets = new Map(said.map(({ partition, offset }) => [partition, offset]))
    before.forEach((known, partition) => {
      const offset = Math.max(0, offsets.get(partition) ?? 0)
      if (offset < known)
        this.violations.push(
          `${this.name} has committed ${offset} of partition ${partition}, and had committed ${known}`,
        )
      this.noteCommitted(partition, offset)
    })
  }

  /** Whether somebody has read every record below these offsets. */
  hasReadTo(ends: readonly number[]): boolean {
    return ends.every((end, partition) => this.#of(partition).end >= end)
  }

  get ends(): readonly number[] {
    return this.#partitions.map(({ end }) => end)
  }

  #noteFirst(tenure: Tenure, offset: number): void {
    const { attempted } = this.#of(tenure.partition)
    if (offset < tenure.committed) this.#violated(tenure, `begins at ${offset}, and ${tenure.committed} was committed`)
    if (offset > attempted)
      this.#violated(tenure, `begins at ${offset}, and nobody has committed more than ${attempted}`)
  }

  #of(partition: number): { committed: number; attempted: number; end: number } {
    const known = this.#partitions[partition]
    if (known === undefined) throw new RangeError(`There is no partition ${partition}`)
    return known
  }

  #violated({ partition, member }: Tenure, says: string): void {
    this.violations.push(`${this.name}, partition ${partition}: ${member} ${says}`)
  }
}
