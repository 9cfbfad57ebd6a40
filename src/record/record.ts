/** What a key or a value may be made of; a string stands for its UTF-8 bytes. */
export type RecordData = Uint8Array | string | null

/** Not every caller is checked by a compiler. */
export const isRecordData = (input: unknown): input is RecordData =>
  typeof input === 'string' || input === null || input instanceof Uint8Array

/** `a Promise`, `a number`, `undefined`: for sentences. */
export function kindOf(input: unknown): string {
  if (input === null || input === undefined) return String(input)
  return typeof input === 'object' ? `a ${input.constructor?.name ?? 'object'}` : `a ${typeof input}`
}

export interface RecordHeader {
  readonly key: string
  readonly value: RecordData
}
