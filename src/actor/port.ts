import type { TransferListItem } from 'node:worker_threads'

/**
 * Carries what rings cannot: handles of shared memory, and word of new connections. A MessagePort, or its simulation.
 */
export interface Port {
  post(message: unknown, transfer?: readonly TransferListItem[]): void
  /** The oldest message, or undefined. */
  receive(): unknown
  close(): void
}
