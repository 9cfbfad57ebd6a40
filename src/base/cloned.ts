import { MessageChannel, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads'

/** Like `structuredClone`, which jsdom does not have. Throws a DataCloneError. */
export const cloned: <Value>(value: Value) => Value =
  typeof structuredClone === 'function' ? structuredClone : sentToOurselves

/**
 * A clone of a message as the other side receives it. What is in the list moves into the clone, and is of no use any
 * more where it was. Throws a DataCloneError.
 */
export function sentToOurselves<Value>(value: Value, transfer: readonly TransferListItem[] = []): Value {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value, transfer)
    return receiveMessageOnPort(port2)?.message as Value
  } finally {
    port1.close()
  }
}
