import { type OptionValue, parseText } from '../base/config/definition.js'
import { ConfigError } from '../base/errors.js'
import type { RunLimit } from '../lab/measure/measure.js'
import { productOf } from '../lab/measure/sweep.js'
import { DEFAULT_WORKLOAD, definitionsOf, WORKLOAD_OPTIONS, type Workload } from '../lab/measure/workload.js'

/** The texts of a sweep's options on the command line, by name; undefined for options that were not given. */
export type GivenTexts = Readonly<Record<string, string | undefined>>

type WorkloadOption = keyof typeof WORKLOAD_OPTIONS

/** The field of a workload for each option of the command line. */
const FIELDS: Readonly<Record<WorkloadOption, keyof Workload>> = {
  brokers: 'brokers',
  partitions: 'partitions',
  'replication.factor': 'replicationFactor',
  producers: 'producers',
  consumers: 'consumers',
  'record-size': 'recordBytes',
  api: 'api',
  'records-per-call': 'recordsPerCall',
  outstanding: 'outstanding',
  handler: 'handler',
}

/**
 * The cells of a sweep: every combination of the values in the comma lists, in the order of the given options, the last
 * one varying fastest. Throws a ConfigError if a text is not a value of its option; options that contradict each other
 * are found when the cell is run.
 */
export function parseCells(given: GivenTexts, seed: string): Workload[] {
  const axes = Object.entries(given).flatMap(([name, texts]) =>
    texts === undefined ? [] : [[name, valuesOf(name, texts)] as const],
  )
  return productOf<OptionValue>(axes).map((cell) => workloadOf(cell, seed))
}

function workloadOf(cell: Readonly<Record<string, OptionValue>>, seed: string): Workload {
  const shape: Record<string, OptionValue> = {}
  const options: Record<string, OptionValue> = {}
  for (const [name, value] of Object.entries(cell)) {
    if (name === 'rate') shape[name] = value
    else if (Object.hasOwn(FIELDS, name)) shape[FIELDS[name as WorkloadOption]] = value
    else options[name] = value
  }
  return { ...DEFAULT_WORKLOAD, ...shape, options, seed }
}

function valuesOf(name: string, texts: string): OptionValue[] {
  if (name === 'rate') return texts.split(',').map((text) => rateOf(text.trim()))
  const definitions = Object.hasOwn(WORKLOAD_OPTIONS, name)
    ? [WORKLOAD_OPTIONS[name as WorkloadOption]]
    : definitionsOf(name)
  // A list's own commas cannot be told from those of a sweep.
  const each = definitions.some(({ type }) => type === 'list') ? [texts] : texts.split(',').map((text) => text.trim())
  return each.map((text) => {
    // Every part that knows the option must accept the value.
    const [first] = definitions.map((definition) => parseText(definition, name, text))
    if (first === undefined) throw new ConfigError(name, `There is no option ${name}`)
    return first
  })
}

function rateOf(text: string): number | 'max' {
  if (text === 'max') return 'max'
  const rate = Number(text)
  if (text !== '' && rate > 0 && Number.isFinite(rate)) return rate
  throw new ConfigError('rate', `Cannot set rate to ${JSON.stringify(text)}: it must be max or a number above 0`)
}

const LIMITS = {
  records: { type: 'long', default: 0, min: 1, doc: '' },
  duration: { type: 'double', default: 0, min: 0.001, max: 86_400, doc: '' },
} as const
const REPEAT = { type: 'int', default: 1, min: 1, doc: '' } as const

/** Seconds that a cell measures by default. */
const USUAL_SECONDS = 2

/** Throws a ConfigError for both at once, and for anything but a positive number. */
export function parseLimit(given: {
  readonly records?: string | undefined
  readonly duration?: string | undefined
}): RunLimit {
  const { records, duration } = given
  if (records !== undefined && duration !== undefined) {
    throw new ConfigError('records', 'Cannot set records together with duration: give one of the two')
  }
  if (records !== undefined) return { records: parseText(LIMITS.records, 'records', records) }
  return { seconds: duration === undefined ? USUAL_SECONDS : parseText(LIMITS.duration, 'duration', duration) }
}

export function parseRepeat(text: string | undefined): number {
  return text === undefined ? REPEAT.default : parseText(REPEAT, 'repeat', text)
}
