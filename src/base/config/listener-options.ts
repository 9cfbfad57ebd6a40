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
  'max.incremental.fetch.session.cache.slots': {
    type: 'int',
    default: 1_000,
    min: 0,
    doc: 'Fetch sessions of the clients of one broker that come in by sockets (KIP-227). 0: there are none, and each fetch names all of its partitions.',
  },
  'sasl.server.max.receive.size': {
    type: 'int',
    default: 524_288,
    min: 1,
    doc: 'Bytes of the largest request of a client that must authenticate and has not yet. A longer one ends its connection.',
  },
  'connection.failed.authentication.delay.ms': {
    type: 'int',
    default: 100,
    min: 0,
    doc: 'How long a client whose authentication has failed waits for the answer. Its connection is closed then.',
  },
  'connections.max.reauth.ms': {
    type: 'long',
    default: 0,
    min: 0,
    doc: 'How long a client that has authenticated is let in; before that it must authenticate again (KIP-368). 0: for ever.',
  },
} as const satisfies OptionDefinitions
