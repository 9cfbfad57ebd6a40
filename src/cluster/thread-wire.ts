import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import type { Port } from '../actor/port.js'
import type { FaultNews, Wire, WireMessage } from '../actor/runner.js'
import { Memory } from '../base/memory.js'
import type { Mail } from './switchboard.js'

/** What an actor's thread asks of the launcher, and tells it. */
export type WireRequest =
  | { readonly type: 'connect'; readonly from: Address; readonly to: Address }
  | { readonly type: 'disconnect'; readonly connection: number }
  | { readonly type: 'release'; readonly ended: Address }
  | { readonly type: 'letGo'; readonly from: Address; readonly connection: number }
  | { readonly type: 'news'; readonly from: Address; readonly news: FaultNews }

/** A line over a MessagePort. Ports are read, never listened to: a duty cycle does not turn its event loop. */
function portLine(port: MessagePort): Port {
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    receive: () => receiveMessageOnPort(port)?.message,
    close: () => port.close(),
  }
}

/** A thread's wire: mail comes from `receive`, requests go through `post`. */
export function threadWire(
  self: Address,
  receive: () => Mail<MessagePort> | undefined,
  post: (request: WireRequest) => void,
): Wire {
  return {
    connect: (to) => post({ type: 'connect', from: self, to }),
    release: (ended) => post({ type: 'release', ended }),
    tell: (news) => post({ type: 'news', from: self, news }),
    letGo: (connection) => post({ type: 'letGo', from: self, connection }),
    receive(): WireMessage | undefined {
      const mail = receive()
      if (mail === undefined || mail.type !== 'connection') return mail
      const { id, peer, isInitiator, line } = mail
      const memory = new Memory(mail.memory)
      const peerBell = new ControlBlock(mail.peerControl)
      const close = (): void => post({ type: 'disconnect', connection: id })
      return { type: 'connection', parts: { id, peer, isInitiator, memory, peerBell, port: portLine(line), close } }
    },
  }
}
