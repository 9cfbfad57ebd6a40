/** The broker's options of the port at which Kafka's clients come in, under Kafka's names (`SocketServerConfigs`). */
import type { OptionDefinitions } from './definition.js'

export const LISTENER_OPTIONS = {
  'socket.request.max.bytes': {
    type: 'int',
    default: 104_857_600,
    min: 1,
    doc: 'Bytes of the largest request of a client that comes in by a socket. A longer one ends its connection.',
  },
  'connections.max.idle.ms': {
    type: 'long',
    default: 600_000,
    min: 1,
    doc: 'How long the connection of a client that comes in by a socket may say nothing before it is closed.',
  },
} as const satisfies OptionDefinitions
