import { MessageChannel, receiveMessageOnPort, type WorkerOptions } from 'node:worker_threads'

/** What a message can take along instead of a copy. Newer types of Node have a name for it, older ones another. */
export type Transferable = NonNullable<WorkerOptions['transferList']>[number]

/** Like `structuredClone`, which jsdom does not have. Throws a DataCloneError. */
export const cloned: <Value>(value: Value) => Value =
  typeof structuredClone === 'function' ? structuredClone : sentToOurselves

/**
 * A clone of a message as the other side receives it. What is in the list moves into the clone, and is of no use any
 * more where it was. Throws a DataCloneError.
 */
export function sentToOurselves<Value>(value: Value, transfer: readonly Transferable[] = []): Value {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value, transfer)
    return receiveMessageOnPort(port2)?.message as Value
  } finally {
    port1.close()
  }
}
