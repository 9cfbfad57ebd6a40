import type { Area } from './script.js'
import { PRODUCE } from './scripts/produce.js'

/** All scripts, in the order in which they are played: first those whose answers tell of everything that there is. */
export const AREAS: readonly Area[] = [PRODUCE]
