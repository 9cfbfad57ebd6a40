import { Memory } from '../../src/base/memory.js'
import type { Request } from '../../src/protocol/api.js'
import { readFrame, requestFrame, writeFrame } from '../../src/protocol/ring/frame.js'
import type { MicroSuite } from './micro-suite.js'

const MESSAGES = 100
const UUID = 'AAAAAAAAAAAAAAAAAAAABw'
const MEMBER = 'consumer-1-5b6c2a4e-8d5f-4b11-9a51-0c6f5f1b7a3d'
const GROUP = { groupId: 'order-workers', groupInstanceId: null }
const ring = Memory.allocate(64 * 1024)
const nothing = (): unknown => undefined

const REQUESTS: Readonly<Record<string, Request>> = {
  heartbeat: { api: 'Heartbeat', ...GROUP, generationId: 3, memberId: MEMBER },
  'join of two protocols': {
    api: 'JoinGroup',
    ...GROUP,
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    memberId: MEMBER,
    protocolType: 'consumer',
    protocols: ['range', 'cooperative-sticky'].map((name) => ({ name, metadata: new Uint8Array(64) })),
    reason: null,
  },
  'commit of 10 partitions': {
    api: 'OffsetCommit',
    ...GROUP,
    generationIdOrMemberEpoch: 3,
    memberId: MEMBER,
    topics: [
      {
        topicId: UUID,
        partitions: Array.from({ length: 10 }, (_, partitionIndex) => {
          return { partitionIndex, committedOffset: 123_456, committedLeaderEpoch: 2, committedMetadata: '' }
        }),
      },
    ],
  },
}

/** The cost of a request that is written to a ring and read from it, by its schema and as JSON. */
export const suite: MicroSuite = {
  name: 'frame',
  unit: 'message',
  unitsPerRun: MESSAGES,
  register(bench) {
    for (const [name, request] of Object.entries(REQUESTS)) {
      bench.add(`${name}, by its schema`, () => repeat(() => throughRing(request)))
      bench.add(`${name}, as JSON`, () => repeat(() => asJson(request)))
    }
  },
}

function repeat(once: () => unknown): void {
  for (let index = 0; index < MESSAGES; index++) once()
}

function throughRing(request: Request): unknown {
  const frame = requestFrame(request)
  writeFrame(frame, 1, ring, 64)
  return readFrame(ring, 64, frame.bytes, nothing)
}

/** Bytes become objects with a field for each, which is what JSON makes of them. */
function asJson(request: Request): unknown {
  const text = Buffer.from(JSON.stringify(request))
  ring.bytes.set(text, 72)
  return JSON.parse(ring.bytes.toString('utf8', 72, 72 + text.length))
}
