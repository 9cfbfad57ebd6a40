/**
 * Throws an error of user code outside of the turn: it becomes the program's uncaught exception, and breaks nothing
 * here.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
