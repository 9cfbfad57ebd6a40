import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import { CONTROLLER } from '../../../src/actor/address.js'
import { CLOSED, ConnectionState, REQUESTS_CUT, RESPONSES_CUT } from '../../../src/actor/connection-state.js'
import { type Mail, Switchboard } from '../../../src/cluster/switchboard.js'

type Letter = readonly [to: Address, mail: Mail<string>]

/** A switchboard with seats for these addresses, and everything that was posted, in order. */
function given(...addresses: readonly Address[]): {
  switchboard: Switchboard<string>
  letters: Letter[]
  rings: Address[]
  controls: Map<Address, SharedArrayBuffer>
  join: (address: Address) => void
} {
  let lines = 0
  const switchboard = new Switchboard<string>(() => [`asking ${++lines}`, `serving ${lines}`])
  const letters: Letter[] = []
  const rings: Address[] = []
  const controls = new Map<Address, SharedArrayBuffer>()
  const join = (address: Address): void => {
    const control = new SharedArrayBuffer(8)
    controls.set(address, control)
    const bell = { ring: () => void rings.push(address) }
    switchboard.join({ address, control, bell, post: (mail) => letters.push([address, mail]) })
  }
  addresses.forEach(join)
  return { switchboard, letters, rings, controls, join }
}

