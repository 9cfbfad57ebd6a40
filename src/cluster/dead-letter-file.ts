import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { KafkaError } from '../base/errors.js'
import { decodeLetter, encodeLetter } from '../client/dead-letter-json.js'
import type { DeadLetter, DeadLetterSink } from '../client/dead-letters.js'
import { type Line, linesOf } from './lines.js'

/** A file of dead letters has lines that are none. They stay in it, and so do all others that were not sent. */
export class BrokenDeadLettersError extends KafkaError {
  override readonly name = 'BrokenDeadLettersError'
  /** Their numbers, from 1; the first hundred. */
  readonly lines: readonly number[]

  constructor(path: string, lines: readonly number[], why: string) {
    const which = lines.length === 1 ? `Line ${lines[0]} is` : `Lines ${lines.join(', ')} are`
    super('CORRUPT_MESSAGE', `${which} broken in ${path}: ${why}`)
    this.lines = lines
  }
}

const BROKEN_MAX = 100

/**
 * Keeps dead letters in a file of JSON lines (`dead-letter-json.ts` has the format): written for programs as well as for people.
 *
 * Nothing is ever taken out of it. What was sent again is noted beside it, in `<path>.replayed`: ranges of bytes with a hash of what
 * lies there, so that a note about other letters than these is worth nothing. When a replay says that none has failed, both files may
 * be deleted. One process at a time writes to it. The bytes are with the operating system when a write resolves: they outlive the
 * process, not a loss of power.
 */
export function deadLetterFile(path: string): DeadLetterSink {
  return new DeadLetterFile(path)
}

/** Bytes of the file that were sent again. */
interface Range {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

interface Note extends Range {
  readonly lines: number
  readonly sha1: string
}

class DeadLetterFile implements DeadLetterSink {
  readonly #path: string
  readonly #notesPath: string
  readonly #places = new WeakMap<DeadLetter, Range>()
  /** One call after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
    this.#notesPath = `${path}.replayed`
  }

  write(letters: readonly DeadLetter[]): Promise<void> {
    return this.#inTurn(() => append(this.#path, letters.map(encodeLetter)))
  }

  async *read(): AsyncGenerator<DeadLetter> {
    await this.#last
    const file = await openIfThere(this.#path)
    if (file === null) return
    const broken: number[] = []
    let why = ''
    try {
      const { size: end } = await file.stat()
      const notes = await readNotes(this.#notesPath)
      const skip = async (at: number): Promise<Note | null> => {
        const note = notes.get(at)
        return note !== undefined && note.to <= end && (await hashOf(file, note)) === note.sha1 ? note : null
      }
      for await (const line of linesOf(file, end, skip)) {
        const letter = letterIn(line)
        if (!(letter instanceof Error)) {
          this.#places.set(letter, line)
          yield letter
        } else if (broken.length < BROKEN_MAX) {
          why ||= letter.message
          broken.push(line.number)
        }
      }
    } finally {
      await file.close()
    }
    if (broken.length > 0) throw new BrokenDeadLettersError(this.#path, broken, why)
  }

  remove(letters: readonly DeadLetter[]): Promise<void> {
    return this.#inTurn(async () => {
      const file = await open(this.#path, 'r')
      try {
        const notes: string[] = []
        for (const { lines, ...range } of this.#rangesOf(letters)) {
          notes.push(JSON.stringify({ ...range, lines, sha1: await hashOf(file, range) }))
        }
        await append(this.#notesPath, notes)
      } finally {
        await file.close()
      }
    })
  }

  async close(): Promise<void> {
    await this.#last
  }

  /** Letters that lie side by side are one range. */
  #rangesOf(letters: readonly DeadLetter[]): Omit<Note, 'sha1'>[] {
    const ranges: Omit<Note, 'sha1'>[] = []
    for (const letter of letters) {
      const place = this.#places.get(letter)
      if (place === undefined) throw new KafkaError('INVALID_REQUEST', `${this.#path} did not give this dead letter`)
      const { from, to } = place
      const last = ranges.at(-1)
      if (last?.to === from) ranges[ranges.length - 1] = { from: last.from, to, lines: last.lines + 1 }
      else ranges.push({ from, to, lines: 1 })
    }
    return ranges
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run)
    this.#last = done.catch(() => {})
    return done
  }
}

function letterIn({ text }: Line): DeadLetter | Error {
  if (text === null) return new Error('it has no end, or is no UTF-8')
  try {
    return decodeLetter(text)
  } catch (error) {
    return error as Error
  }
}

/** All of the lines, or none. A line that an earlier process has left unfinished stays one of its own. */
async function append(path: string, lines: readonly string[]): Promise<void> {
  const file = await open(path, 'a+')
  try {
    const { size } = await file.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await file.read(last, 0, 1, size - 1)
    const gap = size > 0 && last[0] !== LINE_FEED ? '\n' : ''
    try {
      await file.appendFile(`${gap}${lines.join('\n')}\n`)
    } catch (error) {
      await file.truncate(size).catch(() => {})
      throw error
    }
  } finally {
    await file.close()
  }
}

const LINE_FEED = 0x0a

/** By where they begin. A later one is about what lies there now. */
async function readNotes(path: string): Promise<ReadonlyMap<number, Note>> {
  const notes = new Map<number, Note>()
  const file = await openIfThere(path)
  if (file === null) return notes
  try {
    for (const line of (await file.readFile('utf8')).split('\n')) {
      const note = noteIn(line)
      if (note !== null) notes.set(note.from, note)
    }
  } finally {
    await file.close()
  }
  return notes
}

/** Null for the half line that a crash leaves: what it was about is sent once more. */
function noteIn(line: string): Note | null {
  try {
    const note = JSON.parse(line) as Note
    return note.to > note.from && note.lines > 0 ? note : null
  } catch {
    return null
  }
}

async function hashOf(file: FileHandle, { from, to }: Range): Promise<string> {
  const hash = createHash('sha1')
  const bytes = Buffer.alloc(Math.min(65_536, to - from))
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(bytes, 0, Math.min(bytes.length, to - at), at)
    if (bytesRead === 0) break
    hash.update(bytes.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash.digest('hex')
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
