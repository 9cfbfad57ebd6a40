/**
 * For what the user's code throws inside a turn: it becomes the program's uncaught exception, and breaks nothing here.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
