/**
 * What a method accepts, written down a second time: a model of its arguments that knows legal values in all forms that
 * they may have, and what must become of a call when one part of them is something else.
 */
import vm from 'node:vm'
import type { Random } from '../../src/base/random.js'
import { hostileValue } from './hostile-values.js'

/**
 * What a call with this value must do: succeed, be refused as a wrong argument (a ConfigError), be denied with any
 * KafkaError, because it is well-formed and cannot be done, or any of these, because the cluster decides.
 */
export type Verdict = 'taken' | 'refused' | 'denied' | 'either'

export interface Legal {
  /** What is given. */
  readonly given: unknown
  /** What it means. */
  readonly means: unknown
}

export interface Mutant {
  readonly given: unknown
  readonly verdict: Verdict
  /** What was done to the legal value: `topics[0].topic is a symbol`. */
  readonly says: string
}

export interface Spec {
  legal(random: Random): Legal
  /** Of any value in the place of a legal one. */
  verdict(given: unknown): Verdict
  /** A legal value of which one part is something else. */
  mutant(random: Random): Mutant
}

/** A leaf: its mutants are any hostile value in its place. */
function leaf(legal: Spec['legal'], verdict: Spec['verdict']): Spec {
  return { legal, verdict, mutant: (random) => replaced(random, verdict) }
}

function replaced(random: Random, verdict: Spec['verdict']): Mutant {
  const { name, value } = hostileValue(random)
  return { given: value, verdict: sure(() => verdict(value), 'refused'), says: `is ${name}` }
}

/** Some values throw whatever is asked of them. */
function sure<Answer>(ask: () => Answer, otherwise: Answer): Answer {
  try {
    return ask()
  } catch {
    return otherwise
  }
}

/**
 * One of these integers, as a number, a BigInt or a decimal text, which all mean the same. `others` says what becomes
 * of other integers; what is no integer is refused.
 */
export function integer(values: readonly number[], others: (value: number) => Verdict = () => 'refused'): Spec {
  const meant = (given: unknown): number => {
    if (typeof given === 'number' || typeof given === 'bigint') return Number(given)
    return typeof given === 'string' && /^-?\d{1,16}$/.test(given) ? Number(given) : Number.NaN
  }
  return leaf(
    (random) => {
      const means = random.pick(values)
      return { given: random.pick([means, means, BigInt(means), String(means)]), means }
    },
    (given) => {
      const value = meant(given)
      if (!Number.isSafeInteger(value)) return 'refused'
      return values.includes(value) ? 'taken' : others(value)
    },
  )
}

/**
 * The integer options of a table, whose texts are those of a properties file. Those of 64 bits take what is beyond all
 * time, such as Long.MAX_VALUE, for that.
 */
export function option(values: readonly number[], min: number, max: number): Spec {
  const isLong = max === Number.MAX_SAFE_INTEGER
  return leaf(
    (random) => {
      const means = random.pick(values)
      return { given: random.pick([means, means, BigInt(means), String(means), ` ${means} `]), means }
    },
    (given) => {
      const isNumber = typeof given === 'number' || typeof given === 'bigint'
      const isText = typeof given === 'string' && /^[+-]?\d+$/.test(given.trim())
      const value = isNumber || isText ? Number(given) : Number.NaN
      if (isLong && value > max) return 'either'
      return Number.isSafeInteger(value) && value >= min && value <= max ? 'taken' : 'refused'
    },
  )
}

/** A number from 0 up to `max`. */
export function quantity(values: readonly number[], max: number): Spec {
  const isIn = (value: number): boolean => value >= 0 && value <= max
  return leaf(
    (random) => {
      const means = random.pick(values)
      return { given: means, means }
    },
    (given) => {
      if (typeof given === 'number' || typeof given === 'bigint') return isIn(Number(given)) ? 'taken' : 'refused'
      return typeof given === 'string' && /^-?\d{1,16}$/.test(given) && isIn(Number(given)) ? 'taken' : 'refused'
    },
  )
}

