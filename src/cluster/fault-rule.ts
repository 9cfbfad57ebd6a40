import { labelOf } from '../actor/client-name.js'
import { FAULT_ACTIONS, type FaultAction, type FaultRule, type FaultTrigger } from '../actor/fault-injector.js'
import { signature } from '../base/arguments/shape.js'
import { either, exactly, number, objectWith, oneOf, optional, wholeNumber } from '../base/arguments/shapes.js'
import { ERRORS, type ErrorCode } from '../base/error-code.js'
import { ConfigError } from '../base/errors.js'
import { APIS, apiNamed, type KafkaApiName } from '../protocol/api.js'
import type { Endurance } from '../protocol/definition.js'
import { brokerNumber, linkEnd } from './argument-shapes.js'
import type { LinkEnd } from './faults.js'

/** What is to go wrong between clients and brokers, or between brokers. Exactly one of the triggers is given. */
export interface ScriptedFault {
  readonly api: KafkaApiName
  /**
   * The broker that does it. Default: each of them. AlterPartition, BrokerRegistration and ControlledShutdown are the
   * supervisor's.
   */
  readonly broker?: number
  /**
   * Only requests that this broker, by its id, or this actor sends: `sender-1`. Or those of clients that have come in
   * over TCP: `'clients'`, or `{ clientId: 'orders' }`, which are those with this `client.id`. Default: anybody's.
   */
  readonly from?: LinkEnd
  /**
   * `error`: the request is answered with `error` and nothing is done. `delay`: it is served `delayMs` milliseconds
   * later. `drop`: it is lost. `dropResponse`: it is served, and the response is lost. `disconnect`: its connection is
   * closed. `duplicate`: it is served twice, and the first response is lost. A connection that has lost something says
   * nothing any more; that of a client that came in over TCP is reset at the client's next request.
   */
  readonly action: FaultAction
  readonly error?: ErrorCode
  readonly delayMs?: number
  /** The first request. */
  readonly once?: true
  /** The nth request, from 1. */
  readonly nth?: number
  /** The first so many requests. */
  readonly times?: number
  /** Each request with this probability, from 0 to 1. */
  readonly probability?: number
  /** Every request until this moment, in milliseconds since 1970, or until the fault is removed. */
  readonly until?: number | 'removed'
}

const isErrorName = (given: unknown): given is ErrorCode =>
  typeof given === 'string' && given !== 'NONE' && Object.hasOwn(ERRORS, given)

/** Reads what is given to `faults.add`. */
export const SCRIPTED_FAULT = signature('faults.add', [
  '',
  objectWith({
    api: oneOf(...APIS.map(({ name }) => name)),
    broker: optional(brokerNumber),
    from: optional(linkEnd),
    action: oneOf(...FAULT_ACTIONS),
    error: optional(exactly("the name of one of Kafka's errors", isErrorName)),
    delayMs: optional(number(0, Number.MAX_SAFE_INTEGER)),
    once: optional(oneOf(true)),
    nth: optional(wholeNumber(1)),
    times: optional(wholeNumber(1)),
    probability: optional(number(0, 1)),
    until: optional(either(oneOf('removed'), number(0))),
  }),
])

/** Returns the rule that actors obey. Throws a ConfigError for what contradicts itself. */
export function ruleOf(fault: ScriptedFault, id: number): FaultRule {
  const { api, from, action, error, delayMs } = fault
  const possible = actionsOf(api)
  if (!possible.includes(action)) throw wrong('action', action, `one of ${possible.join(', ')} for ${api}`)
  if ((action === 'error') !== (error !== undefined))
    throw wrong(
      'error',
      error,
      action === 'error' ? "the name of one of Kafka's errors" : 'absent unless action is error',
    )
  if ((action === 'delay') !== (delayMs !== undefined))
    throw wrong('delayMs', delayMs, action === 'delay' ? 'a number of milliseconds' : 'absent unless action is delay')
  const matched = new SharedArrayBuffer(4)
  return {
    id,
    api,
    ...senderOf(from),
    action,
    trigger: triggerOf(fault),
    error: error ?? 'NONE',
    delayMs: delayMs ?? 0,
    matched,
  }
}

/** What an API must endure for an action to be possible; null: all of them do. */
const ENDURED: { readonly [Action in FaultAction]: keyof Endurance | null } = {
  error: 'refusal',
  delay: null,
  drop: 'loss',
  dropResponse: 'loss',
  disconnect: 'loss',
  duplicate: 'repetition',
}

/** What may happen to requests of an API. */
export function actionsOf(api: KafkaApiName): readonly FaultAction[] {
  const { endures } = apiNamed(api)
  return FAULT_ACTIONS.filter((action) => ENDURED[action] === null || endures[ENDURED[action]])
}

function senderOf(from: LinkEnd | undefined): Pick<FaultRule, 'from' | 'client'> {
  if (from === 'clients' || typeof from === 'object') return { from: null, client: labelOf(from) }
  return { from: typeof from === 'number' ? `broker-${from}` : (from ?? null) }
}

const TRIGGERS = ['once', 'nth', 'times', 'probability', 'until'] as const

function triggerOf(fault: ScriptedFault): FaultTrigger {
  const given = TRIGGERS.filter((name) => fault[name] !== undefined)
  if (given.length !== 1)
    throw new ConfigError(
      'trigger',
      `Cannot tell when the fault happens: give exactly one of ${TRIGGERS.join(', ')}, not ${given.join(' and ') || 'none'}`,
    )
  const { nth = 0, times = 0, probability = 0, until } = fault
  switch (given[0]) {
    case 'once':
      return { type: 'times', times: 1 }
    case 'nth':
      return { type: 'nth', nth }
    case 'times':
      return { type: 'times', times }
    case 'probability':
      return { type: 'probability', probability }
    default:
      return { type: 'until', until: until === 'removed' ? Number.POSITIVE_INFINITY : (until as number) }
  }
}

function wrong(option: string, value: unknown, right: string): ConfigError {
  return new ConfigError(option, `Cannot set ${option} of a fault to ${value}: it must be ${right}`)
}
