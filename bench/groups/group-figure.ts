/** The values of something that was measured several times. */
export interface GroupFigure {
  readonly what: string
  readonly unit: 'records/s' | 'offsets/s' | 'ms'
  /** The values in the order in which they were measured. */
  readonly values: readonly number[]
}

export interface GroupBenchOptions {
  /** Turns of each contestant, or how often something is done that takes long. */
  readonly repeats: number
  readonly onProgress: (line: string) => void
}

/** One of the questions that `bench groups` answers. */
export interface GroupBench {
  readonly name: string
  run(options: GroupBenchOptions): Promise<GroupFigure[]>
}
