import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import { type Answer, NetworkClient, type NetworkOptions } from '../../../src/actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../../src/actor/types.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const STOP: Request = { api: 'Stop', held: [] }
const STOPPED: Response = { api: 'Stop' }

/** An actor with two network clients, and something to do in its next turn. */
class Client implements Actor {
  readonly first: NetworkClient
  readonly second: NetworkClient
  connected = 0
  next: (context: Context) => void = () => {}

  constructor(options: NetworkOptions) {
    this.first = new NetworkClient(() => this.connected++, options)
    this.second = new NetworkClient(() => {}, options)
  }

  receive(message: Message, context: Context): void {
    if (!this.first.receive(message, context)) this.second.receive(message, context)
  }

  tick(context: Context): Timestamp {
    const { next } = this
    this.next = () => {}
    next(context)
    return earliest(this.first.tick(context), this.second.tick(context))
  }
}

interface Given {
  readonly stage: Stage
  readonly client: Client
  readonly broker: ScriptedActor
  /** Does something in the client's next turn. */
  readonly doNow: (what: (context: Context) => void) => void
  /** What becomes of a request to the broker that is sent now. */
  readonly send: (answer?: Answer) => string
}

/** A client that no broker is seated for yet: `broker` is there to be. */
function givenClient(options: NetworkOptions = {}): Given {
  const stage = new Stage()
  const client = new Client(options)
  stage.seat('client-0', client)
  const doNow = (what: (context: Context) => void): void => {
    client.next = what
    stage.settle()
  }
  const send = (answer: Answer = () => {}): string => {
    let outcome = ''
    doNow((context) => {
      outcome = client.first.send('broker-1', STOP, context, answer)
    })
    return outcome
  }
  return { stage, client, broker: new ScriptedActor(), doNow, send }
}

/** The same, connected. */
function givenConnection(options: NetworkOptions = {}): Given {
  const given = givenClient(options)
  given.stage.seat('broker-1', given.broker)
  given.doNow((context) => void given.client.first.connectionTo('broker-1', context))
  return given
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

test('a request that cannot be written is refused in a later turn, and those around it are sent', () => {
  const { stage, client, broker, doNow } = givenConnection()
  const answers: unknown[] = []
  doNow((context) => {
    for (const groupId of ['tea', 'x'.repeat(40_000), 'milk']) {
      const request: Request = { api: 'DeleteGroups', groupsNames: [groupId] }
      client.first.send('broker-1', request, context, (response) => answers.push(response))
      expect(answers).toEqual([])
    }
  })
  expect(answers).toMatchObject([{ api: 'DeleteGroups', results: [{ errorCode: 'INVALID_REQUEST' }] }])
  expect(client.first.inFlight('broker-1')).toBe(2)
  broker.answer({ api: 'DeleteGroups', throttleTimeMs: 0, results: [] })
  stage.settle()
  expect(answers).toHaveLength(2)
})

test('a connection that is lost answers everything in flight with null, in order', () => {
  const { stage, send } = givenConnection()
  const answers: unknown[] = []
  for (const name of ['a', 'b']) send((answer) => answers.push(name, answer))
  stage.kill('broker-1')
  expect(answers).toEqual(['a', null, 'b', null])
  expect(send()).toBe('gone')
})

test('an address that nobody has is gone for reconnect.backoff.ms, and asked for again after that', () => {
  const { stage, client, broker, send } = givenClient({ 'reconnect.backoff.ms': 100 })
  expect(send()).toBe('connecting')
  expect(send()).toBe('gone')
  const waitMs = client.first.readyAt('broker-1') - stage.now
  expect([waitMs >= 80, waitMs < 120, stage.sleepMs('client-0')]).toEqual([true, true, waitMs])
  stage.seat('broker-1', broker)
  expect(send()).toBe('gone')
  stage.pass(waitMs)
  expect([send(), send(), client.connected]).toEqual(['connecting', 'sent', 1])
})

test('each attempt that fails doubles the backoff, up to reconnect.backoff.max.ms; one that succeeds ends that', () => {
  const { stage, client, broker, send } = givenConnection({
    'reconnect.backoff.ms': 100,
    'reconnect.backoff.max.ms': 300,
  })
  stage.kill('broker-1')
  const waits: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    waits.push(client.first.readyAt('broker-1') - stage.now)
    stage.pass(waits.at(-1)!)
    send()
  }
  expect(waits.map((wait) => wait >= 80 && wait < 120)).toEqual([true, false, false, false])
  expect([waits[1]! >= 160, waits[1]! < 240, waits[2]! > 240, waits[3]! > 240]).toEqual([true, true, true, true])
  expect(Math.max(...waits)).toBeLessThanOrEqual(300)
  stage.seat('broker-1', broker)
  stage.pass(300)
  send()
  stage.kill('broker-1')
  expect(client.first.readyAt('broker-1') - stage.now).toBeLessThan(120)
})

