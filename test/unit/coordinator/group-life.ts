import { type Random, seededRandom } from '../../../src/base/random.js'
import type { GroupOptions } from '../../../src/coordinator/group/group-options.js'
import { GivenGroups, loggedIn, type Question } from './given-groups.js'
import {
  commit,
  committed,
  describeGroup,
  endPeer,
  GROUP,
  heartbeat,
  join,
  leave,
  memberOf,
  REBALANCE_MS,
  SESSION_MS,
  stateOf,
  sync,
  textOf,
  told,
  watch,
} from './speaking.js'

const PARTITIONS = 8

/** One consumer process. It believes what it was told last, and may be wrong. */
interface Client {
  readonly instanceId: string | null
  readonly protocols: readonly string[]
  readonly version: number
  memberId: string
  generationId: number
  /** The members that it was told as their leader. */
  leads: readonly string[]
  joining: Question<'JoinGroup'> | null
  syncing: Question<'SyncGroup'> | null
  watching: Question<'AwaitRebalance'> | null
  /** The actor that speaks for it. */
  peer: string
}

/**
 * A group and its clients, driven at random: they come, stall, ask twice, leave, and are started again, while the
 * coordinator moves and its log refuses records. After each step the promises that tell of more than one step are
 * checked; `checkInvariants` knows those of one.
 */
