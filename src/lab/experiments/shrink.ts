import type { LabConfig, Shrinkable } from './experiment.js'

/** Values that are tried for each before it is left as it is. */
const TRIES_MAX = 16

/**
 * Makes a config smaller for as long as `show` still shows what is to be shown; null: it does not. Each value is
 * replaced by the smallest one that does, one after the other, until nothing changes any more. The same again for the
 * same config, if `show` is.
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

/** What the seed draws is more than anything. */
function current(config: LabConfig, name: Shrinkable): number {
  if (name === 'partitions') return config.workload.partitions
  return config[name] ?? Number.POSITIVE_INFINITY
}

function withValue(config: LabConfig, name: Shrinkable, value: number): LabConfig {
  if (name === 'partitions') return { ...config, workload: { ...config.workload, partitions: value } }
  return { ...config, [name]: value }
}
