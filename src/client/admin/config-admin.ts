import { CONFIG_SOURCE } from '../../base/config/described-options.js'
import { because, type ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { BROKER_RESOURCE, brokerIdIn, TOPIC_RESOURCE } from '../../protocol/apis/alter-configs.js'
import { ALTER_OPERATIONS } from '../../protocol/apis/incremental-alter-configs.js'
import type { AdminFront } from './admin-front.js'
import { askWhileAlive } from './ask-while-alive.js'

/** What has options; Kafka's number for it means the same, as KafkaJS's `ConfigResourceTypes` have it. */
export type ResourceType = 'topic' | 'broker' | 2 | 4

/** A topic, or the id of a broker as a text. */
export interface NamedResource {
  readonly type: ResourceType
  readonly name: string
}

/** Where a value comes from: the topic itself, an option of the brokers, or nobody has said anything. */
export type ConfigSource = 'TOPIC_CONFIG' | 'STATIC_BROKER_CONFIG' | 'DEFAULT_CONFIG'

/** An option that decides about a value: those behind it hold where it is not said. */
export interface ConfigSynonym {
  readonly configName: string
  readonly configValue: string | null
  readonly configSource: ConfigSource
}

/** One option with its value as a text, in KafkaJS's shape. */
export interface ConfigEntry extends ConfigSynonym {
  /** Options of topics can be altered, those of brokers cannot. */
  readonly readOnly: boolean
  readonly isDefault: boolean
  readonly isSensitive: boolean
  /** Empty unless they were asked for. */
  readonly configSynonyms: readonly ConfigSynonym[]
  /** Null unless it was asked for. */
  readonly documentation: string | null
}

export interface DescribedResource {
  readonly resourceType: 'topic' | 'broker'
  readonly resourceName: string
  readonly configEntries: readonly ConfigEntry[]
}

export interface ConfigsToDescribe {
  /** `configNames`: the options to be told of; all when absent. */
  readonly resources: readonly (NamedResource & { readonly configNames?: readonly string[] })[]
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
}

/** What an option is to be; a number or a boolean is as good as its text. */
export type ConfigValue = string | number | boolean

export interface ConfigsToAlter {
  readonly resources: readonly (NamedResource & {
    readonly configEntries: readonly { readonly name: string; readonly value: ConfigValue }[]
  })[]
  readonly validateOnly?: boolean
}

/** APPEND and SUBTRACT are for lists, which is cleanup.policy alone. */
export type ConfigOperation = 'SET' | 'DELETE' | 'APPEND' | 'SUBTRACT'

/** `operation`: SET when absent. DELETE, which takes no value, gives an option back to the brokers. */
export interface ConfigsToAlterIncrementally {
  readonly resources: readonly (NamedResource & {
    readonly configEntries: readonly {
      readonly name: string
      readonly value?: ConfigValue
      readonly operation?: ConfigOperation
    }[]
  })[]
  readonly validateOnly?: boolean
}

type Described = ResponseOf<'DescribeConfigs'>['results'][number]
type AskedResource = RequestOf<'DescribeConfigs'>['resources'][number]

/** Tells and changes options, for an admin. */
export class ConfigAdmin {
  readonly #front: AdminFront

  constructor(front: AdminFront) {
    this.#front = front
  }

  async describe({ resources, includeSynonyms = false, includeDocumentation = false }: ConfigsToDescribe) {
    const asked = resources.map(({ configNames = null, ...named }): AskedResource => {
      return { ...resourceOf(named), configurationKeys: configNames }
    })
    const flags = { includeSynonyms, includeDocumentation }
    const answers = await Promise.all(
      asked.map(async (resource) => {
        const request = { api: 'DescribeConfigs' as const, resources: [resource], ...flags }
        // Each broker tells of its own options.
        const brokerId = resource.resourceType === BROKER_RESOURCE ? brokerIdIn(resource.resourceName) : null
        const answer =
          brokerId === null || brokerId < 0
            ? await this.#front.ask(request)
            : await askWhileAlive(this.#front, request, brokerId)
        return answer?.results[0] ?? null
      }),
    )
    return answers.map((answer, index) => described(answer, asked[index] as AskedResource))
  }

  async alter({ resources, validateOnly = false }: ConfigsToAlter): Promise<void> {
    const asked = resources.map(({ configEntries, ...named }) => {
      return { ...resourceOf(named), configs: configEntries.map(({ name, value }) => ({ name, value: String(value) })) }
    })
    throwFirst((await this.#front.ask({ api: 'AlterConfigs', resources: asked, validateOnly })).responses)
  }

  async alterIncrementally({ resources, validateOnly = false }: ConfigsToAlterIncrementally): Promise<void> {
    const asked = resources.map(({ configEntries, ...named }) => ({
      ...resourceOf(named),
      configs: configEntries.map(({ name, value, operation = 'SET' }) => {
        const configOperation = ALTER_OPERATIONS.indexOf(operation)
        return { name, configOperation, value: value === undefined ? null : String(value) }
      }),
    }))
    throwFirst((await this.#front.ask({ api: 'IncrementalAlterConfigs', resources: asked, validateOnly })).responses)
  }
}

function resourceOf({ type, name }: NamedResource): { resourceType: number; resourceName: string } {
  return {
    resourceType: type === 'topic' || type === TOPIC_RESOURCE ? TOPIC_RESOURCE : BROKER_RESOURCE,
    resourceName: name,
  }
}

function described(answer: Described | null, { resourceName }: AskedResource): DescribedResource {
  if (answer === null) throw new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${resourceName} cannot be reached`)
  refuseIf(answer)
  const configEntries = answer.configs.map((config): ConfigEntry => {
    const { readOnly, isSensitive, documentation, synonyms } = config
    const own = synonymOf({ ...config, source: config.configSource })
    const isDefault = own.configSource === 'DEFAULT_CONFIG'
    return { ...own, readOnly, isDefault, isSensitive, configSynonyms: synonyms.map(synonymOf), documentation }
  })
  const resourceType = answer.resourceType === TOPIC_RESOURCE ? 'topic' : 'broker'
  return { resourceType, resourceName: answer.resourceName, configEntries }
}

function synonymOf({ name, value, source }: { name: string; value: string | null; source: number }): ConfigSynonym {
  return { configName: name, configValue: value, configSource: sourceOf(source) }
}

function sourceOf(source: number): ConfigSource {
  if (source === CONFIG_SOURCE.topic) return 'TOPIC_CONFIG'
  return source === CONFIG_SOURCE.staticBroker ? 'STATIC_BROKER_CONFIG' : 'DEFAULT_CONFIG'
}

interface Refusable {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

function throwFirst(responses: readonly Refusable[]): void {
  for (const response of responses) refuseIf(response)
}

function refuseIf({ errorCode, errorMessage }: Refusable): void {
  if (errorCode !== 'NONE') throw new KafkaError(errorCode, `${errorMessage || because(errorCode)}: ${errorCode}`)
}
