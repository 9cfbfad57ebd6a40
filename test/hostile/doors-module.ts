/** A handler module that tries a door of its context with a hostile value, which it makes itself: some cannot travel. */
import type { HandlerContext, RecordHandler } from '../../src/index.js'
import { HOSTILE_VALUES } from './hostile-values.js'

/** What has become of a door: the name of the error that it has thrown, or null. */
export interface Tried {
  readonly thrown: string | null
}

export default (
  { door, index }: { readonly door: 'emit' | 'producer'; readonly index: number },
  { emit, producer }: HandlerContext,
): RecordHandler => ({
  async eachBatch() {
    const value = HOSTILE_VALUES[index]?.[1]()
    const { thrown } = await attempt(() => (door === 'emit' ? emit(value) : producer(value as never)))
    await emit({ thrown })
  },
})

async function attempt(ask: () => unknown): Promise<Tried> {
  try {
    await ask()
    return { thrown: null }
  } catch (error) {
    return { thrown: error instanceof Error ? error.name : String(error) }
  }
}
