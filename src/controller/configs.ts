import type { BrokerOptions } from '../base/config/broker-options.js'
import { isListOption } from '../base/config/described-options.js'
import { parseTopicOptions } from '../base/config/topic-options.js'
import type { RequestOf, ResponseOf } from '../protocol/api.js'
import { BROKER_RESOURCE, brokerIdIn, type ConfigResource, TOPIC_RESOURCE } from '../protocol/apis/alter-configs.js'
import { ALTER_OPERATIONS } from '../protocol/apis/incremental-alter-configs.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'
import type { MetadataDecision, MetadataRecord } from './metadata-records.js'
import { PartitionDraft } from './partition-draft.js'
import { type Refusal, refuse } from './refusal.js'
import { type TopicConfigs, topicConfigFault } from './topic-configs.js'
import { illegalName } from './topic-names.js'

type Asked = RequestOf<'IncrementalAlterConfigs'>['resources'][number]
type Answer = ResponseOf<'IncrementalAlterConfigs'>['responses'][number]
type ConfigDecision = MetadataDecision<Answer[]>
type Operation = (typeof ALTER_OPERATIONS)[number]

/**
 * Decides on options of topics, each resource by itself. Those of brokers are what the cluster was started with.
 * (`ConfigAdminManager` and `ConfigurationControlManager` in Kafka, whose sentences these are.)
 */
export class ConfigControl {
  readonly #image: ClusterImage
  readonly #options: BrokerOptions

  constructor(image: ClusterImage, options: BrokerOptions) {
    this.#image = image
    this.#options = options
  }

  /** Changes the options that are named. */
  incrementalAlterConfigs({ resources, validateOnly }: RequestOf<'IncrementalAlterConfigs'>): ConfigDecision {
    return this.#decide(resources, validateOnly, ({ configs }, before) => this.#changed(configs, before))
  }

