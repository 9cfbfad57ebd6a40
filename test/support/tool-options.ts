/**
 * How the tools beside the product read their options: `bench`, `hostile`, `fuzz`, `oracle` and `compat`. Of what is
 * wrong, commander makes a sentence.
 */
import { InvalidArgumentError } from '@commander-js/extra-typings'

/** A number above 0. */
export function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return number
}

/** A whole number from 0. */
export function count(text: string): number {
  const number = Number(text)
  if (!(Number.isInteger(number) && number >= 0)) throw new InvalidArgumentError('It must be a whole number.')
  return number
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const number = Number(text)
  if (!(number >= 0 && number <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return number
}

/** Numbers above 0, a comma list. */
export function numbers(text: string): number[] {
  return text.split(',').map(positive)
}

/** Words, a comma list. */
export function names(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

/** Those of all that have one of the names, a comma list. */
export function named<One>(all: readonly One[], nameOf: (one: One) => string): (text: string) => readonly One[] {
  return chosen(all, nameOf, (name, wanted) => name === wanted)
}

/** Those of all whose names have one of the words in them, a comma list. */
export function matching<One>(all: readonly One[], nameOf: (one: One) => string): (text: string) => readonly One[] {
  return chosen(all, nameOf, (name, wanted) => name.includes(wanted))
}

function chosen<One>(
  all: readonly One[],
  nameOf: (one: One) => string,
  isMeant: (name: string, wanted: string) => boolean,
): (text: string) => readonly One[] {
  return (text) => {
    const wanted = names(text)
    const vain = wanted.find((one) => !all.some((other) => isMeant(nameOf(other), one)))
    if (vain !== undefined) {
      throw new InvalidArgumentError(`"${vain}" is none of ${all.map(nameOf).join(', ')}.`)
    }
    return all.filter((one) => wanted.some((word) => isMeant(nameOf(one), word)))
  }
}
