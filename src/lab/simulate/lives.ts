import { checkHistory } from '../history/check-history.js'
import type { Read, Sent } from '../history/history.js'

/** The topic id of a topic that is made more than once. */
export type Life = number
/** Stands for a topic that is not there, or whose life cannot be told. */
export const NO_LIFE = -1

/** The readings of a consumer in one go, from the beginning of a log. */
export interface Session {
  /** The life that was read; NO_LIFE when only the records tell. */
  readonly life: Life
  /** Whether the session has read all that the log holds. */
  readonly isWhole: boolean
  readonly read: Read[]
}

/** A record and the life that it was sent and acknowledged in; with NO_LIFE it may lie in any life, or nowhere. */
export interface Placed {
  readonly record: Sent
  readonly life: Life
}

interface Found {
  readonly id: string
  readonly says: string
}

/**
 * Checks what was read of each life of a topic by itself. A deletion may lose whatever was acknowledged before it.
 * Within a life all promises hold for what was acknowledged there, and no other life shows it.
 */
export function checkLives(placed: readonly Placed[], sessions: readonly Session[]): Found | null {
  const lives = new Map<string, Session[]>()
  let last = NO_LIFE
  for (const [index, session] of sessions.entries()) {
    const told = lifeOf(session, placed)
    if (typeof told !== 'number') return told
    if (!session.isWhole && told !== NO_LIFE) {
      if (told <= last) return { id: 'A12', says: `a consumer went from life ${last} of its topic to life ${told}` }
      last = told
    }
    const name = told === NO_LIFE ? `session ${index}` : `life ${told}`
    lives.set(name, [...(lives.get(name) ?? []), session])
  }
  for (const [name, same] of lives) {
    const found = checkLife(name, same, placed)
    if (found !== null) return found
  }
  return null
}

/** Returns the life of a session, or a finding when it shows two. */
function lifeOf({ life, read }: Session, placed: readonly Placed[]): Life | Found {
  let known = life
  for (const { number, offset } of read) {
    const of = placed[number]?.life ?? NO_LIFE
    if (of === NO_LIFE || of === known) continue
    if (known !== NO_LIFE)
      return { id: 'A16', says: `record ${number} of life ${of} was read at ${offset} in life ${known}` }
    known = of
  }
  return known
}

function checkLife(name: string, sessions: readonly Session[], placed: readonly Placed[]): Found | null {
  const read = sessions.flatMap((session, consumer) => session.read.map((one) => ({ ...one, consumer })))
  const readers = [...sessions.keys()].filter((index) => sessions[index]?.isWhole === true)
  const sent = placed.map(({ record, life }): Sent => {
    if (`life ${life}` === name || record.outcome !== 'acknowledged') return record
    return { ...record, outcome: 'unknown', offset: -1 }
  })
  const found = checkHistory({ sent, read, readers }).anomalies.find(({ isPromised }) => isPromised)
  return found === undefined ? null : { id: found.id, says: `${name} of a topic: ${found.says}` }
}
