/** What a key or a value may be made of; a string stands for its UTF-8 bytes. */
export type RecordData = Uint8Array | string | null

export interface RecordHeader {
  readonly key: string
  readonly value: RecordData
}
