import { nameOf } from './flat-history.js'
import { type History, NEVER_COMPLETED, type Read, type Sent } from './history.js'

/**
 * Yields a history in the format that `odradek check` reads, a line at a time and without line ends. Record 17 of
 * producer 1 is `1:17`; all partitions are of one topic. The sends of a producer must stand in the order of their
 * numbers.
 */
export function* historyLines({ sent, read, readers }: History, topic = 'history'): Generator<string> {
  const settings = new Map<number, string>()
  for (const one of sent) {
    const line = JSON.stringify(settingsOf(one))
    if (settings.get(one.producer) !== line) yield line
    settings.set(one.producer, line)
    const { producer, partition, invokedAt } = one
    const id = nameOf(one)
    yield JSON.stringify({ op: 'send', producer, id, topic, partition, time: invokedAt })
    const time = one.completedAt === NEVER_COMPLETED ? {} : { time: one.completedAt }
    if (one.outcome === 'acknowledged') yield JSON.stringify({ op: 'ack', id, offset: one.offset, ...time })
    else if (one.outcome === 'refused') yield JSON.stringify({ op: 'fail', id, refused: true, ...time })
    else if (one.completedAt !== NEVER_COMPLETED) yield JSON.stringify({ op: 'fail', id, ...time })
  }
  let poll: Read[] = []
  for (const one of read) {
    const [first] = poll
    if (first !== undefined && (first.consumer !== one.consumer || first.poll !== one.poll)) {
      yield pollOf(poll, topic)
      poll = []
    }
    poll.push(one)
  }
  if (poll.length > 0) yield pollOf(poll, topic)
  for (const consumer of readers) yield JSON.stringify({ op: 'end', consumer })
}

function settingsOf({ producer, acks, keepsOrder = false, isOnce = false }: Sent): object {
  return {
    op: 'producer',
    producer,
    acks,
    'enable.idempotence': isOnce,
    'max.in.flight.requests.per.connection': keepsOrder && !isOnce ? 1 : 5,
  }
}

function pollOf(poll: readonly Read[], topic: string): string {
  const records = poll.map((read) => {
    const { partition, offset, isIntact, highWatermark } = read
    const id = nameOf(read)
    return { partition, offset, id, ...(isIntact ? {} : { intact: false }), highWatermark }
  })
  return JSON.stringify({ op: 'poll', consumer: poll[0]?.consumer, topic, records })
}
