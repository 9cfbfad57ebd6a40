import type { AnomalyId } from '../../../../src/lab/history/anomalies.js'
import type { History, Read, Sent } from '../../../../src/lab/history/history.js'

type Name = Pick<Sent, 'producer' | 'number'>
const isSame = (a: Name, b: Name): boolean => a.producer === b.producer && a.number === b.number
const isSamePlace = (a: Read | Sent, b: Read | Sent): boolean => a.partition === b.partition && a.offset === b.offset

/**
 * Every definition as it is said, however long it takes: how often each anomaly is there, `A4!` if it was promised not
 * to be.
 */
export function naiveCounts({ sent, read, readers }: History): Record<string, number> {
  const counts: Record<string, number> = {}
  const count = (id: AnomalyId, all: readonly boolean[]): void => {
    if (all.length > 0) counts[id] = all.length
    const broken = all.filter((isPromised) => isPromised).length
    if (broken > 0) counts[`${id}!`] = broken
  }
  const always = (all: readonly unknown[]): boolean[] => all.map(() => true)

  const sentAs = (name: Name): Sent | undefined => sent.find((one) => isSame(one, name))
  const log = read.filter((one, at) => !read.slice(0, at).some((before) => isSamePlace(before, one)))
  const rankOf = ({ partition, offset }: Read): number =>
    log.filter((one) => one.partition === partition && one.offset < offset).length
  const acknowledged = sent.filter(({ outcome }) => outcome === 'acknowledged')
  const kept = acknowledged.filter(({ acks }) => acks === -1)
  const named = kept.filter(({ offset }) => offset >= 0)

  const isAllRead = readers.length > 0
  const final = read.filter(({ consumer }) => readers.includes(consumer))
  const isPassed = (one: Sent): boolean =>
    one.offset >= 0 && log.some(({ partition, offset }) => partition === one.partition && offset > one.offset)
  const unread = acknowledged.filter((one) => !log.some((other) => isSame(one, other)))
  const byAcks = (all: readonly Sent[]): boolean[] => all.map(({ acks }) => acks === -1)
  count('A1', byAcks(unread.filter(isPassed)))
  count('A2', byAcks(isAllRead ? acknowledged.filter((one) => !final.some((other) => isSame(one, other))) : []))
  const lost = unread.filter((one) => isAllRead || isPassed(one))
  if (lost.length > 0) counts.lost = lost.length

  count('A3', always(read.filter((one) => log.some((first) => isSamePlace(first, one) && !isSame(first, one)))))
  const repeated = log.filter(
    (one, at) =>
      log.filter((other) => isSame(other, one)).length > 1 && !log.slice(0, at).some((other) => isSame(other, one)),
  )
  count(
    'A4',
    repeated.map((one) => sentAs(one)?.isOnce === true),
  )

  const places = (one: Sent): number[] =>
    log.flatMap((other) => (isSame(other, one) && other.partition === one.partition ? [other.offset] : []))
  const isLate = (one: Sent): boolean =>
    acknowledged.some(
      (other) =>
        other.producer === one.producer &&
        other.partition === one.partition &&
        other.number > one.number &&
        Math.min(...places(other)) < Math.min(...places(one)),
    )
  const late = acknowledged.filter((one) => places(one).length > 0 && isLate(one))
  count(
    'A13',
    late.map(({ keepsOrder, isOnce }) => keepsOrder === true || isOnce === true),
  )

  const steps = read.flatMap((one, at) => {
    const isOfLine = (other: Read): boolean => other.consumer === one.consumer && other.partition === one.partition
    const before = read.slice(0, at).findLast(isOfLine)
    return before === undefined ? [] : [{ step: rankOf(one) - rankOf(before), isWithin: before.poll === one.poll }]
  })
  count('A10', always(steps.filter(({ step, isWithin }) => isWithin && step > 1)))
  count('A11', always(steps.filter(({ step, isWithin }) => isWithin && step < 1)))
  count('A12', always(steps.filter(({ step, isWithin }) => !isWithin && step !== 1)))

  const isAfter = (one: Sent, other: Sent): boolean =>
    other.partition === one.partition && other.completedAt < one.invokedAt && other.offset >= one.offset
  count('A15', always(named.filter((one) => named.some((other) => isAfter(one, other)))))
  const isPhantom = (one: Read): boolean => {
    const as = sentAs(one)
    return as === undefined || as.partition !== one.partition || as.outcome === 'refused' || !one.isIntact
  }
  count('A16', always(read.filter(isPhantom)))
  count('A17', always(named.filter((one, at) => named.slice(0, at).some((other) => isSamePlace(one, other)))))
  const others = read.flatMap((one) => {
    const promised = named.findLast((other) => isSamePlace(one, other))
    return promised === undefined || isSame(promised, one) ? [] : [`${nameOf(promised)} ${nameOf(one)}`]
  })
  const isElsewhere = (one: Sent): boolean =>
    (isAllRead || isPassed(one)) && !log.some((other) => isSamePlace(one, other)) && places(one).length > 0
  count('A18', always([...new Set(others), ...named.filter(isElsewhere)]))
  count('A20', always(isAllRead ? log.filter((one) => !final.some((other) => isSamePlace(one, other))) : []))
  count('A21', always(read.filter(({ offset, highWatermark }) => offset >= highWatermark)))
  return counts
}

const nameOf = ({ producer, number }: Name): string => `${producer}:${number}`