export class GroupLife {
  readonly given: GivenGroups
  /** How often things came to pass, for tests that must not pass because nothing did. */
  readonly seen = new Map<string, number>()
  readonly #random: Random
  readonly #clients: readonly Client[]
  /** What was committed and answered, by partition. */
  readonly #acknowledged = new Map<number, number>()
  /** The newest generation that some JoinGroup was answered with, of those that the log or this coordinator knows. */
  #newest = 0
  #lastGeneration = 0
  #nextOffset = 1
  #killed = 0
  /** How many of the steps are of clients that do what they should. */
  readonly #calm: number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#calm = this.#random.pick([0.2, 0.7, 0.95])
    const options: Partial<GroupOptions> = {
      'group.initial.rebalance.delay.ms': this.#random.pick([0, 3_000]),
      'group.max.size': this.#random.pick([3, 1_000]),
    }
    this.given = new GivenGroups(options, seed)
    this.#clients = Array.from({ length: 5 }, (_, index) => ({
      instanceId: this.#random.boolean(0.4) ? `instance-${index % 3}` : null,
      protocols: this.#random.pick([['range', 'sticky'], ['sticky', 'range'], ['range']]),
      version: this.#random.pick([0, 3, 5, 8, 9, 9]),
      ...{ memberId: '', generationId: -1, leads: [], joining: null, syncing: null, watching: null },
      peer: `consumer-${index}`,
    }))
  }

  step(): void {
    const { given } = this
    given.refusesRecords = this.#random.boolean(0.05)
    const client = this.#random.pick(this.#clients)
    if (this.#random.boolean(this.#calm)) this.#behave(client)
    else this.#misbehave(client)
    if (given.refusesRecords) this.#count('refusing')
    given.refusesRecords = false
    given.serveTimers()
    this.#listen()
    this.#check()
  }

  #misbehave(client: Client): void {
    const { given } = this
    const dice = this.#random.next()
    if (dice < 0.3) this.#join(client)
    else if (dice < 0.5) this.#sync(client)
    else if (dice < 0.57) this.#heartbeat(client)
    else if (dice < 0.6) this.#watch(client)
    else if (dice < 0.7) this.#commit(client)
    else if (dice < 0.74) this.#leave(client)
    else if (dice < 0.77) this.#startAgain(client)
    else if (dice < 0.775) join(given)
    else if (dice < 0.78) this.#kill(client)
    else if (dice < 0.8) this.#move()
    else if (dice < 0.81) this.#delete()
    else if (dice < 0.83) this.#deleteOffset()
    else if (dice < 0.86) this.#compact()
    else given.pass(this.#random.pick([0, 100, 3_000, SESSION_MS / 2, SESSION_MS, REBALANCE_MS]))
  }

  /** The client does what one should. */
  #behave(client: Client): void {
    if (client.generationId >= 0) this.#heartbeat(client)
    if (client.generationId < 0 && client.joining === null) this.#join(client)
    this.#listen()
    if (client.generationId >= 0 && client.syncing === null) this.#sync(client)
    this.#listen()
    if (client.generationId >= 0 && client.watching === null) this.#watch(client)
    this.#listen()
    this.given.pass(100)
  }

  /** Nobody does anything any more. */
  rest(): void {
    this.given.pass(10 * REBALANCE_MS)
    this.#listen()
    if (!['Empty', 'Dead'].includes(stateOf(this.given))) throw new Error('Members that are silent expire')
    if (this.given.parked.size > 0) throw new Error('Everybody is answered')
  }

  /** Those for whom there is room, and who share no instance id, do what they should. */
  recover(): void {
    for (const client of this.#clients) this.#forget(client)
    for (let round = 0; round < 40; round++) {
      for (const client of this.#clients.slice(0, 3)) this.#behave(client)
      this.given.pass(1_000)
      this.#listen()
    }
    if (stateOf(this.given) !== 'Stable') throw new Error('A group whose members do what they should is stable')
  }

  /** What a rebuilt coordinator knows, and what this one does. */
  compare(): { readonly rebuilt: unknown; readonly live: unknown } {
    return { rebuilt: loggedIn(this.given.replayed()), live: loggedIn(this.given.coordinator) }
  }

  #join(client: Client): void {
    if (client.joining !== null) this.#count('asked twice')
    client.leads = []
    const { memberId, instanceId, protocols, version, peer } = client
    const metadata = String(this.#random.below(3))
    const rebalanceTimeoutMs = this.#random.pick([5_000, REBALANCE_MS])
    client.joining = join(this.given, { memberId, instanceId, protocols, version, metadata, rebalanceTimeoutMs, peer })
  }

  #sync(client: Client): void {
    if (client.syncing !== null) this.#count('synced twice')
    const parts = new Map<string, number[]>(client.leads.map((memberId) => [memberId, []]))
    for (let partition = 0; partition < PARTITIONS && client.leads.length > 0; partition++) {
      parts.get(this.#random.pick(client.leads))?.push(partition)
    }
    const assignments = Object.fromEntries([...parts].map(([memberId, owned]) => [memberId, owned.join()]))
    const named = { protocolType: 'other', protocolName: null, version: 4 }
    client.syncing = sync(this.given, { ...client }, assignments, named)
  }

  #heartbeat(client: Client): void {
    this.#rejoin(client, heartbeat(this.given, { ...client }))
  }

  #watch(client: Client): void {
    if (client.watching !== null) this.#count('watched twice')
    client.watching = watch(this.given, { ...client }, client.peer)
    this.#count('watched')
  }

  /** The thread of the client ends, and its broker sees it. A dynamic member is gone with it. */
  #kill(client: Client): void {
    const { memberId, instanceId, peer } = client
    this.#count(instanceId === null ? 'killed' : 'static killed')
    endPeer(this.given, peer)
    client.peer = `${peer} after ${++this.#killed}`
    this.given.refusesRecords = false
    this.given.serveTimers()
    const isThere = describeGroup(this.given).members.some((member) => member.memberId === memberId)
    if (isThere && instanceId === null) throw new Error('A member ends with its thread')
    this.#forget(client)
  }

  #commit(client: Client): void {
    const partition = this.#random.below(PARTITIONS)
    const offset = this.#nextOffset++
    const member = this.#random.boolean(0.2) ? { generationId: -1 } : { ...client }
    // A commit that is refused throws, and says nothing else.
    this.given.refusesRecords = false
    const error = commit(this.given, { ...member, partition, offset })
    if (error !== 'NONE') return this.#count(`commit ${error}`)
    this.#count('commit')
    this.#acknowledged.set(partition, offset)
    const isOld = member.generationId >= 0 && member.generationId < this.#newest
    if (isOld) throw new Error('A commit of an old generation is refused')
  }

  #leave(client: Client): void {
    const left = client.memberId === '' ? { instanceId: client.instanceId } : { ...client }
    try {
      this.#count(`leave ${leave(this.given, left)[0]}`)
    } catch {
      this.#count('leave refused')
    }
    this.#forget(client)
  }

  /** The process ends without a word, and another one comes. */
  #startAgain(client: Client): void {
    this.#forget(client)
    this.#join(client)
    if (client.instanceId !== null) this.#count('static again')
  }

  #move(): void {
    this.#count(`moved in ${stateOf(this.given)}`)
    this.given.moveAway()
    this.#newest = loggedIn(this.given.coordinator).get(GROUP)?.group?.generation ?? 0
    this.#lastGeneration = 0
  }

  #delete(): void {
    const question = this.given.ask<'DeleteGroups'>({ api: 'DeleteGroups', groupsNames: [GROUP] })
    if (question.answer === 'REFUSED' || question.reply.results[0]?.errorCode !== 'NONE') return
    this.#count('deleted')
    this.#acknowledged.clear()
  }

  #deleteOffset(): void {
    const partition = this.#random.below(PARTITIONS)
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: partition }] }]
    const question = this.given.ask<'OffsetDelete'>({ api: 'OffsetDelete', groupId: GROUP, topics })
    if (question.answer === 'REFUSED' || question.error !== 'NONE') return
    this.#count('offset deleted')
    this.#acknowledged.delete(partition)
  }

  #compact(): void {
    this.given.compact({ areTombstonesYoung: this.#random.boolean(0.5) })
    this.#count('compacted')
  }

  /** What has been answered meanwhile. */
  #listen(): void {
    for (const client of this.#clients) {
      const { joining, syncing, watching } = client
      if (joining !== null && !joining.isParked) {
        client.joining = null
        if (typeof joining.answer === 'object') this.#joined(client, joining)
      }
      if (syncing !== null && !syncing.isParked) {
        client.syncing = null
        if (typeof syncing.answer === 'object') this.#rejoin(client, syncing.error)
      }
      if (watching !== null && !watching.isParked) {
        client.watching = null
        if (typeof watching.answer === 'object') {
          this.#count(`told ${told(watching)}`)
          if (watching.asked.request.body.generationId === client.generationId)
            this.#rejoin(client, watching.reply.error)
        }
      }
    }
  }

  #joined(client: Client, joining: Question<'JoinGroup'>): void {
    const { errorCode, memberId, generationId, members, skipAssignment } = joining.reply
    this.#count(`join ${errorCode}`)
    if (errorCode === 'MEMBER_ID_REQUIRED') client.memberId = memberId
    else if (errorCode !== 'NONE') this.#rejoin(client, errorCode)
    else {
      Object.assign(client, memberOf(joining), { generationId, instanceId: client.instanceId })
      client.leads = skipAssignment ? [] : members.map((member) => member.memberId)
      if (skipAssignment) this.#count('told to skip')
      this.#newest = Math.max(this.#newest, generationId)
    }
  }

  #rejoin(client: Client, error: string): void {
    if (error === 'NONE') return
    client.generationId = -1
    client.leads = []
    if (['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'GROUP_MAX_SIZE_REACHED'].includes(error)) client.memberId = ''
  }

  #forget(client: Client): void {
    Object.assign(client, { memberId: '', generationId: -1, leads: [], joining: null, syncing: null, watching: null })
  }

  #check(): void {
    const { groupState, members } = describeGroup(this.given)
    this.#count(groupState)
    // One that is made again is another group.
    if (groupState === 'Dead') this.#lastGeneration = this.#newest = 0
    const generation = loggedIn(this.given.coordinator).get(GROUP)?.group?.generation ?? 0
    if (generation < this.#lastGeneration) throw new Error('The generation in the log only grows')
    this.#lastGeneration = generation
    if (groupState === 'Stable') {
      const owned = members.flatMap(({ memberAssignment }) => textOf(memberAssignment).split(',').filter(Boolean))
      if (new Set(owned).size !== owned.length) throw new Error('A partition has one owner')
      if (owned.length !== PARTITIONS) throw new Error(`A stable group owns all partitions, not ${owned.length}`)
    }
    for (const [partition, offset] of this.#acknowledged) {
      if (committed(this.given, { partition }).committedOffset !== offset) throw new Error('What was committed is kept')
    }
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }
}
