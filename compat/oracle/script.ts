/**
 * The language of the oracle's scripts. A script is data: requests in their order, each by a client with a connection
 * of its own. What is right is not said, since a real broker says it.
 *
 *     script('a member that is unknown', [
 *       ask('JoinGroup', 4, joining('g'), { binds: { me: 'memberId' } }),
 *       ask('Heartbeat', 4, { groupId: 'g', memberId: '$me', generationId: 1 }),
 *     ])
 *
 * A string `$me` in a request stands for what the answer to an earlier one had there. A message names only what
 * matters; all else has the default of Kafka's schema, or the usual value of `usual-values`.
 */
export interface Script {
  readonly title: string
  readonly steps: readonly Step[]
}

/** The scripts of one API, whose answers lie in one file. */
export interface Area {
  readonly name: string
  readonly scripts: readonly Script[]
}

export type Message = { readonly [field: string]: unknown }

export interface Request {
  /** The client that asks; `a` if nobody is named. */
  readonly by: string
  readonly api: string
  readonly version: number
  readonly message: Message
}

export type Step =
  /** A request whose answer is awaited and compared. */
  | ({ readonly kind: 'ask'; readonly binds: Binds } & Request)
  /** The same, only that its answer is not compared: what other scripts ask is the ground for this one. */
  | ({ readonly kind: 'given'; readonly binds: Binds } & Request)
  /** A request that is not answered yet: another step hears its answer. */
  | ({ readonly kind: 'begin' } & Request)
  /** The answer to the oldest request of the client that was begun. */
  | { readonly kind: 'hear'; readonly by: string; readonly binds: Binds }
  /** A request that is repeated until its answer holds this value. No answer is compared. */
  | ({ readonly kind: 'until'; readonly path: string; readonly value: unknown } & Request)
  /** A request that has no answer. */
  | ({ readonly kind: 'tell' } & Request)
  /** The broker closes the connection of the client. */
  | { readonly kind: 'closed'; readonly by: string }
  /** The client closes its connection. */
  | { readonly kind: 'leave'; readonly by: string }

/** Names by where their value stands in the answer, such as `topics.0.topicId`. */
export type Binds = { readonly [name: string]: string }

export interface Asking {
  readonly by?: string
  readonly binds?: Binds
}

const FIRST = 'a'

export const script = (title: string, steps: readonly (Step | readonly Step[])[]): Script => ({
  title,
  steps: steps.flat(),
})

export const ask = (
  api: string,
  version: number,
  message: Message = {},
  { by = FIRST, binds = {} }: Asking = {},
): Step => ({
  kind: 'ask',
  by,
  api,
  version,
  message,
  binds,
})

export const given = (
  api: string,
  version: number,
  message: Message,
  { by = FIRST, binds = {} }: Asking = {},
): Step => ({ kind: 'given', by, api, version, message, binds })

/** The same request in several versions, one after the other. */
export const inVersions = (api: string, versions: readonly number[], message: Message = {}, asking?: Asking): Step[] =>
  versions.map((version) => ask(api, version, message, asking))

export const begin = (by: string, api: string, version: number, message: Message): Step => ({
  kind: 'begin',
  by,
  api,
  version,
  message,
})

export const hear = (by: string, binds: Binds = {}): Step => ({ kind: 'hear', by, binds })

export const until = (
  api: string,
  version: number,
  message: Message,
  path: string,
  value: unknown,
  by = FIRST,
): Step => ({ kind: 'until', by, api, version, message, path, value })

export const tell = (api: string, version: number, message: Message, by = FIRST): Step => ({
  kind: 'tell',
  by,
  api,
  version,
  message,
})

export const closed = (by = FIRST): Step => ({ kind: 'closed', by })
export const leave = (by = FIRST): Step => ({ kind: 'leave', by })
