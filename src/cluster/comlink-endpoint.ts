import type { MessagePort } from 'node:worker_threads'
import type { Endpoint } from 'comlink'

/**
 * Comlink speaks to browsers' ports; Node's differ in how they are listened to. (comlink's own adapter has no types.)
 */
export function comlinkEndpoint(port: MessagePort): Endpoint {
  const listeners = new WeakMap<object, (data: unknown) => void>()
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer as MessagePort[] | undefined),
    addEventListener(_type, listener) {
      const listen = (data: unknown): void => {
        const event = { data } as MessageEvent
        if ('handleEvent' in listener) listener.handleEvent(event)
        else listener(event)
      }
      listeners.set(listener, listen)
      port.on('message', listen)
    },
    removeEventListener(_type, listener) {
      const listen = listeners.get(listener)
      if (listen !== undefined) port.off('message', listen)
    },
    start: () => port.start(),
  }
}
