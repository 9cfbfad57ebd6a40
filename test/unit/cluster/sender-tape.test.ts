import { expect, test } from 'vitest'
import { timestamp } from '../../../src/base/ids.js'
import type { ObservedBatch, SenderObserver } from '../../../src/client/sender/sender-observer.js'
import { SenderTapes, tapingObserver } from '../../../src/cluster/sender-tape.js'

type Told = readonly [string, ObservedBatch | undefined, number]

/** Notes what each sender's observer is told. */
function given() {
  const told: Told[] = []
  let senders = 0
  const observe = (): SenderObserver => {
    const name = `sender-${++senders}`
    return {
      closed: (batch, now) => told.push([`${name} closed`, batch, now]),
      sent: ([batch], to, now) => told.push([`${name} sent to ${to}`, batch, now]),
      answered: ([batch], results, now) =>
        told.push([`${name} answered ${results?.length ?? 'by nobody'}`, batch, now]),
    }
  }
  return { told, tapes: new SenderTapes(observe, timestamp(1_000)) }
}

test('an observer on another thread is told the same steps of the same batch, when somebody asks for them', () => {
  const { told, tapes } = given()
  const sender = tapingObserver(tapes.begin())
  const batch = { partition: 3, recordCount: 2 }
  sender.closed(batch, timestamp(1_001))
  sender.sent([batch], 'broker-1', timestamp(1_002))
  sender.answered([batch], null, timestamp(1_003))
  expect(told).toEqual([])
  tapes.play()
  expect(told.map(([says, , now]) => [says, now])).toEqual([
    ['sender-1 closed', 1],
    ['sender-1 sent to broker-1', 2],
    ['sender-1 answered by nobody', 3],
  ])
  expect(told[0]?.[1]).toMatchObject(batch)
  expect(new Set(told.map(([, same]) => same)).size).toBe(1)
})

test('a batch is still the same one when its steps are asked for in pieces, and no step is told twice', () => {
  const { told, tapes } = given()
  const sender = tapingObserver(tapes.begin())
  const batch = { partition: 0, recordCount: 1 }
  sender.closed(batch, timestamp(1_001))
  tapes.play()
  sender.sent([batch], 'broker-1', timestamp(1_002))
  tapes.play()
  expect(told.map(([says]) => says)).toEqual(['sender-1 closed', 'sender-1 sent to broker-1'])
  expect(told[1]?.[1]).toBe(told[0]?.[1])
})

test('the steps of several senders are told in the order of their time', () => {
  const { told, tapes } = given()
  const [first, second] = [tapingObserver(tapes.begin()), tapingObserver(tapes.begin())]
  first.closed({ partition: 0, recordCount: 1 }, timestamp(1_001))
  first.closed({ partition: 0, recordCount: 1 }, timestamp(1_005))
  second.closed({ partition: 0, recordCount: 1 }, timestamp(1_003))
  tapes.play()
  expect(told.map(([says, , now]) => [says, now])).toEqual([
    ['sender-1 closed', 1],
    ['sender-2 closed', 3],
    ['sender-1 closed', 5],
  ])
})
