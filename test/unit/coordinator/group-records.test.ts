import { describe, expect, test } from 'vitest'
import { inJavaHashOrder, javaHash } from '../../../src/base/java-hash.js'
import { GROUP_CODEC } from '../../../src/coordinator/group/group-records.js'
import { CorruptRecordError } from '../../../src/record/batch-reader.js'
import { goldenRecords } from '../protocol/wire-frames.js'

/** What Kafka's own code has written. */
function golden(of: string, version: number): readonly Buffer[] {
  const found = goldenRecords.filter((record) => record.of === of && record.version === version)
  // The codec writes no fields that it does not know.
  return found.filter(({ made }) => made !== 'tags').map(({ bytes }) => Buffer.from(bytes, 'base64'))
}

const written = (data: Uint8Array | string | null): string | null =>
  data === null ? null : Buffer.from(data as Uint8Array).toString('base64')

describe('records of groups are written as Kafka 4.2 writes them', () => {
  const pairs = (
    [
      ['OffsetCommitKey', 1, 'OffsetCommitValue', 4],
      ['OffsetCommitKey', 1, 'OffsetCommitValue', 1],
      ['GroupMetadataKey', 2, 'GroupMetadataValue', 3],
    ] as const
  ).flatMap(([keyName, keyVersion, valueName, valueVersion]) =>
    golden(keyName, keyVersion).flatMap((key) =>
      golden(valueName, valueVersion).map((value) => [`${valueName} ${valueVersion}`, key, value] as const),
    ),
  )

  test('there are bytes to compare with', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(20)
  })

  test.each(pairs)('%s comes back as the same bytes', (_title, key, value) => {
    const record = GROUP_CODEC.decode(key, value)
    const bytes = GROUP_CODEC.encode(record!)
    expect([written(bytes.key), written(bytes.value)]).toEqual([written(key), written(value)])
  })

  test.each(['OffsetCommitKey', 'GroupMetadataKey'] as const)('a tombstone of %s has a key and no value', (name) => {
    const [key] = golden(name, name === 'OffsetCommitKey' ? 1 : 2)
    const record = GROUP_CODEC.decode(key!, null)
    expect(record?.value).toBeNull()
    expect([written(GROUP_CODEC.encode(record!).key), GROUP_CODEC.encode(record!).value]).toEqual([written(key!), null])
  })
})

describe('records that others have written', () => {
  const [key] = golden('OffsetCommitKey', 1)

  test.each([0, 2, 3])('a commit of version %i is read', (version) => {
    for (const value of golden('OffsetCommitValue', version)) {
      expect(GROUP_CODEC.decode(key!, value)).toMatchObject({
        type: 'offset',
        value: { leaderEpoch: version < 3 ? -1 : expect.any(Number) },
      })
    }
  })

  test('a commit with the oldest type of key is read, and is one for the same partition', () => {
    const old = Buffer.from(key!)
    old.writeInt16BE(0)
    const [value] = golden('OffsetCommitValue', 0)
    expect(GROUP_CODEC.decode(old, value!)).toEqual(GROUP_CODEC.decode(key!, value!))
  })

  test('records of the consumer protocol, of unknown types and without a key are passed over', () => {
    const types = ['ConsumerGroupMetadataKey', 'ConsumerGroupMemberMetadataKey'] as const
    for (const [index, name] of types.entries()) {
      for (const bytes of golden(name, index === 0 ? 3 : 5)) expect(GROUP_CODEC.decode(bytes, null)).toBeNull()
    }
    expect(GROUP_CODEC.decode(Buffer.from([0x7f, 0xff]), null)).toBeNull()
    expect(GROUP_CODEC.decode(Buffer.from([1]), null)).toBeNull()
    expect(GROUP_CODEC.decode(null, Buffer.from('value'))).toBeNull()
  })

  test('a value that cannot be read stops the reader', () => {
    const [value] = golden('OffsetCommitValue', 4)
    expect(() => GROUP_CODEC.decode(key!, value!.subarray(0, 9))).toThrow(CorruptRecordError)
    expect(() => GROUP_CODEC.decode(key!, Buffer.from([0x7f, 0xff]))).toThrow(CorruptRecordError)
    expect(() => GROUP_CODEC.decode(key!.subarray(0, 4), value!)).toThrow(CorruptRecordError)
  })
})

describe('the hash of Java', () => {
  test('it is that of String.hashCode', () => {
    // Partitions of 50, as Kafka's own clients find them.
    const partitions = ['test', 'my-group', 'group-1', ''].map((groupId) => Math.abs(javaHash(groupId)) % 50)
    expect(partitions).toEqual([48, 12, 49, 0])
    expect(javaHash('polygenelubricants')).toBe(-(2 ** 31))
    expect(javaHash('\u{1f600}')).toBe(0xd83d * 31 + 0xde00)
  })

  test('a map yields texts by it, in more buckets when there are many', () => {
    expect(inJavaHashOrder(['roundrobin', 'cooperative-sticky', 'range', 'sticky'])[0]).toBe('sticky')
    const many = Array.from({ length: 26 }, (_, index) => String.fromCharCode(122 - index))
    expect(inJavaHashOrder(many).join('')).toBe('abcdefghijklmnopqrstuvwxyz')
  })
})
