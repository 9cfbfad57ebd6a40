import type { Transferable } from '../base/cloned.js'

/**
 * Carries what rings cannot: handles of shared memory, and word of new connections. A MessagePort, or its simulation.
 */
export interface Port {
  post(message: unknown, transfer?: readonly Transferable[]): void
  /** The oldest message, or undefined. */
  receive(): unknown
  close(): void
}
