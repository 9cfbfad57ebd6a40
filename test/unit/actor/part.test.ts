import { expect, test } from 'vitest'
import { type Part, receiveByOne, tickAll } from '../../../src/actor/part.js'
import type { Context, Message } from '../../../src/actor/types.js'
import { NEVER, timestamp } from '../../../src/base/ids.js'

const context = {} as Context
const message = { type: 'refused', peer: 'broker-1' } as Message

/** A part that takes messages or does not, is due at a time, and notes in `log` what is done with it. */
function givenPart(log: string[], name: string, { takes = false, due = NEVER } = {}): Part {
  return {
    receive: () => {
      log.push(`receive ${name}`)
      return takes
    },
    tick: () => {
      log.push(`tick ${name}`)
      return due
    },
  }
}

test('a message goes to the parts in their order, and no further than to the one that takes it', () => {
  const log: string[] = []
  const parts = [givenPart(log, 'a'), givenPart(log, 'b', { takes: true }), givenPart(log, 'c', { takes: true })]
  expect([receiveByOne(parts, message, context), log]).toEqual([true, ['receive a', 'receive b']])
})

test("a message that no part takes is nobody's", () => {
  const log: string[] = []
  expect([receiveByOne([givenPart(log, 'a')], message, context), log]).toEqual([false, ['receive a']])
})

test('every part is ticked in its order, and the earliest moment that one names counts', () => {
  const log: string[] = []
  const parts = [
    givenPart(log, 'a', { due: timestamp(30) }),
    givenPart(log, 'b', { due: timestamp(20) }),
    givenPart(log, 'c'),
  ]
  expect([tickAll(parts, context), log]).toEqual([20, ['tick a', 'tick b', 'tick c']])
})