/** As the spec says, but what is meant may be taken as well, or not be done in time. */
export function allowing(spec: Spec, isMeant: (given: unknown) => boolean): Spec {
  const either = (given: unknown, otherwise: Verdict): Verdict =>
    sure(() => isMeant(given), false) ? 'either' : otherwise
  return {
    ...spec,
    verdict: (given) => either(given, spec.verdict(given)),
    mutant(random) {
      const mutant = spec.mutant(random)
      return { ...mutant, verdict: either(mutant.given, mutant.verdict) }
    },
  }
}

/** As the spec says, but never with a value that would keep a legal call from ending. */
export function without(spec: Spec, isLeftOut: (given: unknown) => boolean): Spec {
  return {
    ...spec,
    mutant(random) {
      for (;;) {
        const mutant = spec.mutant(random)
        if (!sure(() => isLeftOut(mutant.given), false)) return mutant
      }
    },
  }
}

export function oneOf(values: readonly unknown[]): Spec {
  return leaf(
    (random) => {
      const means = random.pick(values)
      return { given: means, means }
    },
    (given) => (values.includes(given) ? 'taken' : 'refused'),
  )
}

export const flag: Spec = oneOf([true, false])

/** A text that is what the cluster knows; any other text is the cluster's to refuse. */
export function textOf(pick: (random: Random) => string, otherTexts: Verdict = 'either'): Spec {
  return leaf(
    (random) => {
      const means = pick(random)
      return { given: means, means }
    },
    (given) => (typeof given === 'string' ? otherTexts : 'refused'),
  )
}

/** Something that is tried as it is, such as a function. */
export function exactly(make: (random: Random) => unknown, verdict: Spec['verdict']): Spec {
  return leaf((random) => {
    const means = make(random)
    return { given: means, means }
  }, verdict)
}

/** Other functions are left out: what they throw is theirs. */
export const aFunction = (make: () => unknown): Spec =>
  without(
    exactly(make, () => 'refused'),
    (given) => typeof given === 'function',
  )

/** Any iterable but a text. */
export function list(item: Spec, { min = 1, max = 3 }: { readonly min?: number; readonly max?: number } = {}): Spec {
  const verdict = (given: unknown): Verdict => {
    if (typeof given !== 'object' || given === null) return 'refused'
    try {
      return typeof Reflect.get(given, Symbol.iterator) === 'function' ? 'either' : 'refused'
    } catch {
      return 'refused'
    }
  }
  const items = (random: Random): Legal[] =>
    Array.from({ length: min + random.below(max - min + 1) }, () => item.legal(random))
  return {
    verdict,
    legal(random) {
      const legal = items(random)
      return {
        given: asList(
          legal.map(({ given }) => given),
          random,
        ),
        means: legal.map(({ means }) => means),
      }
    },
    mutant(random) {
      if (random.boolean(0.3)) return replaced(random, verdict)
      const legal = items(random)
      if (legal.length === 0) return replaced(random, verdict)
      const at = random.below(legal.length)
      const { given, verdict: outcome, says } = item.mutant(random)
      const given_ = legal.map((one, index) => (index === at ? given : one.given))
      return { given: asList(given_, random), verdict: outcome, says: `[${at}] ${says}` }
    },
  }
}

function asList(items: readonly unknown[], random: Random): unknown {
  const of = (): IterableIterator<unknown> => items.values()
  return random.pick([
    () => items,
    () => items,
    () => new Set(items),
    () => of(),
    () => ({ [Symbol.iterator]: of }),
    () => vm.runInNewContext('Array.from(items)', { items }),
    () => new Proxy([...items], {}),
  ])()
}

interface FieldSpec extends Spec {
  readonly isOptional?: true
}

export function optional(spec: Spec): FieldSpec {
  return {
    isOptional: true,
    legal: (random) => spec.legal(random),
    verdict: (given) => (given === undefined ? 'taken' : spec.verdict(given)),
    mutant(random) {
      const mutant = spec.mutant(random)
      return mutant.given === undefined ? { ...mutant, verdict: 'taken' } : mutant
    },
  }
}

export function nullable(spec: Spec): Spec {
  const verdict = (given: unknown): Verdict => (given === null ? 'taken' : spec.verdict(given))
  return {
    legal: (random) => (random.boolean(0.2) ? { given: null, means: null } : spec.legal(random)),
    verdict,
    mutant(random) {
      const mutant = spec.mutant(random)
      return mutant.given === null ? { ...mutant, verdict: 'taken' } : mutant
    },
  }
}

