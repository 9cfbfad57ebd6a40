import { ConfigError } from '../base/errors.js'
import { requiredIfThere } from '../base/optional-module.js'

/** A value that SQLite takes and gives. */
export type SqlValue = string | number | Uint8Array | ArrayBuffer | null

/** A prepared statement; its parameters are a list. */
export interface SqlStatement {
  run(values: readonly SqlValue[]): void
  all(values: readonly SqlValue[]): unknown[]
}

/** A SQLite database, on the calling thread. */
export interface SqlDatabase {
  exec(sql: string): void
  prepare(sql: string): SqlStatement
  close(): void
}

/** The part that node:sqlite and libsql have in common. */
interface Library {
  exec(sql: string): void
  prepare(sql: string): { run(...values: unknown[]): unknown; all(...values: unknown[]): unknown[] }
  close(): void
}

export type OpenSqlDatabase = (path: string) => SqlDatabase

/** Opens a database; see `sqlDriver`. */
export const openSqlDatabase: OpenSqlDatabase = (path) => sqlDriver()(path)

/** What opens databases: node:sqlite if Node has it, else libsql. Throws a ConfigError if neither is there. */
export function sqlDriver(load: typeof requiredIfThere = requiredIfThere): OpenSqlDatabase {
  const sqlite = load<{ DatabaseSync: new (path: string) => Library }>('node:sqlite')
  if (sqlite !== null) return (path) => adapted(new sqlite.DatabaseSync(path), (values) => values)
  const libsql = load<new (path: string) => Library>('libsql')
  // libsql takes one list, and stops the process if it is given only bytes.
  if (libsql !== null) return (path) => adapted(new libsql(path), (values) => [values])
  throw new ConfigError(
    'deadLetters',
    'Cannot open a SQLite database: it takes Node 22.13 or newer, or the package libsql (npm install libsql@0.5.29)',
  )
}

function adapted(library: Library, parameters: (values: readonly SqlValue[]) => readonly unknown[]): SqlDatabase {
  return {
    exec: (sql) => library.exec(sql),
    close: () => library.close(),
    prepare(sql) {
      const statement = library.prepare(sql)
      return {
        run: (values) => void statement.run(...parameters(values)),
        all: (values) => statement.all(...parameters(values)),
      }
    },
  }
}
