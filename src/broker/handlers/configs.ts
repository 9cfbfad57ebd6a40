import type { Handlers } from '../../actor/handler-table.js'
import type { BrokerOptions } from '../../base/config/broker-options.js'
import {
  type DescribedOption,
  describeBrokerOptions,
  describeTopicOptions,
} from '../../base/config/described-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import { illegalName } from '../../controller/topic-names.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { BROKER_RESOURCE, brokerIdIn, TOPIC_RESOURCE } from '../../protocol/apis/alter-configs.js'
import type { ClusterView } from '../cluster-view.js'

type Asked = RequestOf<'DescribeConfigs'>
type Resource = Asked['resources'][number]
type Result = ResponseOf<'DescribeConfigs'>['results'][number]

/** Topics, brokers, levels of logs, metrics of clients, and groups. (`ConfigResource.Type`) */
const RESOURCE_TYPES: ReadonlySet<number> = new Set([TOPIC_RESOURCE, BROKER_RESOURCE, 8, 16, 32])

/** Tells of options: those of all topics, and this broker's own. (`ConfigHelper` in Kafka, whose sentences it has.) */
export class ConfigHandler {
  readonly handlers: Handlers = {
    DescribeConfigs: (connection, correlationId, request) => {
      // One of a kind that there is not fails them all. (`ConfigHelper.handleDescribeConfigsRequest`)
      const strange = request.resources.find(({ resourceType }) => !RESOURCE_TYPES.has(resourceType))
      const results = request.resources.map((resource) =>
        strange === undefined
          ? this.#describe(resource, request)
          : refused(resource, 'INVALID_REQUEST', saysOf(strange)),
      )
      connection.reply(correlationId, { api: 'DescribeConfigs', throttleTimeMs: 0, results })
    },
  }
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #cluster: ClusterView

  constructor(parts: {
    readonly brokerId: number
    readonly options: BrokerOptions
    readonly cluster: ClusterView
  }) {
    this.#brokerId = parts.brokerId
    this.#options = parts.options
    this.#cluster = parts.cluster
  }

  #describe(resource: Resource, asked: Asked): Result {
    const { resourceType, resourceName } = resource
    if (resourceType === TOPIC_RESOURCE) {
      const illegal = illegalName(resourceName)
      if (illegal !== null) return refused(resource, 'INVALID_TOPIC_EXCEPTION', illegal)
      const topic = this.#cluster.topicNamed(resourceName)
      if (topic === undefined)
        return refused(resource, 'UNKNOWN_TOPIC_OR_PARTITION', `The topic '${resourceName}' does not exist.`)
      return described(resource, describeTopicOptions(topic.configs, this.#options), asked)
    }
    if (resourceType === BROKER_RESOURCE) {
      // What all brokers have set while they run: nothing.
      if (resourceName === '') return described(resource, [], asked)
      if (brokerIdIn(resourceName) === this.#brokerId)
        return described(resource, describeBrokerOptions(this.#options), asked)
      const expected = `Unexpected broker id, expected ${this.#brokerId} or empty string`
      return refused(resource, 'INVALID_REQUEST', `${expected}, but received ${resourceName}`)
    }
    return refused(resource, 'INVALID_REQUEST', `Unsupported resource type: ${resourceType}`)
  }
}

const saysOf = ({ resourceType, resourceName }: Resource): string =>
  `Unexpected resource type ${resourceType} for resource ${resourceName}`

function described(resource: Resource, options: readonly DescribedOption[], asked: Asked): Result {
  const { resourceType, resourceName, configurationKeys: names } = resource
  // An empty list asks for everything, as in Kafka.
  const wanted = names === null || names.length === 0 ? null : new Set(names)
  const configs = options
    .filter(({ name }) => wanted?.has(name) ?? true)
    .map(({ name, value, source, type, doc, synonyms }) => ({
      name,
      value,
      // Options of brokers are what the cluster was started with.
      readOnly: resourceType === BROKER_RESOURCE,
      configSource: source,
      isSensitive: false,
      synonyms: asked.includeSynonyms ? synonyms : [],
      configType: type,
      documentation: asked.includeDocumentation ? doc : null,
    }))
  return { errorCode: 'NONE', errorMessage: '', resourceType, resourceName, configs }
}

function refused({ resourceType, resourceName }: Resource, errorCode: ErrorCode, errorMessage: string): Result {
  return { errorCode, errorMessage, resourceType, resourceName, configs: [] }
}
