import { createHash } from 'node:crypto'
import { GUARDS, type Guard } from '../../base/guards.js'
import { GROUP_FAULT_KINDS } from './groups/group-swarm.js'
import type { SeedResult } from './run-seed.js'
import type { SeedFarm } from './seed-farm.js'
import { FAULT_KINDS } from './swarm.js'
import { WIRE_FAULT_KINDS } from './wire/wire-swarm.js'

const MS_PER_HOUR = 3_600_000

const ALL_KINDS = [...FAULT_KINDS, ...GROUP_FAULT_KINDS, ...WIRE_FAULT_KINDS] as const

/** How many failing seeds are named in full. */
const NAMED_MAX = 100

export interface FailingSeed {
  readonly seed: number
  readonly invariant: string
  readonly step: number
  readonly says: string
  readonly replay: string
}

export interface MutantResult {
  /** The seed that caught the missing guard; null when none did. */
  readonly caughtAtSeed: number | null
  readonly seedsTried: number
}

/** The JSON of `simulate`. */
export interface CampaignResult {
  readonly seeds: number
  readonly firstSeed: number
  readonly violations: number
  readonly failingSeeds: readonly FailingSeed[]
  /** SHA-256 of the digests of all traces, in the order of the seeds. */
  readonly digest: string
  readonly steps: number
  readonly seedsPerSecond: number
  readonly stepsPerSecond: number
  readonly simulatedHours: number
  readonly leaderChanges: number
  readonly acknowledgedRecords: number
  readonly skippedEpochs: number
  readonly faults: Readonly<Record<(typeof ALL_KINDS)[number], number>>
  readonly mutants?: Readonly<Record<string, MutantResult>>
}

export interface CampaignOptions {
  readonly firstSeed: number
  readonly seeds: number
  /** Tells the wall's clock, in milliseconds. */
  readonly now: () => number
  readonly onSeed?: (done: number) => void
  /** Called as soon as a failing seed is known, long before the end of a large campaign. */
  readonly onViolation?: (failing: FailingSeed) => void
}

/** Runs so many seeds and adds up what they have shown. */
export async function runCampaign(farm: SeedFarm, options: CampaignOptions): Promise<CampaignResult> {
  const { firstSeed, seeds, now, onSeed, onViolation } = options
  const began = now()
  const digest = createHash('sha256')
  const failing: SeedResult[] = []
  const faults = Object.fromEntries(ALL_KINDS.map((kind) => [kind, 0])) as Record<(typeof ALL_KINDS)[number], number>
  const sums = { steps: 0, simulatedMs: 0, leaderChanges: 0, acknowledgedRecords: 0, skippedEpochs: 0 }
  let done = 0
  await farm.run({
    firstSeed,
    seeds,
    onResult(result) {
      digest.update(result.digest)
      for (const kind of ALL_KINDS) faults[kind] += result.faults[kind] ?? 0
      sums.steps += result.steps
      sums.simulatedMs += result.simulatedMs
      sums.leaderChanges += result.leaderChanges
      sums.acknowledgedRecords += result.acknowledgedRecords
      sums.skippedEpochs += result.skippedEpochs
      if (result.violation !== null) {
        failing.push(result)
        onViolation?.(nameSeed(result))
      }
      done += 1
      onSeed?.(done)
      return true
    },
  })
  const seconds = (now() - began) / 1e3
  return {
    seeds,
    firstSeed,
    violations: failing.length,
    failingSeeds: failing.slice(0, NAMED_MAX).map(nameSeed),
    digest: digest.digest('hex'),
    steps: sums.steps,
    seedsPerSecond: seeds / seconds,
    stepsPerSecond: sums.steps / seconds,
    simulatedHours: sums.simulatedMs / MS_PER_HOUR,
    leaderChanges: sums.leaderChanges,
    acknowledgedRecords: sums.acknowledgedRecords,
    skippedEpochs: sums.skippedEpochs,
    faults,
  }
}

/** Switches each guard off in turn, until a seed shows that it is missed. */
export async function runMutants(
  farm: SeedFarm,
  options: { readonly firstSeed: number; readonly seedsMax: number; readonly onMutant?: (name: string) => void },
): Promise<Record<string, MutantResult>> {
  const { firstSeed, seedsMax, onMutant } = options
  const mutants: Record<string, MutantResult> = {}
  for (const guard of Object.keys(GUARDS) as Guard[]) {
    const name = `no-${guard}`
    onMutant?.(name)
    let seedsTried = 0
    let caughtAtSeed: number | null = null
    await farm.run({
      firstSeed,
      seeds: seedsMax,
      without: [guard],
      onResult({ seed, violation }) {
        seedsTried += 1
        if (violation !== null) caughtAtSeed = seed
        return violation === null
      },
    })
    mutants[name] = { caughtAtSeed, seedsTried }
  }
  return mutants
}

function nameSeed({ seed, violation }: SeedResult): FailingSeed {
  const { invariant = '', step = 0, says = '' } = violation ?? {}
  return { seed, invariant, step, says, replay: `odradek simulate --seed ${seed} --trace` }
}
