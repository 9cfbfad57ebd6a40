import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { signature } from '../base/arguments/shape.js'
import { KafkaError } from '../base/errors.js'
import { notGiven, REMOVE, WRITE } from '../client/dead-letters/dead-letter-arguments.js'
import { decodeLetter, encodeLetter } from '../client/dead-letters/dead-letter-json.js'
import type { DeadLetter, DeadLetterSink } from '../client/dead-letters/dead-letters.js'
import { checkThere, checkWritable, filePath } from './file-path.js'
import { type Line, linesOf } from './lines.js'

/** A file of dead letters has lines that are not letters. They stay in it, and so do all other unsent lines. */
export class BrokenDeadLettersError extends KafkaError {
  override readonly name = 'BrokenDeadLettersError'
  /** The numbers of the broken lines, from 1; the first hundred. */
  readonly lines: readonly number[]

  constructor(path: string, lines: readonly number[], why: string) {
    const which = lines.length === 1 ? `Line ${lines[0]} is` : `Lines ${lines.join(', ')} are`
    super('CORRUPT_MESSAGE', `${which} broken in ${path}: ${why}`)
    this.lines = lines
  }
}

const BROKEN_MAX = 100

const DEAD_LETTER_FILE = signature('deadLetterFile', ['path', filePath])

/**
 * Keeps dead letters in a file of JSON lines (`dead-letter-json.ts` has the format): written for programs as well as
 * for people.
 *
 * No line is ever taken out of it. Letters that were sent again are noted beside it, in `<path>.replayed`: ranges of
 * bytes with a hash of their content, so that a note about other letters is worth nothing. When a replay says that none
 * has failed, both files may be deleted. One thread at a time writes to the file, through as many sinks as it likes.
 * The bytes are with the operating system when a write resolves: they outlive the process, not a loss of power.
 */
export function deadLetterFile(path: string | URL): DeadLetterSink {
  const [file] = DEAD_LETTER_FILE(path)
  checkWritable(file)
  return new DeadLetterFile(file)
}

/** Bytes of the file that were sent again. */
interface Range {
  readonly from: number
  /** The exclusive end. */
  readonly to: number
}

interface Note extends Range {
  readonly lines: number
  readonly sha1: string
}

class DeadLetterFile implements DeadLetterSink {
  readonly #path: string
  readonly #notesPath: string
  readonly #lines = new WeakMap<DeadLetter, Line>()
  /** Whether somebody writes to it: no file then means that no letter was lost yet. */
  #isWritten = false

  constructor(path: string) {
    this.#path = path
    this.#notesPath = `${path}.replayed`
  }

  attach(): void {
    this.#isWritten = true
  }

  async write(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = WRITE(given)
    this.#isWritten = true
    return inTurn(this.#path, () => append(this.#path, letters.map(encodeLetter)))
  }

  async *read(): AsyncGenerator<DeadLetter> {
    // Read in turn with writers, since the last line may otherwise be half of one.
    const [file, end] = await inTurn(this.#path, async () => {
      const there = await openIfThere(this.#path)
      return [there, (await there?.stat())?.size ?? 0] as const
    })
    if (file === null) return this.#isWritten ? undefined : checkThere(this.#path)
    const broken: number[] = []
    let why = ''
    try {
      const notes = await readNotes(this.#notesPath)
      const skip = async (at: number): Promise<Note | null> => {
        const note = notes.get(at)
        return note !== undefined && note.to <= end && (await hashOf(file, note)) === note.sha1 ? note : null
      }
      for await (const line of linesOf(file, end, skip)) {
        const letter = letterIn(line)
        if (!(letter instanceof Error)) {
          this.#lines.set(letter, line)
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

  async remove(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = REMOVE(given)
    return inTurn(this.#path, () =>
      append(
        this.#notesPath,
        this.#notesOf(letters).map((note) => JSON.stringify(note)),
      ),
    )
  }

  close(): Promise<void> {
    return inTurn(this.#path, async () => {})
  }

  /** Letters side by side share a note. Its hash is of what was read: another file may lie there now. */
  #notesOf(letters: readonly DeadLetter[]): Note[] {
    const ranges: Line[][] = []
    for (const letter of letters) {
      const line = this.#lines.get(letter)
      if (line === undefined) throw notGiven(this.#path)
      const last = ranges.at(-1)
      if (last?.at(-1)?.to === line.from) last.push(line)
      else ranges.push([line])
    }
    return ranges.map(noteOf)
  }
}

/**
 * For each file, the end of the last turn that a sink of this thread took: two at once would write into one another's
 * lines.
 */
const TURNS = new Map<string, Promise<void>>()

function inTurn<Value>(path: string, run: () => Promise<Value>): Promise<Value> {
  const file = resolve(path)
  const done = (TURNS.get(file) ?? Promise.resolve()).then(run)
  const leave = (): void => {
    if (TURNS.get(file) === turn) TURNS.delete(file)
  }
  const turn = done.then(leave, leave)
  TURNS.set(file, turn)
  return done
}

function noteOf(lines: readonly Line[]): Note {
  const hash = createHash('sha1')
  for (const { text } of lines) hash.update(`${text}\n`)
  const { from } = lines[0] as Line
  const { to } = lines.at(-1) as Line
  return { from, to, lines: lines.length, sha1: hash.digest('hex') }
}

function letterIn({ text }: Line): DeadLetter | Error {
  if (text === null) return new Error('it has no end, or is not UTF-8')
  try {
    return decodeLetter(text)
  } catch (error) {
    return error as Error
  }
}

/** Writes all of the lines, or none. An unfinished line of an earlier process stays a line of its own. */
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

/** The notes by their start. A later note is about the present content. */
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

/** A note, or null for the half line that a crash leaves: its letters are sent once more. */
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
