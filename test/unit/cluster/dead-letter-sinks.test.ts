import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeLetter } from '../../../src/client/dead-letters/dead-letter-json.js'
import { type DeadLetter, type DeadLetterSink, deadLetterFile, deadLetterTable } from '../../../src/index.js'
import { openSqlDatabase, sqlDriver } from '../../../src/storage/sql-database.js'
import { ANY_LETTER, givenPath, letters, readAll } from '../../support/letters.js'

const SINKS: readonly (readonly [string, (path: string) => DeadLetterSink])[] = [
  ['file', deadLetterFile],
  ['table', deadLetterTable],
]
const numbered = (count: number, from = 0): DeadLetter[] =>
  Array.from({ length: count }, (_, index) => ({ ...ANY_LETTER, attempts: from + index }))
const numbersOf = (read: readonly DeadLetter[]): (number | null)[] => read.map(({ attempts }) => attempts)

describe.each(SINKS)('dead letters in a %s', (_, sinkAt) => {
  test('any letters come back as they were, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(letters, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
        async (pieces) => {
          const sink = sinkAt(givenPath('letters'))
          sink.attach?.()
          for (const piece of pieces) await sink.write(piece)

          expect(await readAll(sink)).toEqual({ letters: pieces.flat(), error: null })
          await sink.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  test('nothing is read where nothing was written yet', async () => {
    const sink = sinkAt(givenPath('letters'))
    sink.attach?.()
    expect(await readAll(sink)).toEqual({ letters: [], error: null })
    const path = givenPath('empty')
    writeFileSync(path, '')
    expect(await readAll(sinkAt(path))).toEqual({ letters: [], error: null })
  })

  test('a path without a file, which may be misspelt, is not read, and no file is made', async () => {
    const path = givenPath('misspelt')
    const { letters, error } = await readAll(sinkAt(path))
    expect(letters).toEqual([])
    expect(error).toMatchObject({ name: 'KafkaError', code: 'RESOURCE_NOT_FOUND' })
    expect(String(error)).toContain(`there is no such file: ${path}`)
    expect(existsSync(path)).toBe(false)
  })

  test('a place where nothing can be kept is refused when the sink is made', () => {
    const path = givenPath('folder')
    mkdirSync(path)
    writeFileSync(join(path, 'file'), '')
    const refusal = (says: string) =>
      expect.objectContaining({ name: 'ConfigError', option: 'path', message: expect.stringContaining(says) })
    expect(() => sinkAt(path)).toThrow(refusal('it is a folder'))
    expect(() => sinkAt(join(path, 'none', 'letters'))).toThrow(refusal(`there is no folder ${join(path, 'none')}`))
    expect(() => sinkAt(join(path, 'file', 'letters'))).toThrow(refusal(`there is no folder ${join(path, 'file')}`))
  })

  // The superuser may write everywhere.
  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written is refused when the sink is made', () => {
    const path = givenPath('folder')
    mkdirSync(path, { mode: 0o500 })
    expect(() => sinkAt(join(path, 'letters'))).toThrow('nothing can be written to the folder')
  })

  test('what is removed is not read again, by whoever opens it next', async () => {
    const path = givenPath('letters')
    const sink = sinkAt(path)
    await sink.write(numbered(2_000))
    const { letters } = await readAll(sink)

    await sink.remove?.(letters.filter((_, index) => index % 100 !== 7))
    await sink.close()
    await sink.write(numbered(1, 5_000))

    const again = await readAll(sinkAt(path))
    expect(numbersOf(again.letters)).toEqual([...Array.from({ length: 20 }, (_, index) => 100 * index + 7), 5_000])
    expect(again.error).toBeNull()
  })

  test('what is written while it is read belongs to the next reading', async () => {
    const sink = sinkAt(givenPath('letters'))
    await sink.write(numbered(3))
    const read: DeadLetter[] = []

    for await (const letter of sink.read()) {
      read.push(letter)
      await sink.write([letter])
    }

    expect(numbersOf(read)).toEqual([0, 1, 2])
  })

  test('a place that cannot be written is told, and may work later', async () => {
    const path = givenPath('folder')
    mkdirSync(path)
    const sink = sinkAt(join(path, 'letters'))
    rmdirSync(path)

    await expect(sink.write([ANY_LETTER])).rejects.toThrow()
    mkdirSync(path)
    await expect(sink.write([ANY_LETTER])).resolves.toBeUndefined()
  })
})