type Fields = { readonly [name: string]: FieldSpec }

/** Exactly these fields. `whole` is the verdict of anything else in place of the object. */
export function object(fields: Fields): Spec {
  const names = Object.keys(fields)
  const needed = names.filter((name) => fields[name]?.isOptional !== true)
  const draw = (random: Random): Record<string, Legal> => {
    const drawn: Record<string, Legal> = {}
    for (const name of names) {
      const spec = fields[name] as FieldSpec
      if (spec.isOptional !== true || random.boolean(0.5)) drawn[name] = spec.legal(random)
    }
    return drawn
  }
  const givenOf = (drawn: Record<string, Legal>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(drawn).map(([name, { given }]) => [name, given]))
  const verdict = (given: unknown): Verdict => {
    const given_ = fieldsIn(given)
    if (given_ === null || given_.some((name) => !names.includes(name))) return 'refused'
    const missing = needed.filter((name) => !given_.includes(name))
    if (missing.length === 0) return 'either'
    return missing.every((name) => fields[name]?.verdict(undefined) === 'denied') ? 'denied' : 'refused'
  }
  return {
    verdict,
    legal(random) {
      const drawn = draw(random)
      const means = Object.fromEntries(Object.entries(drawn).map(([name, legal]) => [name, legal.means]))
      return { given: asObject(givenOf(drawn), random), means }
    },
    mutant(random) {
      const drawn = givenOf(draw(random))
      const how = random.below(10)
      if (how < 2) return replaced(random, verdict)
      if (how === 2) {
        const { name, value } = hostileValue(random)
        const strange = ['configEntries', 'unknown', 'a.b', `${names[0]}s`, 'TOPIC']
        const field = random.pick(strange.filter((one) => !names.includes(one)))
        return { given: { ...drawn, [field]: value }, verdict: 'refused', says: `has ${field}, which is ${name}` }
      }
      if (how === 3 && needed.length > 0) {
        const missing = random.pick(needed)
        const { [missing]: _, ...rest } = drawn
        return { given: rest, verdict: fields[missing]?.verdict(undefined) ?? 'refused', says: `has no ${missing}` }
      }
      if (how === 4) {
        const field = random.pick(names)
        const get = (): never => {
          throw new Error('boom')
        }
        Object.defineProperty(drawn, field, { enumerable: true, get })
        return { given: drawn, verdict: 'refused', says: `.${field} throws` }
      }
      const field = random.pick(names)
      const { given, verdict: outcome, says } = (fields[field] as FieldSpec).mutant(random)
      return { given: { ...drawn, [field]: given }, verdict: outcome, says: `.${field} ${says}` }
    },
  }
}

/** As `object` for a record, of which no more is asked than that it is an object: a field is missed where it is used. */
export function record(fields: Fields): Spec {
  const strict = object(fields)
  const loosened = (given: unknown, verdict: Verdict): Verdict =>
    verdict === 'refused' && typeof given === 'object' && given !== null && fieldsIn(given) === null
      ? 'denied'
      : verdict
  return {
    ...strict,
    verdict: (given) => loosened(given, strict.verdict(given)),
    mutant(random) {
      const mutant = strict.mutant(random)
      return { ...mutant, verdict: loosened(mutant.given, mutant.verdict) }
    },
  }
}

/** Null: it has none, or they cannot be told. */
function fieldsIn(given: unknown): string[] | null {
  try {
    if (typeof given !== 'object' || given === null) return null
    if (Object.prototype.toString.call(given) !== '[object Object]') return null
    const names: string[] = []
    for (const name in given) names.push(name)
    return names
  } catch {
    return null
  }
}

function asObject(fields: Record<string, unknown>, random: Random): unknown {
  return random.pick([
    () => fields,
    () => fields,
    () => Object.assign(Object.create(null), fields),
    () => vm.runInNewContext('Object.assign({}, fields)', { fields }),
    () => new Proxy(fields, {}),
    () => Object.create(fields),
    () => ({ ...fields, [Symbol('note')]: 1 }),
  ])()
}
