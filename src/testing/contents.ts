import { messageOf } from '../base/thrown.js'
import { counted } from '../base/words.js'
import type { Admin } from '../client/admin/admin.js'
import type { Cluster } from '../cluster/cluster.js'
import { ANSWER_MS_MAX, Deadline } from './deadline.js'

/** The most topics and groups that are told. */
const TOLD_MAX = 20

/** What there is in a cluster, in some lines: what somebody reads whose test has waited in vain. */
export async function contentsOf(cluster: Cluster, admin: Admin): Promise<string> {
  const asking = new Asking()
  const parts = await Promise.all([brokersOf(cluster, asking), topicsOf(admin, asking), groupsOf(admin, asking)])
  return `There is:\n${parts
    .flat()
    .map((line) => `  ${line}`)
    .join('\n')}`
}

async function brokersOf(cluster: Cluster, asking: Asking): Promise<readonly string[]> {
  const described = await asking.told('The supervisor', cluster.describe())
  if (typeof described === 'string') return [described]
  const { brokers } = described
  return [brokers.length === 0 ? 'no broker that runs' : `${counted(brokers.length, 'broker')}: ${brokers.join(', ')}`]
}

async function topicsOf(admin: Admin, asking: Asking): Promise<readonly string[]> {
  const topics = await asking.told('The topics', admin.listTopics())
  if (typeof topics === 'string') return [topics]
  if (topics.length === 0) return ['no topic']
  return Promise.all(few(topics).map((topic) => topicIn(admin, topic, asking)))
}

async function topicIn(admin: Admin, topic: string, asking: Asking): Promise<string> {
  const partitions = await asking.told(`The topic ${topic}`, admin.fetchTopicOffsets(topic))
  if (typeof partitions === 'string') return partitions
  const records = partitions.reduce((sum, { low, high }) => sum + high - low, 0)
  const each = partitions.map(({ partition, low, high }) => `${high - low} in partition ${partition}`)
  return `topic ${topic}: ${counted(records, 'record')}, ${few(each).join(', ')}`
}

async function groupsOf(admin: Admin, asking: Asking): Promise<readonly string[]> {
  const listed = await asking.told('The groups', admin.listGroups())
  if (typeof listed === 'string') return [listed]
  const { groups } = listed
  if (groups.length === 0) return ['no group']
  return Promise.all(few(groups).map(({ groupId, state }) => groupIn(admin, { groupId, state: String(state) }, asking)))
}

async function groupIn(
  admin: Admin,
  { groupId, state }: { readonly groupId: string; readonly state: string },
  asking: Asking,
): Promise<string> {
  const lags = await asking.told(`The group ${groupId}`, admin.groupLag(groupId))
  if (typeof lags === 'string') return lags
  const members = new Set(lags.flatMap(({ member }) => (member === null ? [] : [member.memberId])))
  const each = lags.map(({ topic, partition, committed, end }) => {
    return `${committed ?? 'nothing'} of ${end} in partition ${partition} of ${topic}`
  })
  const committed = each.length === 0 ? 'nothing' : few(each).join(', ')
  return `group ${groupId}, ${state}, ${counted(members.size, 'reader')}: committed ${committed}`
}

/** Questions that have ANSWER_MS_MAX together. */
class Asking {
  readonly #deadline = new Deadline(ANSWER_MS_MAX)

  /** What was asked for, or a sentence on why it is not told. */
  async told<Value extends object>(what: string, promise: Promise<Value>): Promise<Value | string> {
    try {
      return (await this.#deadline.limit(promise)) ?? `${what} cannot be asked at the moment`
    } catch (error) {
      return `${what} cannot be asked: ${messageOf(error)}`
    }
  }
}

function few<Value>(all: readonly Value[]): readonly Value[] {
  return all.slice(0, TOLD_MAX)
}
