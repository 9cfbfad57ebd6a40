import { setTimeout as pass } from 'node:timers/promises'
import { assert } from '../../src/base/assert.js'
import { codecOf } from '../../src/protocol/codec.js'
import { RawClient } from '../../test/support/raw-client.js'
import { FETCH, toFetch } from '../../test/support/raw-requests.js'
import { inTurns } from './in-turns.js'
import { timed } from './process-reading.js'
import { withTopic } from './requests.js'
import type { Server } from './servers.js'
import type { Measured, WireBench } from './wire-bench.js'

/**
 * A client that reads a thousand partitions in which nothing happens: what a Fetch costs it in a session (KIP-227), and
 * what without one, when it names all partitions each time.
 */
export const quiet: WireBench = {
  name: 'quiet',
  run: (options) =>
    inTurns(options, [
      (server, turn) => {
        const topic = `quiet-${turn}`
        const fetches = Math.ceil(FETCHES * options.scale)
        return withTopic(server, { name: topic, partitions: PARTITIONS }, (topicId) =>
          fetchQuietly(server, { topic, topicId, fetches }),
        )
      },
    ]),
}

const PARTITIONS = 1_000
const FETCHES = 300
const VERSION = 17
/** The epochs of a request that asks for a session, and of one that asks for none. (`FetchMetadata`) */
const [INITIAL, SESSIONLESS] = [0, -1]
const LOOK_EVERY_MS = 20

interface Reading {
  readonly topic: string
  readonly topicId: string
  readonly fetches: number
}

async function fetchQuietly({ address, pid }: Server, reading: Reading): Promise<readonly Measured[]> {
  const client = await RawClient.to(address)
  try {
    const full = fullFetch(reading)
    // Kafka's broker may not lead yet what it tells that it leads.
    while (!(await fetched(client, { ...full, sessionEpoch: SESSIONLESS })).isWhole) await pass(LOOK_EVERY_MS)
    const { sessionId } = await fetched(client, { ...full, sessionEpoch: INITIAL })
    assert(sessionId > 0, 'There is no session')
    const inSession = (number: number) => ({ ...full, topics: [], sessionId, sessionEpoch: 1 + number })
    return [
      ...(await cost(`in a session`, { client, pid, fetches: reading.fetches }, inSession)),
      ...(await cost(`in full`, { client, pid, fetches: reading.fetches }, () => full)),
    ]
  } finally {
    client.close()
  }
}

type Message = ReturnType<typeof toFetch>

function fullFetch({ topic, topicId }: Reading): Message {
  const message = toFetch(topic, topicId)
  const [asked] = message.topics
  const [first] = asked!.partitions
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ ...first!, partition }))
  return { ...message, sessionEpoch: SESSIONLESS, topics: [{ ...asked!, partitions }] }
}

interface Fetcher {
  readonly client: RawClient
  readonly pid: number
  readonly fetches: number
}

async function cost(
  how: string,
  { client, pid, fetches }: Fetcher,
  requestOf: (number: number) => Message,
): Promise<readonly Measured[]> {
  let [sent, received] = [0, 0]
  const { ms, cpuMs } = await timed(pid, async () => {
    for (let number = 0; number < fetches; number++) {
      const told = await fetched(client, requestOf(number))
      sent += told.sent
      received += told.received
    }
  })
  const what = `a Fetch of ${PARTITIONS.toLocaleString('en')} quiet partitions ${how}`
  return [
    { what: `${what}: sent`, unit: 'bytes', value: sent / fetches },
    { what: `${what}: received`, unit: 'bytes', value: received / fetches },
    { what: `${what}: round trip`, unit: 'ms', value: ms / fetches },
    { what: `${what}: CPU`, unit: 'ms', value: cpuMs / fetches },
  ]
}

interface Fetched {
  readonly sessionId: number
  /** Whether every partition is answered without an error. */
  readonly isWhole: boolean
  /** Bytes of the frames, their lengths included. */
  readonly sent: number
  readonly received: number
}

async function fetched(client: RawClient, message: Message): Promise<Fetched> {
  const request = client.frame(FETCH, VERSION, message)
  client.socket.write(request)
  const answer = await client.nextFrame()
  const codec = codecOf(FETCH, VERSION)
  assert(codec !== 'UNSUPPORTED_VERSION', 'Fetch has this version')
  const { errorCode, sessionId, responses } = codec.decodeResponse(answer).message
  assert(errorCode === 'NONE', `Fetch is answered with ${errorCode}`)
  const partitions = responses.flatMap((topic) => topic.partitions)
  const isWhole = partitions.length === PARTITIONS && partitions.every((one) => one.errorCode === 'NONE')
  return { sessionId, isWhole, sent: request.length, received: answer.length + 4 }
}
