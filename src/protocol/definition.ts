import type { ErrorCode } from '../base/error-code.js'
import type { Wire } from './codec.js'
import type { RequestShape } from './request-shape.js'

/** Every message says in `api` of which kind it is. */
export interface Named {
  readonly api: string
}

/** What the house knows of one kind of request and its response, whoever invented it. */
export interface WordFacts<Asked extends Named, Told extends Named> {
  readonly name: Asked['api']
  /**
   * What a request is made of. `framed`: its frame on a ring has room for nothing else. `internal`: brokers and the
   * controller ask it of one another, and know each other by their addresses.
   */
  readonly shape: RequestShape<Asked> | 'framed' | 'internal'
  /** What a trace shows of a frequent message; absent: all of it. */
  readonly brief?: Brief<Asked, Told>
}

/** Methods, so that the facts of one kind can stand in a list beside those of others. */
export interface Brief<Asked, Told> {
  request(request: Asked): string
  response(response: Told): string
}

/**
 * The part that answers: the leader of the partition, any broker, the controller, or the coordinator of the group or
 * transaction.
 */
export type Server = 'leader' | 'broker' | 'controller' | 'coordinator'

/**
 * Which scripted faults an API endures; all endure delay. Between the supervisor and brokers nothing is lost but with a
 * thread: see `cutLink`.
 */
export interface Endurance {
  /** A request or its response may be lost. */
  readonly loss: boolean
  /** A request may be answered with an error by whoever wants to. */
  readonly refusal: boolean
  /** A request may be served twice. */
  readonly repetition: boolean
}

/** What the house knows of one API of Kafka's. */
export interface ApiFacts<Asked extends Named, Told extends Named> extends WordFacts<Asked, Told> {
  /** Kafka's number for it (`ApiKeys`). */
  readonly key: number
  readonly servedBy: Server
  /** Any broker takes it and passes it on to the controller (KIP-590). */
  readonly isForwarded?: true
  /**
   * The answer to a request of which nothing was done. The error stands with each partition or topic where the API has
   * it there.
   */
  refusal(request: Asked, error: ErrorCode, says?: string): Told
  /**
   * The error for which whoever asked asks again; null: the answer stands, whatever it says. Absent: it always stands.
   */
  passing?(response: Told): ErrorCode | null
  /** Errors of a coordinator that it says otherwise, because clients expect it so. Absent: none. */
  readonly coordinatorErrors?: Readonly<Partial<Record<ErrorCode, ErrorCode>>>
  /** Whether the request gets an answer. Absent: it does. */
  isAnswered?(request: Asked): boolean
  /** Exceptions; it endures everything else. */
  readonly endures?: Partial<Endurance>
  /**
   * The campaign of simulations draws faults of it: on the way to any broker, between brokers and the controller, or
   * between members and the coordinator of their group.
   */
  readonly struck?: 'outside' | 'inside' | 'members'
  /**
   * Its schema on Kafka's wire, with all versions. Absent: nobody outside of this process can say it yet. What actors
   * say is the schema's own message where the API is a `schemaApi`; elsewhere it is translated.
   */
  readonly wire?: Wire<object, object>
}

/** The facts with their defaults, and the two types by which the unions of all messages are made. */
export interface Word<Asked extends Named, Told extends Named> extends WordFacts<Asked, Told> {
  readonly types?: { readonly request: Asked; readonly response: Told }
}
export interface Api<Asked extends Named, Told extends Named> extends ApiFacts<Asked, Told> {
  readonly types?: { readonly request: Asked; readonly response: Told }
  readonly endures: Endurance
  /** The schema by whose newest version it lies on a ring; null: actors say it in words of their own. */
  readonly spoken: Wire<object, object> | null
}

/** What Kafka has in the header of a frame or knows of its socket. Absent: an actor of this process asks. */
export interface Caller {
  readonly clientId?: string
  readonly clientHost?: string
  /** The version that it speaks; the newest if absent. Messages have the shape of the newest one all the same. */
  readonly apiVersion?: number
}

/** A request as its schema has it at its newest version, and who asks. */
export type SchemaRequest<Name extends string, Asked> = { readonly api: Name } & Caller & Asked
export type SchemaResponse<Name extends string, Told> = { readonly api: Name } & Told

const ENDURES_ALL: Endurance = { loss: true, refusal: true, repetition: true }

/**
 * An API of Kafka's that actors say in words of their own: it lends memory, or names topics by small ids. On a ring it
 * travels by a frame of its own or as JSON.
 */
export function api<Asked extends Named, Told extends Named>(facts: ApiFacts<Asked, Told>): Api<Asked, Told> {
  return { ...facts, endures: { ...ENDURES_ALL, ...facts.endures }, spoken: null }
}

type SchemaFacts<Name extends string, By extends Server, Asked extends object, Told extends object> = Omit<
  ApiFacts<SchemaRequest<Name, Asked>, SchemaResponse<Name, Told>>,
  'name' | 'servedBy' | 'shape' | 'wire'
> & { readonly name: Name; readonly servedBy: By; readonly wire: Wire<Asked, Told> }

/**
 * An API of Kafka's whose messages are those of its schema, at its newest version: on a ring they are written by the
 * schema, so that bytes and wide integers survive, and nothing of another shape can be sent.
 */
export function schemaApi<
  const Name extends string,
  const By extends Server,
  Asked extends object,
  Told extends object,
>(
  facts: SchemaFacts<Name, By, Asked, Told>,
): Api<SchemaRequest<Name, Asked>, SchemaResponse<Name, Told>> & { readonly servedBy: By } {
  const brief = { request: shownBriefly, response: shownBriefly, ...facts.brief }
  const endures = { ...ENDURES_ALL, ...facts.endures }
  const name = facts.name as SchemaRequest<Name, Asked>['api']
  return { ...facts, name, brief, endures, shape: 'framed', spoken: facts.wire }
}

/** JSON that knows bytes, of which a trace shows the number, and wide integers. */
function shownBriefly(message: object): string {
  return JSON.stringify(message, (_, value: unknown) => {
    if (value instanceof Uint8Array) return `${value.length} bytes`
    return typeof value === 'bigint' ? String(value) : value
  })
}

/** A word of ours, which Kafka does not have. */
export function word<Asked extends Named, Told extends Named>(facts: WordFacts<Asked, Told>): Word<Asked, Told> {
  return facts
}
