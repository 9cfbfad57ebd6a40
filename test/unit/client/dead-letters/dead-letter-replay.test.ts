import { expect, test } from 'vitest'
import { type DeadLetterSource, replayDeadLetters } from '../../../../src/client/dead-letters/dead-letter-replay.js'
import { ANY_LETTER } from '../../../support/letters.js'

const replay = (source: DeadLetterSource): Promise<unknown> =>
  replayDeadLetters(
    { source, send: async () => {}, outside: (promise) => promise, life: { onEnd: () => () => {} } },
    {},
  )

test('letters that were sent and cannot be given up are said to be sent again', async () => {
  const replayed = replay({
    async *read() {
      yield ANY_LETTER
    },
    remove: () => Promise.reject(new Error('read-only')),
  })

  await expect(replayed).rejects.toMatchObject({
    name: 'DeadLetterReplayError',
    message:
      'Sent 1 dead letter, but not all of those could be given up, and another replay will send them again: read-only',
    replay: { sent: 1 },
  })
})

test('letters that cannot be read are said to be that, also where others were given up', async () => {
  const replayed = replay({
    async *read() {
      yield ANY_LETTER
      throw new Error('torn')
    },
    remove: async () => {},
  })

  await expect(replayed).rejects.toMatchObject({
    message: 'Sent 1 dead letter, but not all could be read: torn',
  })
})
