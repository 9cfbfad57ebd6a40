import { broadcastChannel } from './broadcast-channel.js'
import { eventEmitter } from './event-emitter.js'
import { messageChannel } from './message-channel.js'
import { messageChannelArrays } from './message-channel-arrays.js'
import { odradekProduce, odradekSend } from './odradek.js'
import type { Peer } from './peer.js'
import { transferredBuffer } from './transferred-buffer.js'

/** The contestants in the order of the table; the others are compared with the first. */
export const CONTESTANTS: readonly Peer[] = [
  messageChannel,
  messageChannelArrays,
  transferredBuffer,
  broadcastChannel,
  eventEmitter,
  odradekProduce,
  odradekSend,
]
