/** The byte stream of a client, such as a socket, as the gateway sees it. Nothing here throws. */
export interface ByteStream {
  /** Who is at the other end, for sentences: `127.0.0.1:50412`. */
  readonly peer: string
  /** Its address alone. */
  readonly host: string
  /** Whether more was written than the other end takes at the moment; `drained` is told when it is not any more. */
  readonly isFull: boolean
  /**
   * Writes these parts one after the other. They stay as they are until `written` is called, which happens once,
   * whatever becomes of the stream.
   */
  write(parts: readonly Uint8Array[], written: () => void): void
  /** Nothing is read for now. */
  pause(): void
  resume(): void
  /** Ends it once what was written is under way. */
  close(): void
  /** Ends it at once, so that the other end sees a connection that was reset. */
  reset(): void
}

/** Whoever reads the stream. Called between turns: what is told is worked on in the next one. */
export interface StreamListener {
  data(chunk: Buffer): void
  drained(): void
  /** The other end says nothing any more, and may still read. */
  ended(): void
  /** The stream is over, whoever has ended it. Called once, and last. */
  closed(): void
}
