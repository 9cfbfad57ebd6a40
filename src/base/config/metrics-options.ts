import type { OptionDefinitions } from './definition.js'

/** The window that metrics are computed over; the same for producers and consumers. */
export const METRICS_OPTIONS = {
  'metrics.sample.window.ms': {
    type: 'long',
    default: 30_000,
    min: 1,
    doc: 'How long one of the samples is that the rates, averages and maxima of metrics are computed over. Kafka takes 0 as well.',
  },
  'metrics.num.samples': {
    type: 'int',
    default: 2,
    min: 1,
    max: 1_000,
    doc: 'How many samples metrics are computed over. Kafka has no upper limit.',
  },
} as const satisfies OptionDefinitions
