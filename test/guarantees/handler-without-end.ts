import type { RecordHandler } from '../../src/index.js'

/** A handler module that never returns once it was called; it says so in the word that it is given. */
export default function handlerWithoutEnd(begun: Int32Array): RecordHandler {
  return {
    eachMessage() {
      Atomics.store(begun, 0, 1)
      for (;;);
    },
  }
}
