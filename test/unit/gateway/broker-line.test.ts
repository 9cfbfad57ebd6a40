import { expect, test } from 'vitest'
import type { Connection } from '../../../src/actor/types.js'
import { KafkaError } from '../../../src/base/errors.js'
import { BrokerLine } from '../../../src/gateway/broker-line.js'
import type { Question } from '../../../src/gateway/open-exchange.js'
import type { Request, Response } from '../../../src/protocol/api.js'

/** A ring that takes requests of these groups, and refuses to write any other one. */
function ringThatWrites(...groups: readonly string[]): { readonly connection: Connection; readonly sent: string[] } {
  const sent: string[] = []
  const connection = {
    isClosed: false,
    send(_: number, body: Request) {
      const { groupId = '' } = body as { readonly groupId?: string }
      if (!groups.includes(groupId)) throw new KafkaError('INVALID_REQUEST', 'It is too long')
      sent.push(groupId)
      return 'sent'
    },
  }
  return { connection: connection as unknown as Connection, sent }
}

const heartbeat = (groupId: string, answered: (response: Response) => void): Question => ({
  request: { api: 'Heartbeat', groupId, generationId: 1, memberId: 'm', groupInstanceId: null },
  exchange: null,
  mark: 0,
  answered,
})

test('a question that cannot be written is refused once, and whoever asks something else then is asked once', () => {
  const line = new BrokerLine()
  const { connection, sent } = ringThatWrites('short')
  line.join(connection)
  const refusals: Response[] = []
  line.ask(
    heartbeat('long', (response) => {
      refusals.push(response)
      line.ask(heartbeat('short', () => {}))
    }),
  )
  expect(refusals).toMatchObject([{ api: 'Heartbeat', errorCode: 'INVALID_REQUEST' }])
  expect(sent).toEqual(['short'])
  expect(line.isFull).toBe(false)
})
