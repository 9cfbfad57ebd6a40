import { signature } from '../base/arguments/shape.js'
import { objectWith, optional, text } from '../base/arguments/shapes.js'
import type { ErrorCode, LocalErrorCode } from '../base/error-code.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { notGiven, REMOVE, WRITE } from '../client/dead-letters/dead-letter-arguments.js'
import { decodeHeaders, encodeHeaders } from '../client/dead-letters/dead-letter-json.js'
import type { DeadLetter, DeadLetterSink } from '../client/dead-letters/dead-letters.js'
import { checkThere, checkWritable, filePath } from './file-path.js'
import { type OpenSqlDatabase, type SqlDatabase, type SqlStatement, type SqlValue, sqlDriver } from './sql-database.js'

const DEAD_LETTER_TABLE = signature('deadLetterTable', ['path', filePath], ['', objectWith({ table: optional(text) })])

/**
 * Keeps dead letters in a table of a SQLite database, one row each; a write is one transaction. Letters that were sent
 * again are deleted. Columns are named as in DeadLetter; key and value are blobs, headers JSON as in a file, booleans 0
 * or 1, times milliseconds since the year 1970. SQLite works on the calling thread. If somebody else locks the database
 * for longer than a quarter of a second, the write fails.
 */
export function deadLetterTable(path: string | URL, options: { readonly table?: string } = {}): DeadLetterSink {
  const [file, { table = 'dead_letters' }] = DEAD_LETTER_TABLE(path, options)
  if (!/^[A-Za-z_]\w*$/.test(table)) {
    throw new ConfigError('table', `Cannot keep dead letters in a table '${table}': its name must be a plain word`)
  }
  const isInMemory = file === ':memory:'
  if (!isInMemory) checkWritable(file)
  return new DeadLetterTable(sqlDriver(), file, table, isInMemory)
}

const COLUMNS = {
  topic: 'TEXT NOT NULL',
  partition: 'INTEGER',
  is_partition_named: 'INTEGER NOT NULL',
  key: 'BLOB',
  value: 'BLOB',
  headers: 'TEXT NOT NULL',
  timestamp: 'INTEGER NOT NULL',
  is_serialized: 'INTEGER NOT NULL',
  error_name: 'TEXT NOT NULL',
  error_code: 'TEXT',
  error_message: 'TEXT NOT NULL',
  error_retriable: 'INTEGER NOT NULL',
  attempts: 'INTEGER',
  created_at: 'INTEGER NOT NULL',
  failed_at: 'INTEGER NOT NULL',
} as const
type Column = keyof typeof COLUMNS
type Row = Readonly<Record<Column | 'id', SqlValue>>

const BUSY_TIMEOUT_MS = 250
/** Rows read with one statement; all of them are in memory at once, and a letter may have megabytes. */
const ROWS_PER_READ = 16

interface Statements {
  readonly database: SqlDatabase
  readonly insert: SqlStatement
  readonly select: SqlStatement
  readonly last: SqlStatement
  readonly remove: SqlStatement
}

class DeadLetterTable implements DeadLetterSink {
  readonly #openDatabase: OpenSqlDatabase
  readonly #path: string
  readonly #table: string
  /** Whether somebody writes to it: no table then means that no letter was lost yet. */
  #isWritten: boolean
  readonly #ids = new WeakMap<DeadLetter, SqlValue>()
  #opening: Promise<Statements> | null = null

  constructor(openDatabase: OpenSqlDatabase, path: string, table: string, isWritten: boolean) {
    this.#openDatabase = openDatabase
    this.#path = path
    this.#table = table
    this.#isWritten = isWritten
  }

  attach(): void {
    this.#isWritten = true
  }

  async write(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = WRITE(given)
    this.#isWritten = true
    const { database, insert } = await this.#open()
    inTransaction(database, () => {
      for (const letter of letters) insert.run(Object.values(rowOf(letter)))
    })
  }