  /** Replaces all options of a topic by those that are named. */
  alterConfigs({ resources, validateOnly }: RequestOf<'AlterConfigs'>): ConfigDecision {
    return this.#decide(resources, validateOnly, ({ configs }) => {
      return { configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])) }
    })
  }

  #decide<Resource extends ConfigResource & { readonly configs: readonly NamedValue[] }>(
    resources: readonly Resource[],
    validateOnly: boolean,
    change: (resource: Resource, before: TopicConfigs) => { readonly configs: TopicConfigs } | Refusal,
  ): ConfigDecision {
    const records: MetadataRecord[] = []
    const draft = new PartitionDraft(this.#image, this.#options)
    const namedTwice = namedTwiceIn(resources)
    const reply = resources.map((resource): Answer => {
      const { resourceType, resourceName } = resource
      const refusal = namedTwice.has(nameOf(resource))
        ? refuse('INVALID_REQUEST', 'Each resource must appear at most once.')
        : requestFault(resource)
      if (refusal !== null) return answer(resource, refusal)
      const done: Answer = { errorCode: 'NONE', errorMessage: null, resourceType, resourceName }
      if (resourceType === BROKER_RESOURCE) {
        const fault = brokerFault(resource, this.#image)
        return fault === null ? done : answer(resource, fault)
      }
      const topic = this.#image.topicNamed(resourceName)
      const changed = change(resource, topic?.configs ?? {})
      if (!('configs' in changed)) return answer(resource, changed)
      const fault = this.#topicFault(resourceName, changed.configs)
      if (fault !== null) return answer(resource, fault)
      if (!validateOnly) records.push(this.#record(topic as TopicImage, changed.configs, draft))
      return done
    })
    return { records: [...records, ...draft.records], reply }
  }

  /** What a topic's new options change at once, beside how its partitions are served. */
  #record(topic: TopicImage, configs: TopicConfigs, draft: PartitionDraft): MetadataRecord {
    const changed = { ...topic, configs }
    // A smaller minimum empties elrs, and an unclean election may be allowed where nobody leads.
    // (`maybeTriggerMinIsrConfigUpdate`, `UncleanLeaderElectionControl`)
    for (const partition of topic.partitions) draft.change(changed, partition, { election: 'online' })
    return { type: 'topicConfigs', topicId: topic.topicId, configs }
  }

  /** Whether there is such a topic is asked last. (`ConfigurationControlManager.validateAlterConfig`) */
  #topicFault(name: string, configs: TopicConfigs): Refusal | null {
    if (name === '') return refuse('INVALID_REQUEST', 'Default topic resources are not allowed.')
    const illegal = illegalName(name)
    if (illegal !== null) return refuse('INVALID_TOPIC_EXCEPTION', illegal)
    const fault = topicConfigFault(configs, this.#options)
    if (fault !== null || this.#image.topicNamed(name) !== undefined) return fault
    return refuse('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
  }

  #changed(changes: Asked['configs'], before: TopicConfigs): { readonly configs: TopicConfigs } | Refusal {
    const configs = new Map(Object.entries(before))
    for (const { name, configOperation, value } of changes) {
      const operation = ALTER_OPERATIONS[configOperation]
      if (operation === undefined)
        return refuse('INVALID_REQUEST', `Unknown operation type ${configOperation} for config ${name}`)
      if (operation === 'DELETE') configs.delete(name)
      else if (operation === 'SET') configs.set(name, value)
      else if (isListOption(name)) configs.set(name, this.#list(before, name, operation, value ?? ''))
      else {
        const says = `Can't ${operation} to key ${name} because its type is not LIST.`
        return refuse('INVALID_CONFIG', says)
      }
    }
    return { configs: Object.fromEntries(configs) }
  }

  #list(configs: TopicConfigs, name: string, operation: Operation, value: string): string {
    const options = parseTopicOptions(configs, this.#options)
    const before = String(options[name as keyof typeof options])
      .split(',')
      .filter((one) => one !== '')
    const named = value.split(',')
    const after =
      operation === 'APPEND' ? [...new Set([...before, ...named])] : before.filter((one) => !named.includes(one))
    return after.join(',')
  }
}

interface NamedValue {
  readonly name: string
  readonly value: string | null
  readonly configOperation?: number
}
interface Configs {
  readonly configs: readonly NamedValue[]
}

const nameOf = ({ resourceType, resourceName }: ConfigResource): string => `${resourceType} ${resourceName}`

function namedTwiceIn(resources: readonly ConfigResource[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const name of resources.map(nameOf)) (once.has(name) ? twice : once).add(name)
  return twice
}

/** What is wrong with a request, whatever there is. (`ConfigAdminManager.preprocess`) */
function requestFault({ resourceType, configs }: ConfigResource & Configs): Refusal | null {
  if (new Set(configs.map(({ name }) => name)).size < configs.length)
    return refuse('INVALID_REQUEST', 'Error due to duplicate config keys')
  const unset = configs.filter(({ value, configOperation = 0 }) => {
    return value === null && ALTER_OPERATIONS[configOperation] !== 'DELETE'
  })
  if (unset.length > 0) {
    const names = unset.map(({ name }) => name).join(', ')
    return refuse('INVALID_REQUEST', `Null value not supported for : ${names}`)
  }
  if (resourceType === TOPIC_RESOURCE || resourceType === BROKER_RESOURCE) return null
  return refuse('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
}

/** Options of a broker are read only. (`DynamicBrokerConfig.validate`) */
function brokerFault({ resourceName: name, configs }: ConfigResource & Configs, image: ClusterImage): Refusal | null {
  const brokerId = brokerIdIn(name)
  if (name !== '' && brokerId === null)
    return refuse('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`)
  if (brokerId !== null && image.broker(brokerId) === undefined)
    return refuse('INVALID_REQUEST', `Unexpected broker id: there is no broker ${name}`)
  if (configs.length === 0) return null
  const names = configs.map((config) => config.name).join(', ')
  return refuse('INVALID_REQUEST', `Cannot update these configs dynamically: Set(${names})`)
}

function answer({ resourceType, resourceName }: ConfigResource, { error, says }: Refusal): Answer {
  return { errorCode: error, errorMessage: says, resourceType, resourceName }
}
