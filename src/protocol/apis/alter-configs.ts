import type { ErrorCode } from '../../base/error-code.js'
import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, bool, errorCode, int8, int32, string } from '../schema.js'

/** A topic or a broker, as requests about options name it. Kafka: `ConfigResource`. */
export interface ConfigResource {
  readonly resourceType: number
  readonly resourceName: string
}

/** Kafka's numbers for what has options (`ConfigResource.Type`). */
export const TOPIC_RESOURCE = 2
export const BROKER_RESOURCE = 4

/** The broker that a resource of that name is; null: the name is no number. (Java's `Integer.parseInt`) */
export function brokerIdIn(resourceName: string): number | null {
  const id = /^[+-]?\d+$/.test(resourceName) ? Number(resourceName) : Number.NaN
  return id >= -(2 ** 31) && id < 2 ** 31 ? id : null
}

interface Altered extends ConfigResource {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** What becomes of a request about options of which nothing was done. */
export function alteredNothing(
  resources: readonly ConfigResource[],
  errorCode: ErrorCode,
  errorMessage = '',
): { readonly throttleTimeMs: number; readonly responses: Altered[] } {
  const responses = resources.map(({ resourceType, resourceName }) => {
    return { errorCode, errorMessage, resourceType, resourceName }
  })
  return { throttleTimeMs: 0, responses }
}

/** The controller could not be reached: it is asked again. */
export function notAltered(responses: readonly { readonly errorCode: ErrorCode }[]): ErrorCode | null {
  return responses.some(({ errorCode }) => errorCode === 'NOT_CONTROLLER') ? 'NOT_CONTROLLER' : null
}

/** What both APIs answer. */
export const alteredResources = {
  throttleTimeMs: int32(),
  responses: array({
    errorCode: errorCode(),
    errorMessage: string({ nullableSince: 0 }),
    resourceType: int8(),
    resourceName: string(),
  }),
} as const

/** Replaces all options that a topic says itself: what is not named is the broker's again (KIP-133). */
export const alterConfigs = schemaApi({
  name: 'AlterConfigs',
  key: 33,
  servedBy: 'controller',
  isForwarded: true,
  refusal: ({ resources }, error, says) => ({ api: 'AlterConfigs', ...alteredNothing(resources, error, says) }),
  passing: ({ responses }) => notAltered(responses),
  wire: wire({ oldest: 0, newest: 2, flexibleFrom: 2 }, () => ({
    request: {
      resources: array({
        resourceType: int8(),
        resourceName: string(),
        configs: array({
          name: string(),
          value: string({ nullableSince: 0 }),
        }),
      }),
      validateOnly: bool(),
    },
    response: alteredResources,
  })),
})
