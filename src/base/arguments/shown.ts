import { inspect } from 'node:util'
import { brief } from '../words.js'

const TEXT_MAX = 100

/**
 * The given value in a few words for a sentence: `"abc"`, `5n`, `Map(0) {}`. Never throws, and calls no code of the
 * caller's.
 */
export function shown(given: unknown): string {
  try {
    return onOneLine(isText(given) ? JSON.stringify(given) : inspected(given))
  } catch {
    // `inspect` may still read the caller's Symbol.toStringTag.
    return 'an object that cannot be shown'
  }
}

/** Texts look like JSON, alone and in lists, as they do on a command line and in a file. */
const isText = (given: unknown): boolean =>
  typeof given === 'string' || (Array.isArray(given) && given.length > 0 && given.length < 10 && given.every(isText))

function inspected(given: unknown): string {
  return inspect(given, {
    breakLength: Number.POSITIVE_INFINITY,
    customInspect: false,
    depth: 1,
    maxArrayLength: 5,
    maxStringLength: TEXT_MAX,
  })
}

function onOneLine(text: string): string {
  return brief(text.replaceAll(/\s*\n\s*/g, ' '))
}
