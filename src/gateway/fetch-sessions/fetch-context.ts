import type { ErrorCode } from '../../base/error-code.js'
import type { Timestamp } from '../../base/ids.js'
import {
  type AskedFetch,
  type FetchSession,
  type FetchVerdict,
  nextEpoch,
  partitionKey,
  type WantedPartition,
} from './fetch-session.js'
import type { FetchSessionCache } from './fetch-session-cache.js'

/** What a client is told, apart from the partitions. */
export interface ContextAnswer {
  readonly errorCode: ErrorCode
  /** 0: there is no session. */
  readonly sessionId: number
  /** Which of the partitions are told, by their places among those that were wanted. */
  readonly told: readonly number[]
}

/** What one Fetch request asks for, with what its session knows. (`FetchContext`) */
export interface FetchContext {
  readonly wanted: readonly WantedPartition[]
  /** Decides what is told, from what is said of each wanted partition. */
  answer(verdicts: readonly FetchVerdict[], now: Timestamp): ContextAnswer
}

/** The epochs of a request that wants to know everything: one that opens a session, and one that wants none. */
const FIRST_EPOCH = 0
const NO_SESSION_EPOCH = -1
const NO_SESSION = 0

/**
 * The context of a request: in full, in full with a new session, or what a session says; or why there is none, which
 * has the client ask in full. (`FetchManager.newContext`)
 */
export function contextOf(
  message: AskedFetch,
  sessions: FetchSessionCache,
  { usesTopicIds, now }: { readonly usesTopicIds: boolean; readonly now: Timestamp },
): FetchContext | ErrorCode {
  const { sessionId, sessionEpoch } = message
  const wanted = wantedIn(message)
  if (sessionEpoch === FIRST_EPOCH || sessionEpoch === NO_SESSION_EPOCH) {
    sessions.close(sessionId)
    return sessionEpoch === FIRST_EPOCH ? full(wanted, sessions, usesTopicIds) : withoutSession(wanted)
  }
  const session = sessions.find(sessionId)
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND'
  if (session.epoch !== sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH'
  if (session.usesTopicIds !== usesTopicIds) return 'FETCH_SESSION_TOPIC_ID_ERROR'
  if (!sessions.change(session, () => session.update(wanted, message.forgottenTopicsData)))
    return 'FETCH_SESSION_ID_NOT_FOUND'
  if (session.size === 0) {
    sessions.close(sessionId)
    return withoutSession(wanted)
  }
  sessions.touch(session, now)
  session.epoch = nextEpoch(session.epoch)
  return incremental(session)
}

/** What a request names, each partition once: the last word on it counts. (`FetchRequest.fetchData`) */
function wantedIn({ topics }: AskedFetch): readonly WantedPartition[] {
  const once = new Map<string, WantedPartition>()
  for (const topic of topics)
    for (const wanted of topic.partitions) once.set(partitionKey(topic, wanted.partition), { topic, wanted })
  return [...once.values()]
}

function withoutSession(wanted: readonly WantedPartition[]): FetchContext {
  return {
    wanted,
    answer: (verdicts) => ({ errorCode: 'NONE', sessionId: NO_SESSION, told: [...verdicts.keys()] }),
  }
}

/** The session begins with the answer: nobody may go on with what was never told. */
function full(wanted: readonly WantedPartition[], sessions: FetchSessionCache, usesTopicIds: boolean): FetchContext {
  return {
    wanted,
    answer(verdicts, now) {
      const session = sessions.open(wanted.length, usesTopicIds, now)
      if (session !== null) {
        sessions.change(session, () => session.update(wanted, []))
        for (const [index, one] of wanted.entries()) session.note(one, verdicts[index] as FetchVerdict)
      }
      return { errorCode: 'NONE', sessionId: session?.id ?? NO_SESSION, told: [...verdicts.keys()] }
    },
  }
}

function incremental(session: FetchSession): FetchContext {
  const { epoch, partitions: wanted } = session
  return {
    wanted,
    answer(verdicts) {
      // Somebody else has gone on with the session while this request waited.
      if (session.epoch !== epoch) return { errorCode: 'INVALID_FETCH_SESSION_EPOCH', sessionId: session.id, told: [] }
      const told = wanted.flatMap((one, index) => (session.note(one, verdicts[index] as FetchVerdict) ? [index] : []))
      return { errorCode: 'NONE', sessionId: session.id, told }
    },
  }
}
