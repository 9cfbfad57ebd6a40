import type { Random } from '../../../src/base/random.js'
import { type LengthLayout, WireReader } from '../../../src/protocol/wire/wire-reader.js'
import { ZERO_UUID } from '../../../src/protocol/wire/wire-types.js'

/**
 * Reads what chance says instead of bytes, so that any schema makes requests: what a field may hold follows from its
 * name. A uuid `$name` stands for the id of that topic.
 */
const TOPICS = ['chance-a', 'chance-b', 'chance-a', 'chance-b', 'nowhere', 'a/b']
const GROUPS = ['chance-group', 'chance-group', 'another', 'none']
const OPTIONS = ['retention.ms', 'cleanup.policy', 'min.insync.replicas', 'no.such']
const NOBODYS = 'BBBBBBBBBBBBBBBBBBBBBA'

/** The values of numbers, by the first pattern that the name of a field has. */
const NUMBERS: readonly (readonly [RegExp, readonly number[]])[] = [
  // Whoever is a follower, or says how far its log goes, is not a client.
  [/replicaId|replicaEpoch|producerId|lastFetchedEpoch|retention/, [-1]],
  [/keyType/, [0]],
  [/isolation/, [0, 0, 0, 1]],
  [/acks/, [-1, -1, 1, 2]],
  [/resourceType/, [2, 2, 2, 4, 3]],
  [/endpointType/, [1, 1, 2, 0]],
  [/electionType/, [0, 1, 5]],
  [/timeout/i, [1_000]],
  [/maxWait/, [0, 10, -1]],
  [/minBytes/, [0, 1]],
  [/bytes/i, [0, 1, 1_000, 1_000_000]],
  [/sessionEpoch/, [-1, -1, -1, 0, 1, 5]],
  [/sessionId/, [0, 0, 77]],
  [/generation|epoch/i, [-1, -1, 0, 1, 7]],
  [/limit/i, [1, 2, 3, 100, 0]],
  [/partitions?$|index/i, [0, 0, 0, 1, 1, 9, -1]],
  [/offset/i, [0, 1, 2, 3, 9, 1_000, -1, -2]],
]
const ANY_NUMBER = [0, 1, -1, 3]
const TIMES = [-1n, -2n, -3n, -4n, -5n, 0n, 1n, 1_000_000_000_000n, 2_000_000_000_000n]

/** The values of texts, likewise. */
const TEXTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/group|^key$|coordinatorKeys/i, GROUPS],
  [/memberId/i, ['', '', 'stranger']],
  [/instance/i, ['', 'instance']],
  [/states/i, ['Empty', 'stable', 'none']],
  [/types/i, ['classic', 'consumer', 'none']],
  [/configurationKeys/, OPTIONS],
  [/topic|name/i, TOPICS],
]
const ANY_TEXT = ['', 'consumer', 'range', '1.0']

export class ChanceReader extends WireReader {
  readonly #random: Random
  readonly #records: readonly Uint8Array[]

  constructor(random: Random, records: readonly Uint8Array[]) {
    super(new Uint8Array(0), 'what chance says')
    this.#random = random
    this.#records = records
  }

  override int8 = () => this.#number()
  override int16 = () => this.#number()
  override uint16 = () => 0
  override int32 = () => this.#number()
  override int64 = () => this.#number()
  override nearestInt64 = () => this.#number()
  override bigInt64 = () => this.#random.pick(TIMES)
  override float64 = () => 0
  override length = ({ isNullable }: LengthLayout) => {
    // There are no transactions, and Kafka never answers records that are null.
    if (this.field === 'transactionalId') return -1
    if (this.field === 'records') return 0
    return this.#random.pick(isNullable ? [-1, 0, 1, 2, 3] : [0, 1, 1, 2, 3])
  }
  override varint = () => 0
  override text = () => this.#random.pick(TEXTS.find(([name]) => name.test(this.field))?.[1] ?? ANY_TEXT)
  override copy = () => new Uint8Array(0)
  override view = () => this.#random.pick(this.#records)
  override uuid = () =>
    this.field === 'topicId' ? this.#random.pick(['$chance-a', '$chance-b', '$chance-a', NOBODYS]) : ZERO_UUID
  override skip = () => {}
  override expect = (count: number) => count
  override expectItems = (count: number) => count
  override within = <Value>(_: number, read: () => Value) => read()

  #number(): number {
    return this.#random.pick(NUMBERS.find(([name]) => name.test(this.field))?.[1] ?? ANY_NUMBER)
  }
}
