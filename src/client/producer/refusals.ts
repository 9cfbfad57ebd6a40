import type { RecordData } from '../../record/record.js'
import type { DeadLetterOffice } from '../dead-letters/dead-letter-office.js'
import type { DeadLetter, DeadLetterCause } from '../dead-letters/dead-letters.js'
import { lettersOfRefused, type RefusedRecords } from './refused-records.js'
import type { RecordSerializer } from './serializers.js'

/** Has the records of a producer kept that find no batch, and only then lets that be told. Without an office it is told at once. */
export class Refusals<Key = RecordData, Value = RecordData> {
  readonly #office: DeadLetterOffice | null
  readonly #serializer: RecordSerializer<Key, Value>

  constructor(office: DeadLetterOffice | null, serializer: RecordSerializer<Key, Value>) {
    this.#office = office
    this.#serializer = serializer
  }

  /** When a call begins to wait; null where nobody will ask. */
  now(): number | null {
    return this.#office?.now() ?? null
  }

  /** Of calls, which wait. */
  keep(error: unknown, refused: readonly RefusedRecords<Key, Value>[], tell: () => void): void {
    if (this.#office === null) tell()
    else this.#office.keep(error, (cause, failedAt) => this.#letters(refused, cause, failedAt), tell)
  }

  /** Of `produce`, which throws the error meanwhile, and whose caller may use the buffers again. */
  keepThrown(error: unknown, refused: RefusedRecords<Key, Value>, tell: () => void): void {
    if (this.#office === null) tell()
    else this.#office.keepThrown(error, (cause, failedAt) => this.#letters([refused], cause, failedAt), tell)
  }

  *#letters(
    refused: readonly RefusedRecords<Key, Value>[],
    error: DeadLetterCause,
    failedAt: number,
  ): Generator<DeadLetter> {
    for (const records of refused) yield* lettersOfRefused(records, this.#serializer, { error, failedAt })
  }
}
