import type { LabConfig, Shrinkable } from './experiment.js'

/** The most values that are tried for a field before it is left as it is. */
const TRIES_MAX = 16

/**
 * Makes a config smaller for as long as `show` still shows what is to be shown; `show` returns null when it does not.
 * The smallest value that does replaces each value in turn, until nothing changes any more. The result is the same
 * again for the same config, if that of `show` is.
 */
export async function shrink<Shown extends { readonly config: LabConfig }>(
  shown: Shown,
  names: readonly Shrinkable[],
  show: (config: LabConfig) => Promise<Shown | null>,
): Promise<Shown> {
  let best = shown
  for (let before: Shown | null = null; before !== best; ) {
    before = best
    for (const name of names) best = await withLess(best, name, show)
  }
  return best
}

async function withLess<Shown extends { readonly config: LabConfig }>(
  shown: Shown,
  name: Shrinkable,
  show: (config: LabConfig) => Promise<Shown | null>,
): Promise<Shown> {
  const now = current(shown.config, name)
  for (let value = LEAST; value < Math.min(now, LEAST + TRIES_MAX); value++) {
    const smaller = await show(withValue(shown.config, name, value))
    if (smaller !== null) return smaller
  }
  return shown
}

const LEAST = 1

/** Returns the value of a field; one that the seed draws is more than anything. */
function current(config: LabConfig, name: Shrinkable): number {
  if (name === 'partitions') return config.workload.partitions
  return config[name] ?? Number.POSITIVE_INFINITY
}

function withValue(config: LabConfig, name: Shrinkable, value: number): LabConfig {
  if (name === 'partitions') return { ...config, workload: { ...config.workload, partitions: value } }
  return { ...config, [name]: value }
}