  async *read(): AsyncGenerator<DeadLetter> {
    if (!this.#isWritten) this.#checkThere()
    const { select, last } = await this.#open()
    const end = Number((last.all([])[0] as { id: SqlValue } | undefined)?.id ?? 0)
    let broken: Error | null = null
    for (let behind = 0; behind < end; ) {
      const rows = select.all([behind, end, ROWS_PER_READ]) as Row[]
      if (rows.length === 0) break
      for (const row of rows) {
        behind = Number(row.id)
        const letter = letterIn(row, this.#table)
        if (letter instanceof Error) broken ??= letter
        else {
          this.#ids.set(letter, row.id)
          yield letter
        }
      }
    }
    if (broken !== null) throw broken
  }

  async remove(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = REMOVE(given)
    const ids = letters.map((letter) => this.#ids.get(letter))
    if (ids.includes(undefined)) throw notGiven(this.#path)
    const { database, remove } = await this.#open()
    inTransaction(database, () => {
      for (const id of ids) remove.run([id as SqlValue])
    })
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = null
    // A database that could not be opened has told so already.
    await opening?.then(
      ({ database }) => database.close(),
      () => {},
    )
  }

  /** Throws where there is nothing to be read; an empty database is one that no letter has reached yet. */
  #checkThere(): void {
    checkThere(this.#path)
    const database = this.#openDatabase(this.#path)
    try {
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all([])
      const names = tables.map((row) => (row as { readonly name: string }).name)
      if (names.length > 0 && !names.includes(this.#table))
        throw new KafkaError(
          'RESOURCE_NOT_FOUND',
          `Cannot read dead letters: there is no table '${this.#table}' in ${this.#path}, only ${names.join(', ')}`,
        )
    } finally {
      database.close()
    }
  }

  #open(): Promise<Statements> {
    this.#opening ??= this.#prepare().catch((error) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async #prepare(): Promise<Statements> {
    const database = this.#openDatabase(this.#path)
    try {
      const names = Object.keys(COLUMNS)
      const columns = Object.entries(COLUMNS).map(([name, type]) => `"${name}" ${type}`)
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
      database.exec(
        `CREATE TABLE IF NOT EXISTS "${this.#table}" (id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns.join(', ')})`,
      )
      const quoted = names.map((name) => `"${name}"`).join(', ')
      const places = names.map(() => '?').join(', ')
      return {
        database,
        insert: database.prepare(`INSERT INTO "${this.#table}" (${quoted}) VALUES (${places})`),
        select: database.prepare(`SELECT * FROM "${this.#table}" WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`),
        last: database.prepare(`SELECT max(id) AS id FROM "${this.#table}"`),
        remove: database.prepare(`DELETE FROM "${this.#table}" WHERE id = ?`),
      }
    } catch (error) {
      database.close()
      throw error
    }
  }
}

function inTransaction(database: SqlDatabase, run: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    run()
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** After some errors, a full disk among them, SQLite has rolled back already, and refuses. */
function rollBack(database: SqlDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}

/** The values in the order of the columns. */
function rowOf(letter: DeadLetter): Record<Column, SqlValue> {
  const { error } = letter
  return {
    topic: letter.topic,
    partition: letter.partition,
    is_partition_named: Number(letter.isPartitionNamed),
    key: letter.key,
    value: letter.value,
    headers: JSON.stringify(encodeHeaders(letter.headers)),
    timestamp: letter.timestamp,
    is_serialized: Number(letter.isSerialized),
    error_name: error.name,
    error_code: error.code,
    error_message: error.message,
    error_retriable: Number(error.retriable),
    attempts: letter.attempts,
    created_at: letter.createdAt,
    failed_at: letter.failedAt,
  }
}

function letterIn(row: Row, table: string): DeadLetter | KafkaError {
  try {
    return {
      topic: String(row.topic),
      partition: row.partition === null ? null : Number(row.partition),
      isPartitionNamed: row.is_partition_named === 1,
      key: bytesOf(row.key),
      value: bytesOf(row.value),
      headers: decodeHeaders(JSON.parse(String(row.headers))),
      timestamp: Number(row.timestamp),
      isSerialized: row.is_serialized === 1,
      error: {
        name: String(row.error_name),
        code: row.error_code as ErrorCode | LocalErrorCode | null,
        message: String(row.error_message),
        retriable: row.error_retriable === 1,
      },
      attempts: row.attempts === null ? null : Number(row.attempts),
      createdAt: Number(row.created_at),
      failedAt: Number(row.failed_at),
    }
  } catch (error) {
    const says = `Row ${row.id} of the table ${table} is not a dead letter: ${(error as Error).message}`
    return new KafkaError('CORRUPT_MESSAGE', says)
  }
}

/** The bytes of a value; the libraries wrap them differently. */
function bytesOf(value: SqlValue): Buffer | null {
  if (value === null) return null
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Buffer.from(String(value))
}
