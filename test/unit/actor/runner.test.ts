import { expect, test } from 'vitest'
import type { Actor, Connection, Context, Message } from '../../../src/actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import type { Request } from '../../../src/protocol/api.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const STOP: Request = { api: 'Stop', held: [] }

class Recorder implements Actor {
  readonly seen: string[] = []
  readonly times: number[] = []
  deadline = NEVER
  notesWork = false

  receive(message: Message): void {
    this.seen.push(message.type)
  }

  tick(context: Context): Timestamp {
    this.seen.push('tick')
    this.times.push(context.now)
    if (this.notesWork) context.noteWork()
    return this.deadline
  }
}

const withoutTicks = (seen: readonly string[]): string[] => seen.filter((what) => what !== 'tick')

test('a turn hears of connections, then takes messages, then does what is due', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  const server = new Recorder()
  stage.seat('client-0', client)
  stage.seat('broker-1', server)
  client.ask('broker-1', STOP)
  stage.turn('client-0')
  stage.turn('client-0')
  stage.turn('broker-1')
  expect(server.seen).toEqual(['connected', 'request', 'tick'])
})

test('a turn finds work when something arrives, and when the actor says so', () => {
  const stage = new Stage()
  const actor = new Recorder()
  stage.seat('broker-1', actor)
  expect(stage.turn('broker-1')).toBe(false)
  actor.notesWork = true
  expect(stage.turn('broker-1')).toBe(true)
  actor.notesWork = false
  expect(stage.turn('broker-1')).toBe(false)
})

test('a turn that answers late finds work when another request lies behind the one that it has answered', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  let waiting: Connection | null = null
  const server: Actor = {
    serves: new Set(['Stop'] as const),
    receive(message) {
      if (message.type === 'request') waiting = message.connection
    },
    tick() {
      if (waiting?.hasNext !== true) return NEVER
      waiting.reply(0, { api: 'Stop' })
      waiting = null
      return NEVER
    },
  }
  stage.seat('client-0', client)
  stage.seat('broker-1', server)
  client.ask('broker-1', STOP)
  stage.settle()
  client.ask('broker-1', STOP)
  stage.turn('client-0')
  expect(stage.turn('broker-1')).toBe(true)
})

test("the actor's deadline and its time are those of the last turn", () => {
  const stage = new Stage()
  const actor = new Recorder()
  stage.seat('broker-1', actor)
  actor.deadline = timestamp(stage.now + 50)
  stage.settle()
  expect(stage.sleepMs('broker-1')).toBe(50)
  stage.pass(20)
  expect([actor.times.at(-1), stage.sleepMs('broker-1')]).toEqual([stage.now, 30])
})

test('a refusal tells that nobody is at an address', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  stage.seat('client-0', client)
  client.ask('broker-9', STOP)
  stage.settle()
  expect(client.messages).toMatchObject([{ type: 'refused', peer: 'broker-9' }])
})

test('both ends hear of the end of a connection, whoever closes it', () => {
  const stage = new Stage()
  const client = new ScriptedActor(
    () => null,
    (connection) => connection.close(),
  )
  const server = new Recorder()
  stage.seat('client-0', client)
  stage.seat('broker-1', server)
  client.ask('broker-1', STOP)
  stage.settle()
  expect(withoutTicks(server.seen).at(-1)).toBe('disconnected')
  expect(client.messages.at(-1)?.type).toBe('disconnected')
})

test('an answer that a peer gave before it ended is still heard', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  stage.seat('client-0', client)
  stage.seat('broker-1', new ScriptedActor(() => ({ api: 'Stop' })))
  const asked = client.ask('broker-1', STOP)
  stage.settle()
  const second = client.ask('broker-1', STOP)
  stage.turn('client-0')
  stage.turn('broker-1')
  stage.kill('broker-1')
  expect([asked.answer, second.answer]).toEqual([{ api: 'Stop' }, { api: 'Stop' }])
})

/** Keeps what it was handed in its turn, and uses it later. */
class Keeper implements Actor {
  context: Context | null = null
  connection: Connection | null = null

  receive(message: Message): void {
    if (message.type === 'connected') this.connection = message.connection
  }

  tick(context: Context): Timestamp {
    this.context = context
    return NEVER
  }
}

const USES: readonly [string, (keeper: Keeper) => unknown][] = [
  ['now', ({ context }) => context?.now],
  ['random', ({ context }) => context?.random],
  ['connect', ({ context }) => context?.connect('broker-2')],
  ['noteWork', ({ context }) => context?.noteWork()],
  ['reply', ({ connection }) => connection?.reply(0, { api: 'Stop' })],
  ['send', ({ connection }) => connection?.send(0, STOP)],
  ['finish', ({ connection }) => connection?.finish()],
]

test.each(USES)('an actor that uses %s between two turns breaks an invariant', (_name, use) => {
  const stage = new Stage()
  const [client, keeper] = [new ScriptedActor(), new Keeper()]
  stage.seat('client-0', client)
  stage.seat('broker-1', keeper)
  client.ask('broker-1', STOP)
  stage.settle()
  expect(() => use(keeper)).toThrow('An actor uses its context and its connections in its turn')
})

test('an actor that was ended takes no turn any more, in the turn that ends it as well', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  const server = new Recorder()
  stage.seat('client-0', client)
  stage.seat('broker-1', server)
  client.ask('broker-1', STOP)
  client.ask('broker-1', STOP)
  stage.turn('client-0')
  stage.turn('client-0')
  const receive = server.receive.bind(server)
  server.receive = (message) => {
    receive(message)
    if (message.type === 'request') stage.runner('broker-1').end()
  }
  stage.turn('broker-1')
  const seen = [...server.seen]
  expect([stage.turn('broker-1'), server.seen]).toEqual([false, seen])
  expect(withoutTicks(seen)).toEqual(['connected', 'request'])
})

test('a connection is let go once its actor has heard of the end, though it throws at that', () => {
  const stage = new Stage()
  const client = new ScriptedActor()
  stage.seat('client-0', client)
  const server = new Recorder()
  stage.seat('broker-1', server)
  client.ask('broker-1', STOP)
  stage.settle()
  server.receive = (message) => {
    if (message.type === 'disconnected') throw new Error('such as the code of a user')
  }
  expect(() => stage.kill('client-0')).toThrow('such as the code of a user')
  expect(stage.connectionsLetGo).toEqual([['broker-1', 1]])
})
