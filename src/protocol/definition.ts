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
   * What a request is made of. `binary`: its frame has room for nothing but numbers. `internal`: brokers and the
   * controller ask it of one another, and know each other by their addresses.
   */
  readonly shape: RequestShape<Asked> | 'binary' | 'internal'
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
  /** Whether the request gets an answer. Absent: it does. */
  isAnswered?(request: Asked): boolean
  /** Exceptions; it endures everything else. */
  readonly endures?: Partial<Endurance>
  /**
   * The campaign of simulations draws faults of it: on the way to any broker, or between brokers and the controller.
   */
  readonly struck?: 'outside' | 'inside'
  /** Its schema on Kafka's wire, with all versions. Absent: nobody outside of this process can say it yet. */
  readonly wire?: Wire<object, object>
}

/** The facts with their defaults, and the two types by which the unions of all messages are made. */
export interface Word<Asked extends Named, Told extends Named> extends WordFacts<Asked, Told> {
  readonly types?: { readonly request: Asked; readonly response: Told }
}
export interface Api<Asked extends Named, Told extends Named> extends ApiFacts<Asked, Told> {
  readonly types?: { readonly request: Asked; readonly response: Told }
  readonly endures: Endurance
}

/** An API of Kafka's. */
export function api<Asked extends Named, Told extends Named>(facts: ApiFacts<Asked, Told>): Api<Asked, Told> {
  return { ...facts, endures: { loss: true, refusal: true, repetition: true, ...facts.endures } }
}

/** A word of ours, which Kafka does not have. */
export function word<Asked extends Named, Told extends Named>(facts: WordFacts<Asked, Told>): Word<Asked, Told> {
  return facts
}
