import { expect, test } from 'vitest'
import { NetworkClient } from '../../../src/actor/network-client.js'
import type { Actor, Context, Message } from '../../../src/actor/types.js'
import { NEVER, type Timestamp } from '../../../src/base/ids.js'
import type { Request, Response } from '../../../src/protocol/messages.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const STOP: Request = { api: 'Stop' }
const STOPPED: Response = { api: 'Stop' }

/** An actor with two network clients, and something to do in its next turn. */
class Client implements Actor {
  readonly first = new NetworkClient(() => this.connected++)
  readonly second = new NetworkClient()
  connected = 0
  next: (context: Context) => void = () => {}

  receive(message: Message, context: Context): void {
    if (!this.first.receive(message, context)) this.second.receive(message, context)
  }

  tick(context: Context): Timestamp {
    const { next } = this
    this.next = () => {}
    next(context)
    return NEVER
  }
}

function givenClient(): { stage: Stage; client: Client; doNow: (what: (context: Context) => void) => void } {
  const stage = new Stage()
  const client = new Client()
  stage.seat('client-0', client)
  const doNow = (what: (context: Context) => void): void => {
    client.next = what
    stage.settle()
  }
  return { stage, client, doNow }
}

test('the first request opens a connection, once', () => {
  const { stage, client, doNow } = givenClient()
  stage.seat('broker-1', new ScriptedActor(() => STOPPED))
  const outcomes: string[] = []
  const send = (context: Context): void => void outcomes.push(client.first.send('broker-1', STOP, context, () => {}))
  doNow((context) => {
    send(context)
    send(context)
  })
  doNow(send)
  expect(outcomes).toEqual(['connecting', 'connecting', 'sent'])
  expect(client.connected).toBe(1)
})

test('each answer finds whoever asked, and is counted as in flight until then', () => {
  const { stage, client, doNow } = givenClient()
  const broker = new ScriptedActor()
  stage.seat('broker-1', broker)
  const answers: string[] = []
  doNow((context) => void client.first.connectionTo('broker-1', context))
  doNow((context) => {
    for (const name of ['a', 'b']) client.first.send('broker-1', STOP, context, () => answers.push(name))
  })
  expect(client.first.inFlight('broker-1')).toBe(2)
  broker.answer(STOPPED)
  stage.settle()
  expect([answers, client.first.inFlight('broker-1')]).toEqual([['a'], 1])
})

test('a request that is never answered is not in flight', () => {
  const { stage, client, doNow } = givenClient()
  stage.seat('broker-1', new ScriptedActor())
  doNow((context) => void client.first.connectionTo('broker-1', context))
  doNow((context) => void client.first.send('broker-1', STOP, context, null))
  expect(client.first.inFlight('broker-1')).toBe(0)
})

test('a connection that is lost answers everything in flight with null, in order', () => {
  const { stage, client, doNow } = givenClient()
  stage.seat('broker-1', new ScriptedActor())
  const answers: unknown[] = []
  doNow((context) => void client.first.connectionTo('broker-1', context))
  doNow((context) => {
    for (const name of ['a', 'b']) client.first.send('broker-1', STOP, context, (answer) => answers.push(name, answer))
  })
  stage.kill('broker-1')
  expect(answers).toEqual(['a', null, 'b', null])
  const outcomes: string[] = []
  doNow((context) => void outcomes.push(client.first.send('broker-1', STOP, context, () => {})))
  expect([outcomes, client.first.isGone('broker-1')]).toEqual([['gone'], true])
})

test('an address that nobody has is gone', () => {
  const { client, doNow } = givenClient()
  doNow((context) => void client.first.connectionTo('broker-9', context))
  expect([client.first.isGone('broker-9'), client.first.isGone('broker-1')]).toEqual([true, false])
})

test('two clients of one actor have a connection each', () => {
  const { stage, client, doNow } = givenClient()
  const broker = new ScriptedActor()
  stage.seat('broker-1', broker)
  const answers: string[] = []
  const connect = (context: Context): void => {
    for (const network of [client.first, client.second]) network.connectionTo('broker-1', context)
  }
  doNow(connect)
  doNow((context) => {
    client.first.send('broker-1', STOP, context, () => answers.push('first'))
    client.second.send('broker-1', STOP, context, () => answers.push('second'))
  })
  broker.answer(STOPPED)
  broker.answer(STOPPED)
  stage.settle()
  expect(answers.sort()).toEqual(['first', 'second'])
})

test('all clients of one actor hear that nobody has an address', () => {
  const { client, doNow } = givenClient()
  doNow((context) => {
    for (const network of [client.first, client.second]) network.connectionTo('broker-9', context)
  })
  expect([client.first.isGone('broker-9'), client.second.isGone('broker-9')]).toEqual([true, true])
})