describe('a file of dead letters', () => {
  test('several sinks write to it, and somebody reads it meanwhile', async () => {
    const path = givenPath('letters')
    const long = { ...ANY_LETTER, value: Buffer.alloc(2_000_000, 'a') }
    const writes = [1, 2, 3].flatMap(() => {
      const sink = deadLetterFile(path)
      return [sink.write([long]), sink.write([ANY_LETTER])]
    })
    const meanwhile = readAll(deadLetterFile(path))
    await Promise.all(writes)

    expect((await meanwhile).error).toBeNull()
    const { letters, error } = await readAll(deadLetterFile(path))
    expect([letters.length, error]).toEqual([6, null])
  })

  test('what is removed is what was read, and not what has taken its place', async () => {
    const path = givenPath('letters')
    const sink = deadLetterFile(path)
    await sink.write(numbered(3))
    const { letters } = await readAll(sink)
    writeFileSync(path, '')
    await sink.write(numbered(4, 5))

    await sink.remove?.(letters)

    expect(numbersOf((await readAll(sink)).letters)).toEqual([5, 6, 7, 8])
  })

  test('all whole lines are read, and the broken ones are named', async () => {
    const path = givenPath('letters')
    const sink = deadLetterFile(path)
    await sink.write(numbered(2))
    appendFileSync(path, '{"topic":"orders","part')
    // Another process goes on.
    await deadLetterFile(path).write(numbered(1, 2))
    appendFileSync(path, Buffer.from([0xff, 0x0a]))

    const { letters, error } = await readAll(sink)

    expect(numbersOf(letters)).toEqual([0, 1, 2])
    expect(error).toMatchObject({ name: 'BrokenDeadLettersError', code: 'CORRUPT_MESSAGE', lines: [3, 5] })
  })

  test('a last line without an end is broken, also behind lines that were removed', async () => {
    const path = givenPath('letters')
    const sink = deadLetterFile(path)
    await sink.write(numbered(4))
    await sink.remove?.((await readAll(sink)).letters.slice(0, 3))
    appendFileSync(path, readFileSync(path).subarray(0, 100))

    const { letters, error } = await readAll(sink)

    expect(numbersOf(letters)).toEqual([3])
    expect(error).toMatchObject({ lines: [5] })
  })

  test('a file that takes the place of another one is read from its beginning', async () => {
    const path = givenPath('letters')
    const sink = deadLetterFile(path)
    await sink.write(numbered(3))
    await sink.remove?.((await readAll(sink)).letters)
    writeFileSync(path, '')
    await sink.write(numbered(3, 5))

    expect(numbersOf((await readAll(sink)).letters)).toEqual([5, 6, 7])
  })

  test('lines longer than what is read at once come back', async () => {
    const sink = deadLetterFile(givenPath('letters'))
    const long = { ...ANY_LETTER, value: Buffer.alloc(200_000, 'ab') }
    await sink.write([long, ANY_LETTER, long])

    const { letters } = await readAll(sink)
    expect(letters.map(encodeLetter)).toEqual([long, ANY_LETTER, long].map(encodeLetter))
  })
})

describe('a table of dead letters', () => {
  test('without node:sqlite and libsql there is no driver, which is told when the sink is made', () => {
    expect(() => sqlDriver(() => null)).toThrow('it takes Node 22.13 or newer, or the package libsql')
  })

  test('a table that its database does not have, which may be misspelt, is not read', async () => {
    const path = givenPath('letters')
    await deadLetterTable(path).write([ANY_LETTER])
    const { letters, error } = await readAll(deadLetterTable(path, { table: 'dead_leters' }))
    expect(letters).toEqual([])
    expect(String(error)).toContain("there is no table 'dead_leters' in")
  })

  test('a database that somebody else has locked makes the write fail, and nothing of it is there', async () => {
    const path = givenPath('letters')
    const sink = deadLetterTable(path)
    await sink.write(numbered(1))
    const other = openSqlDatabase(path)
    other.exec('BEGIN EXCLUSIVE')

    await expect(sink.write(numbered(2, 1))).rejects.toThrow('locked')
    other.exec('ROLLBACK')
    other.close()
    await sink.write(numbered(1, 3))

    expect(numbersOf((await readAll(sink)).letters)).toEqual([0, 3])
  })

  test('the reason why SQLite gave up a write is told', async () => {
    const path = givenPath('letters')
    const sink = deadLetterTable(path)
    await sink.write(numbered(1))
    const other = openSqlDatabase(path)
    other.exec(`CREATE TRIGGER full BEFORE INSERT ON dead_letters BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END`)
    await expect(sink.write(numbered(2, 1))).rejects.toThrow('disk is full')
    other.exec('DROP TRIGGER full')
    other.close()
    await sink.write(numbered(1, 3))

    expect(numbersOf((await readAll(sink)).letters)).toEqual([0, 3])
  })

  test('a row that is not a dead letter is told, behind all that are', async () => {
    const path = givenPath('letters')
    const sink = deadLetterTable(path)
    await sink.write(numbered(600))
    const other = openSqlDatabase(path)
    other.exec("UPDATE dead_letters SET headers = 'none' WHERE id IN (2, 4)")
    other.close()

    const { letters, error } = await readAll(sink)

    expect(letters).toHaveLength(598)
    expect(error).toMatchObject({ code: 'CORRUPT_MESSAGE', message: expect.stringContaining('Row 2 of the table') })
  })

  test('a few of many large letters are in memory at once', async () => {
    const sink = deadLetterTable(givenPath('letters'))
    const large = { ...ANY_LETTER, value: Buffer.alloc(1_000_000) }
    for (let times = 0; times < 50; times++) await sink.write([large])
    const before = process.memoryUsage().arrayBuffers

    const letters = sink.read()[Symbol.asyncIterator]()
    await letters.next()

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25_000_000)
    await letters.return?.()
    await sink.close()
  })

  test('a table has the name that it was given, if that is a word', async () => {
    const path = givenPath('letters')
    await deadLetterTable(path, { table: 'lost' }).write([ANY_LETTER])

    const database = openSqlDatabase(path)
    expect(database.prepare('SELECT topic, error_code, attempts FROM lost').all([])).toMatchObject([
      { topic: 'orders', error_code: 'REQUEST_TIMED_OUT', attempts: 3 },
    ])
    database.close()
    expect(() => deadLetterTable(path, { table: 'x"; DROP' })).toThrow('its name must be a plain word')
  })
})