test('a request that is not answered within request.timeout.ms ends its connection', () => {
  const { stage, broker, send } = givenConnection({ 'request.timeout.ms': 1000 })
  const answers: unknown[] = []
  send((answer) => answers.push(answer))
  stage.pass(400)
  send((answer) => answers.push(answer))
  expect(stage.sleepMs('client-0')).toBe(600)
  stage.pass(599)
  expect([answers, broker.messages.at(-1)?.type]).toEqual([[], 'request'])
  stage.pass(1)
  expect([answers, broker.messages.at(-1)?.type]).toEqual([[null, null], 'disconnected'])
})

test('a request that is answered in time does not end its connection', () => {
  const { stage, broker, send } = givenConnection({ 'request.timeout.ms': 1000 })
  send()
  broker.answer(STOPPED)
  stage.pass(900)
  const answers: unknown[] = []
  send((answer) => answers.push(answer))
  stage.pass(999)
  expect([answers, broker.messages.at(-1)?.type]).toEqual([[], 'request'])
  broker.answer(STOPPED)
  stage.settle()
  expect(answers).toEqual([STOPPED])
})

/** Asks its network client what is due, and sends then: whatever it began is not in what it returns. */
class LateSender implements Actor {
  readonly network = new NetworkClient(() => {}, { 'request.timeout.ms': 500 })
  answers: (Response | null)[] = []
  isToSend = false

  receive(message: Message, context: Context): void {
    this.network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    const due = this.network.tick(context)
    this.network.connectionTo('broker-1', context)
    if (!this.isToSend) return due
    this.isToSend = false
    this.network.send('broker-1', STOP, context, (response) => void this.answers.push(response))
    return due
  }
}

test('a request that is sent when its client has had its turn is given up in time as well', () => {
  const stage = new Stage()
  const sender = new LateSender()
  stage.seat('client-0', sender)
  stage.seat('broker-1', new ScriptedActor())
  stage.settle()
  sender.isToSend = true
  stage.turn('client-0')
  expect(stage.sleepMs('client-0')).toBe(500)
  stage.pass(500)
  stage.turn('client-0')
  expect(sender.answers).toEqual([null])
})

test('nothing in flight is answered before word of the end of its connection: the peer may read what it was lent', () => {
  const { stage, client, send } = givenConnection({ 'request.timeout.ms': 1000 })
  const answers: unknown[] = []
  send((answer) => answers.push(answer))
  stage.now = timestamp(stage.now + 1000)
  stage.turn('client-0')
  expect([answers, client.first.readyAt('broker-1')]).toEqual([[], NEVER])
  stage.settle()
  expect(answers).toEqual([null])
})

test('a refusal that another client of the actor asked for ends no connection', () => {
  const { client, doNow, send } = givenConnection()
  const answers: unknown[] = []
  send((answer) => answers.push(answer))
  doNow((context) => client.first.receive({ type: 'refused', peer: 'broker-1' }, context))
  expect([answers, client.first.inFlight('broker-1')]).toEqual([[], 1])
})

test('a client does not take a connection that the peer has asked for as its own', () => {
  const { client, doNow, send } = givenClient()
  const inbound = { peer: 'broker-1', isInitiator: false } as unknown as Connection
  let isTaken = true
  doNow((context) => {
    client.first.connectionTo('broker-1', context)
    isTaken = client.first.receive({ type: 'connected', connection: inbound }, context)
  })
  expect([isTaken, client.connected, send()]).toEqual([false, 0, 'gone'])
})

test('a client that backs off leaves the connection to the one that asked for it', () => {
  const { stage, client, broker, doNow, send } = givenClient()
  send()
  stage.seat('broker-1', broker)
  doNow((context) => void client.second.connectionTo('broker-1', context))
  let outcome = ''
  doNow((context) => {
    outcome = client.second.send('broker-1', STOP, context, () => {})
  })
  expect([outcome, client.connected]).toEqual(['sent', 0])
})

test('a question that any peer can answer goes to a connected one with the least to answer', () => {
  const { stage, client, doNow, send } = givenConnection()
  stage.seat('broker-2', new ScriptedActor())
  const leastLoaded = (...addresses: Address[]): unknown => {
    let found: unknown
    doNow((context) => {
      found = client.first.leastLoaded(addresses, context)
    })
    return found
  }
  expect(leastLoaded('broker-2', 'broker-1', 'broker-3')).toBe('broker-1')
  doNow((context) => void client.first.connectionTo('broker-2', context))
  send()
  expect(leastLoaded('broker-1', 'broker-2')).toBe('broker-2')
  stage.kill('broker-1')
  stage.kill('broker-2')
  expect([leastLoaded('broker-1', 'broker-2'), leastLoaded('broker-2', 'broker-3')]).toEqual([null, 'broker-3'])
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
  const gone: boolean[] = []
  doNow((context) => {
    for (const network of [client.first, client.second]) gone.push(network.isGone('broker-9', context))
  })
  expect(gone).toEqual([true, true])
})
