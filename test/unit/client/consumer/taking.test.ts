import { expect, test } from 'vitest'
import { NetworkClient } from '../../../../src/actor/network-client.js'
import type { Actor, Context, Message } from '../../../../src/actor/types.js'
import { NEVER, type Timestamp } from '../../../../src/base/ids.js'
import { AssignedPartitions } from '../../../../src/client/consumer/assigned-partitions.js'
import { BroughtSlices } from '../../../../src/client/consumer/brought-slices.js'
import { ConsumerCalls } from '../../../../src/client/consumer/consumer-calls.js'
import { Taking } from '../../../../src/client/consumer/taking.js'
import type { RequestOf, ResponseOf } from '../../../../src/protocol/api.js'
import type { CallEnd } from '../../../../src/protocol/inner/consumer-words.js'
import { NOT_LENT, type TakenSlice } from '../../../../src/protocol/inner/take.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'

/** The taking of a consumer to which partition 0 is assigned; the test plays the other half. */
class GivenTaking implements Actor {
  readonly stage = new Stage()
  /** The other half: it answers what has to be answered at once, and keeps each `Take`. */
  readonly back = new ScriptedActor((body) => {
    if (body.api === 'Take') return null
    this.asked.push(body.api)
    if (body.api === 'News') return this.isSilent ? null : { api: 'News', partitions: [], ended: [] }
    return body.api === 'Hurry' || body.api === 'Commit' ? { api: body.api } : { api: 'Seek' }
  })
  /** What was asked, but for takes. */
  readonly asked: string[] = []
  readonly slices: BroughtSlices
  readonly taking: Taking
  readonly calls: ConsumerCalls
  readonly news: ResponseOf<'News'>[] = []
  /** Whether nothing is said when somebody asks for news. */
  isSilent = false
  readonly #control = new NetworkClient()

  constructor() {
    const consumer = 'consumer-0'
    const assigned = new AssignedPartitions()
    assigned.learn([{ topic: 'orders', partition: 0, index: 0, epoch: 0, position: 0 }])
    this.slices = new BroughtSlices({ assigned, awaitsNews: () => false })
    this.calls = new ConsumerCalls({ consumer, network: this.#control, wake: () => {} })
    const onNews = (told: ResponseOf<'News'>): void => void this.news.push(told)
    this.taking = new Taking({ consumer, calls: this.calls, slices: this.slices, onNews })
    this.stage.seat(consumer, this.back)
    this.stage.seat('client-0', this)
    this.stage.settle()
  }

  receive(message: Message, context: Context): void {
    if (!this.taking.receive(message, context)) this.#control.receive(message, context)
  }

  tick(context: Context): Timestamp {
    this.taking.connect(context)
    this.taking.tick(context)
    this.calls.send(context)
    return NEVER
  }

  want(): void {
    this.taking.wantsSlices = true
    this.stage.settle()
  }

  /** Begins a call, which does not end. */
  begin(): void {
    void this.calls.begin<RequestOf<'Seek'>>({ api: 'Seek', index: 0, epoch: 0, to: 0 })
    this.stage.settle()
  }

  /** For each take that is not answered: whether it asks for slices. */
  get takes(): boolean[] {
    return this.back.unanswered('Take').map(({ body }) => body.slices)
  }

  answer({ slices = 0, news = 0, ended }: { slices?: number; news?: number; ended?: readonly CallEnd[] } = {}): void {
    const slice: TakenSlice = {
      index: 0,
      epoch: 0,
      error: 'OFFSET_OUT_OF_RANGE',
      position: 0,
      bytes: 0,
      fetchOffset: 0,
      highWatermark: -1,
      memoryId: NOT_LENT,
      lease: NOT_LENT,
    }
    this.back.answerWhere((body) =>
      body.api === 'Take' ? { api: 'Take', slices: Array(slices).fill(slice), news, ...(ended && { ended }) } : null,
    )
    this.stage.settle()
  }
}

test('nothing is taken while nobody wants slices and no call waits for its end', () => {
  expect(new GivenTaking().takes).toEqual([])
})

test('slices are taken when they are wanted, and again when those that came are handed out', () => {
  const given = new GivenTaking()
  given.want()
  expect(given.takes).toEqual([true])
  given.answer({ slices: 2 })
  expect([given.takes, given.slices.hasNext]).toEqual([[], true])
  given.slices.take()
  given.stage.settle()
  expect(given.takes).toEqual([])
  given.slices.take()
  given.stage.pass(1)
  expect(given.takes).toEqual([true])
})

test('a take that waits for news alone is hurried once when slices are wanted', () => {
  const given = new GivenTaking()
  given.begin()
  expect(given.takes).toEqual([false])
  given.want()
  given.stage.pass(1)
  expect([given.takes, given.asked]).toEqual([[false], ['Seek', 'Hurry']])
  given.answer()
  expect([given.takes, given.asked]).toEqual([[true], ['Seek', 'Hurry']])
})

test('news are asked for when a take says that there are others, and not when it says the same', () => {
  const given = new GivenTaking()
  given.begin()
  given.answer({ news: 3 })
  given.answer({ news: 3 })
  expect([given.news.length, given.asked]).toEqual([1, ['Seek', 'News']])
  given.answer({ news: 4 })
  expect(given.news).toHaveLength(2)
})

test('a call whose end a take tells has ended, and no news are asked for', async () => {
  const given = new GivenTaking()
  const commit = given.calls.begin<RequestOf<'Commit'>>({ api: 'Commit', offsets: null, timeoutMs: null })
  given.stage.settle()
  const end = { call: 1, error: 'NONE' as const, says: '' }
  given.answer({ ended: [end] })
  expect([await commit, given.asked, given.takes]).toEqual([end, ['Commit'], []])
})

test('no take waits for news that were asked for and have not come', () => {
  const given = new GivenTaking()
  given.isSilent = true
  given.begin()
  given.answer({ news: 1 })
  expect([given.taking.awaitsNews, given.takes]).toEqual([true, []])
  given.back.answerWhere((body) => (body.api === 'News' ? { api: 'News', partitions: [], ended: [] } : null))
  given.stage.settle()
  expect([given.taking.awaitsNews, given.news.length, given.takes]).toEqual([false, 1, [false]])
})

test('a taking that has stopped asks for nothing more, and passes on what comes', () => {
  const given = new GivenTaking()
  given.want()
  given.taking.stop()
  given.answer({ slices: 1, news: 1 })
  expect([given.slices.hasNext, given.asked]).toEqual([true, []])
  given.slices.take()
  given.stage.pass(1)
  expect(given.takes).toEqual([])
})
