import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

/** Like `structuredClone`, which jsdom does not have. Throws a DataCloneError. */
export const cloned: <Value>(value: Value) => Value =
  typeof structuredClone === 'function' ? structuredClone : sentToOurselves

/** A clone of a message as the other side receives it. Exported for tests. */
export function sentToOurselves<Value>(value: Value): Value {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value)
    return receiveMessageOnPort(port2)?.message as Value
  } finally {
    port1.close()
  }
}
