import type { OptionDefinitions } from './definition.js'

/** How every client comes back to a lost broker (class `CommonClientConfigs`). */
export const RECONNECT_OPTIONS = {
  'reconnect.backoff.ms': {
    type: 'long',
    default: 50,
    min: 0,
    doc: 'Wait before a lost connection is asked for again; it doubles with each attempt that fails, up to reconnect.backoff.max.ms.',
  },
  'reconnect.backoff.max.ms': {
    type: 'long',
    default: 1_000,
    min: 0,
    doc: 'The longest wait between two attempts to connect to one broker.',
  },
} as const satisfies OptionDefinitions
