import { expect, test } from 'vitest'
import type { Context, Message } from '../../../../../src/actor/types.js'
import { type Timestamp, timestamp } from '../../../../../src/base/ids.js'
import { type ConsumerPart, PartList } from '../../../../../src/client/consumer/parts/part-list.js'
import type { ApiName } from '../../../../../src/protocol/api.js'

/** A part that notes its turns, and ends at once unless it is `slow`. */
class GivenPart implements ConsumerPart {
  isStopping = false
  constructor(
    readonly name: string,
    readonly log: string[],
    readonly serves: readonly ApiName[] = [],
    readonly isSlow = false,
  ) {}

  receive(message: Message): boolean {
    return message.type === 'request' && this.serves.includes(message.body.api)
  }

  tick(): Timestamp {
    this.log.push(this.name)
    return timestamp(this.log.length)
  }

  stop(): void {
    this.log.push(`${this.name} stops`)
    this.isStopping = this.isSlow
  }
}

/** What only looks on: it serves nobody, and has nothing to end. */
const onlooker: ConsumerPart = { receive: () => false, tick: () => timestamp(7) }

function givenList(): { list: PartList; slow: GivenPart; log: string[]; turn: () => boolean } {
  const log: string[] = []
  const slow = new GivenPart('commits', log, ['Seek', 'Pause'], true)
  const list = new PartList([new GivenPart('fetcher', log), slow, onlooker, new GivenPart('takes', log, ['Take'])])
  // Returns whether there was more to be done.
  const turn = (): boolean => {
    let isWork = false
    const noteWork = (): void => {
      isWork = true
    }
    log.length = 0
    list.tick({ noteWork } as Context)
    return isWork
  }
  return { list, slow, log, turn }
}

test('parts of a consumer end from the last to the first, each once those behind it have ended', () => {
  const { list, slow, log, turn } = givenList()
  list.stop()
  expect([log, list.hasStopped]).toEqual([['takes stops', 'commits stops'], false])
  slow.isStopping = false
  turn()
  expect([log.at(-1), list.hasStopped]).toEqual(['fetcher stops', true])
})

test('parts of a consumer go on with their turns while one of them ends, and get another one when more are told to', () => {
  const { list, slow, log, turn } = givenList()
  list.stop()
  expect([turn(), log]).toEqual([false, ['fetcher', 'commits', 'takes']])
  slow.isStopping = false
  expect([turn(), turn()]).toEqual([true, false])
})

test('parts of a consumer are told to end once, and not before somebody asks for it', () => {
  const { list, log, turn } = givenList()
  turn()
  expect([log, list.hasStopped]).toEqual([['fetcher', 'commits', 'takes'], false])
  log.length = 0
  list.stop()
  list.stop()
  expect(log).toEqual(['takes stops', 'commits stops'])
})

test('a list of parts has not stopped while its first part is still ending', () => {
  const first = new GivenPart('fetcher', [], [], true)
  const list = new PartList([first, onlooker])
  list.stop()
  expect(list.hasStopped).toBe(false)
  first.isStopping = false
  expect(list.hasStopped).toBe(true)
})

test('a list of parts serves what its parts serve, and is due when the first of them is', () => {
  const { list } = givenList()
  const request = (api: ApiName): Message => ({ type: 'request', body: { api } }) as Message
  expect([...list.serves].sort()).toEqual(['Pause', 'Seek', 'Take'])
  expect([list.receive(request('Seek'), {} as Context), list.receive(request('Run'), {} as Context)]).toEqual([
    true,
    false,
  ])
  expect(list.tick({} as Context)).toBe(1)
})
