import type { Address } from '../actor/address.js'
import type { Context } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { CRASHED_PEERS_MAX } from '../base/config/internal-limits.js'
import type { Timestamp } from '../base/ids.js'
import { CONSUMER_OFFSETS_TOPIC } from '../base/internal-topics.js'
import type { Random } from '../base/random.js'
import type { DeletedTopic, GroupRequest, GroupResponse } from '../coordinator/group/group-messages.js'
import { GROUP_CODEC, type GroupRecord } from '../coordinator/group/group-records.js'
import { GroupCoordinator } from '../coordinator/group-coordinator.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import { topicUuidOf } from '../protocol/topic-uuid.js'
import { peerOf, uuidFor } from './member-ids.js'
import type { Question, StateAnswer } from './replicated-state.js'
import { ReplicatedStates } from './replicated-states.js'

/** Topics that are gone, which the groups of a partition have to hear of. */
interface Removal {
  readonly partition: number
  readonly gone: readonly DeletedTopic[]
}

const NOBODY = { version: 0, clientId: '', clientHost: '' }

/** The coordinators of the groups whose partitions of `__consumer_offsets` a broker leads. */
export class GroupStates extends ReplicatedStates<GroupRecord, GroupRequest, GroupResponse> {
  #memberIds: Random | null = null
  /** The last consumers of which this broker has heard that they have crashed, oldest first. */
  #crashed: ReadonlySet<string> = new Set()
  /** Removals that groups could not hear of, since they are being loaded. */
  readonly #untold: Removal[] = []

  constructor(options: BrokerOptions) {
    super({
      topic: CONSUMER_OFFSETS_TOPIC,
      create: () =>
        new GroupCoordinator({
          options,
          newId: (peer) => uuidFor(peer as Address | null, this.#memberIds as Random),
          peerOf,
          hasEnded: (peer) => this.#crashed.has(peer),
        }),
      codec: GROUP_CODEC,
      timeoutMs: options['offsets.commit.timeout.ms'],
    })
  }

  override ask(partition: number, question: Question<GroupRequest, GroupResponse>, context: Context): void {
    // Each incarnation has ids of its own: members that an earlier one has named are still there.
    this.#memberIds ??= context.random.fork(`member ids since ${context.now}`)
    super.ask(partition, question, context)
  }

  /** What groups have committed for topics that are gone is forgotten. (`GroupCoordinatorService.onMetadataUpdate`) */
  noteRemoved(topics: readonly TopicImage[], context: Context): void {
    if (topics.length === 0) return
    const gone = topics.map(({ name, topicId }) => ({ name, topicId: topicUuidOf(topicId) }))
    for (const partition of this.led) this.#tell({ partition, gone }, context)
  }

  /** The members that threads of consumers have taken with them are waited for no longer. */
  noteCrashed(peers: readonly Address[], context: Context): void {
    this.#crashed = new Set([...this.#crashed, ...peers].slice(-CRASHED_PEERS_MAX))
    const request = { body: { api: 'PeersEnded' as const, peers }, caller: NOBODY }
    // A group that is being loaded, or will be, asks for itself who has crashed.
    for (const partition of this.led) this.ask(partition, { request, connection: null, answer: () => {} }, context)
  }

  override tick(context: Context): Timestamp {
    if (this.#untold.length > 0) for (const removal of this.#untold.splice(0)) this.#tell(removal, context)
    return super.tick(context)
  }

  #tell(removal: Removal, context: Context): void {
    const request = { body: { api: 'TopicsDeleted' as const, topics: removal.gone }, caller: NOBODY }
    const answer = ({ error }: StateAnswer<GroupResponse>): void => {
      if (error === 'COORDINATOR_LOAD_IN_PROGRESS') this.#untold.push(removal)
    }
    this.ask(removal.partition, { request, connection: null, answer }, context)
  }
}