test('both ends get the same memory, and one end each of a line', () => {
  const { switchboard, letters, controls } = given('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  const [[, serving], [, asking]] = letters as [Letter, Letter]
  expect(serving).toMatchObject({ type: 'connection', id: 1, peer: 'client-1', isInitiator: false, line: 'serving 1' })
  expect(asking).toMatchObject({ type: 'connection', id: 1, peer: 'broker-1', isInitiator: true, line: 'asking 1' })
  if (serving.type !== 'connection' || asking.type !== 'connection') throw new Error('No connection')
  expect(serving.memory).toBe(asking.memory)
  expect([serving.peerControl, asking.peerControl]).toEqual([controls.get('client-1'), controls.get('broker-1')])
})

test('the serving end hears first, so it is ready for the first request', () => {
  const { switchboard, letters } = given('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  expect(letters.map(([to]) => to)).toEqual(['broker-1', 'client-1'])
})

test('each connection has an id and a memory of its own', () => {
  const { switchboard, letters } = given('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  const mails = letters.map(([, mail]) => mail).filter((mail) => mail.type === 'connection')
  expect(mails.map(({ id }) => id)).toEqual([1, 1, 2, 2])
  expect(new Set(mails.map(({ memory }) => memory)).size).toBe(2)
})

test('whoever asked is told that nobody is at an address', () => {
  const { switchboard, letters } = given('client-1')
  switchboard.connect('client-1', 'broker-1')
  expect(letters).toEqual([['client-1', { type: 'refused', peer: 'broker-1' }]])
})

test('an actor that has left asks in vain', () => {
  const { switchboard, letters } = given('client-1', 'broker-1')
  switchboard.leave('client-1')
  switchboard.connect('client-1', 'broker-1')
  expect(letters).toEqual([])
})

test('a connection ends once, and both ends are told', () => {
  const { switchboard, letters } = given('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  letters.length = 0
  switchboard.disconnect(1)
  switchboard.disconnect(1)
  expect(letters.map(([to, mail]) => [to, mail.type]).sort()).toEqual([
    ['broker-1', 'disconnected'],
    ['client-1', 'disconnected'],
  ])
})

test('an actor that leaves without a controller ends all of its connections, and only the others are told', () => {
  const { switchboard, letters } = given('client-1', 'client-2', 'broker-1', 'broker-2')
  switchboard.connect('client-1', 'broker-1')
  switchboard.connect('client-2', 'broker-2')
  switchboard.connect('broker-1', 'client-2')
  letters.length = 0
  switchboard.leave('broker-1')
  expect(letters).toEqual([
    ['client-1', { type: 'disconnected', connection: 1 }],
    ['client-2', { type: 'disconnected', connection: 3 }],
  ])
  switchboard.connect('client-1', 'broker-1')
  expect(letters.at(-1)).toEqual(['client-1', { type: 'refused', peer: 'broker-1' }])
})

/** Who was told of which end, in order. */
const endsIn = (letters: readonly Letter[]): unknown[] =>
  letters.flatMap(([to, mail]) => (mail.type === 'disconnected' ? [[to, mail.connection]] : []))

function givenFailover(): ReturnType<typeof given> {
  const cluster = given('controller-0', 'broker-1', 'client-1')
  cluster.switchboard.connect('broker-1', 'controller-0')
  cluster.switchboard.connect('client-1', 'broker-1')
  cluster.letters.length = 0
  return cluster
}

test('the controller hears of an end first, the others when it releases the address', () => {
  const { switchboard, letters } = givenFailover()
  switchboard.leave('broker-1')
  expect(endsIn(letters)).toEqual([['controller-0', 1]])
  switchboard.release('broker-1')
  switchboard.release('broker-1')
  expect(endsIn(letters)).toEqual([
    ['controller-0', 1],
    ['client-1', 2],
  ])
})

test('when the controller ends as well, nobody waits for it', () => {
  const { switchboard, letters } = givenFailover()
  switchboard.leave('broker-1')
  switchboard.leave('controller-0')
  expect(endsIn(letters).at(-1)).toEqual(['client-1', 2])
})

test('an end that the controller does not hear of is told at once', () => {
  const { switchboard, letters } = given('controller-0', 'client-1', 'sender-1')
  switchboard.connect('client-1', 'sender-1')
  switchboard.leave('sender-1')
  expect(endsIn(letters)).toEqual([['client-1', 1]])
})

test('a release that comes late leaves the connections of the next incarnation alone', () => {
  const { switchboard, letters } = givenFailover()
  switchboard.leave('broker-1')
  const next: string[] = []
  const [control, bell] = [new SharedArrayBuffer(8), { ring: () => {} }]
  switchboard.join({ address: 'broker-1', control, bell, post: (mail) => next.push(mail.type) })
  switchboard.connect('client-1', 'broker-1')
  switchboard.release('broker-1')
  expect(endsIn(letters).at(-1)).toEqual(['client-1', 2])
  expect(next).toEqual(['connection'])
})

/** The state words of all connections so far, in order of their ids. */
const statesIn = (letters: readonly Letter[]): number[] =>
  letters.flatMap(([, mail]) =>
    mail.type === 'connection' && mail.isInitiator ? [new ConnectionState(mail.memory).read()] : [],
  )

test('a connection is closed in its memory before anybody is told', () => {
  const { switchboard, letters } = given('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-1')
  switchboard.disconnect(1)
  expect(statesIn(letters)).toEqual([CLOSED])
})

test('a cut acts on all connections between two addresses, whoever asked for them, today and later', () => {
  const { switchboard, letters } = given('broker-1', 'broker-2', 'broker-3')
  switchboard.connect('broker-1', 'broker-2')
  switchboard.connect('broker-2', 'broker-1')
  switchboard.connect('broker-1', 'broker-3')
  switchboard.cut('broker-1', 'broker-2')
  switchboard.connect('broker-1', 'broker-2')
  expect(statesIn(letters)).toEqual([REQUESTS_CUT, RESPONSES_CUT, 0, REQUESTS_CUT])
})

test('all links are healed at once, and connections that come later carry everything', () => {
  const { switchboard, letters } = given('broker-1', 'broker-2', 'broker-3')
  switchboard.connect('broker-1', 'broker-2')
  switchboard.cut('broker-1', 'broker-2')
  switchboard.cut('broker-3', 'broker-1')
  switchboard.healAll()
  switchboard.connect('broker-1', 'broker-3')
  expect(statesIn(letters)).toEqual([0, 0])
})

test('healing a link wakes both ends', () => {
  const { switchboard, letters, rings } = given('broker-1', 'broker-2')
  switchboard.connect('broker-1', 'broker-2')
  switchboard.cut('broker-1', 'broker-2')
  switchboard.heal('broker-1', 'broker-2')
  switchboard.connect('broker-1', 'broker-2')
  expect([statesIn(letters), rings]).toEqual([
    [0, 0],
    ['broker-1', 'broker-2'],
  ])
})

/** The memory of the connection that is asked for now. */
function memoryOfNext({ switchboard, letters }: ReturnType<typeof given>): SharedArrayBuffer {
  switchboard.connect('client-1', 'broker-1')
  const [, mail] = letters.at(-1) as Letter
  if (mail.type !== 'connection') throw new Error('No connection')
  return mail.memory
}

test('a connection gets the memory of one that is over when both of its ends have let go', () => {
  const stage = given('client-1', 'broker-1')
  const first = memoryOfNext(stage)
  stage.switchboard.disconnect(1)
  stage.switchboard.letGo('client-1', 1)
  const second = memoryOfNext(stage)
  stage.switchboard.letGo('broker-1', 1)
  expect([second === first, memoryOfNext(stage) === first]).toEqual([false, true])
})

test('a memory that an actor has not let go of comes back when it has left, and not when another one takes its place', () => {
  const stage = given('client-1', 'broker-1')
  const first = memoryOfNext(stage)
  stage.switchboard.disconnect(1)
  stage.switchboard.letGo('client-1', 1)
  const second = memoryOfNext(stage)
  stage.switchboard.leave('broker-1')
  stage.switchboard.join({ address: 'broker-1', control: new SharedArrayBuffer(8), bell: { ring() {} }, post() {} })
  const third = memoryOfNext(stage)
  expect([second === first, third === first]).toEqual([false, true])
  stage.switchboard.letGo('broker-1', 2)
  expect(memoryOfNext(stage)).not.toBe(second)
})

test('clients that come one after the other make no memory beyond that of the first', () => {
  const { switchboard, join } = given('broker-1')
  const bytes = [1, 2, 3, 4].map((number) => {
    const address: Address = `client-${number}`
    join(address)
    switchboard.connect(address, 'broker-1')
    switchboard.leave(address)
    switchboard.letGo('broker-1', number)
    return switchboard.memoryBytes
  })
  expect(new Set(bytes.map(({ connections }) => connections)).size).toBe(1)
  expect(bytes.every(({ connections, unused }) => connections === unused)).toBe(true)
})

test('nobody touches the memory of an actor when it has left and its peers have let go', () => {
  const { switchboard } = given('client-1', 'broker-1', 'broker-2')
  const told: Address[] = []
  switchboard.connect('client-1', 'broker-1')
  switchboard.connect('client-1', 'broker-2')
  switchboard.whenLetGo('client-1', () => told.push('client-1'))
  switchboard.disconnect(1)
  switchboard.leave('client-1')
  switchboard.letGo('broker-1', 1)
  expect(told).toEqual([])
  switchboard.letGo('broker-2', 2)
  expect(told).toEqual(['client-1'])
})

test('nobody touches the memory of an actor that has left without a connection', () => {
  const { switchboard } = given('client-1')
  const told: Address[] = []
  switchboard.leave('client-1')
  switchboard.whenLetGo('client-1', () => told.push('client-1'))
  expect(told).toEqual(['client-1'])
})

test('a connection that waits for the controller is still touched', () => {
  const { switchboard } = given(CONTROLLER, 'sender-1', 'broker-1')
  const told: Address[] = []
  switchboard.connect('broker-1', CONTROLLER)
  switchboard.connect('sender-1', 'broker-1')
  switchboard.leave('broker-1')
  switchboard.whenLetGo('broker-1', () => told.push('broker-1'))
  switchboard.letGo(CONTROLLER, 1)
  switchboard.letGo('sender-1', 2)
  expect(told).toEqual([])
  switchboard.release('broker-1')
  switchboard.letGo('sender-1', 2)
  expect(told).toEqual(['broker-1'])
})

test('every broker is told of a consumer that has crashed, and one that is started later is told first', () => {
  const { switchboard, letters, join } = given('broker-1', 'broker-2', 'consumer-1', 'consumer-2', 'sender-1')
  switchboard.leave('consumer-1', true)
  switchboard.leave('consumer-2')
  switchboard.leave('sender-1', true)
  const crashed = { type: 'crashed', peers: ['consumer-1'] }
  expect(letters).toEqual([
    ['broker-1', crashed],
    ['broker-2', crashed],
  ])
  join('consumer-3')
  switchboard.leave('consumer-3', true)
  join('broker-3')
  expect(letters.at(-1)).toEqual(['broker-3', { type: 'crashed', peers: ['consumer-1', 'consumer-3'] }])
})
