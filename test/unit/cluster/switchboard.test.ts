import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/types.js'
import { type Mail, Switchboard } from '../../../src/cluster/switchboard.js'

type Letter = readonly [to: Address, mail: Mail<string>]

/** A switchboard with seats for these addresses, and everything that was posted, in order. */
function given(...addresses: readonly Address[]): {
  switchboard: Switchboard<string>
  letters: Letter[]
  controls: Map<Address, SharedArrayBuffer>
} {
  let lines = 0
  const switchboard = new Switchboard<string>(() => [`asking ${++lines}`, `serving ${lines}`])
  const letters: Letter[] = []
  const controls = new Map<Address, SharedArrayBuffer>()
  for (const address of addresses) {
    const control = new SharedArrayBuffer(8)
    controls.set(address, control)
    switchboard.join({ address, control, post: (mail) => letters.push([address, mail]) })
  }
  return { switchboard, letters, controls }
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

test('nobody at an address is told to whoever asked', () => {
  const { switchboard, letters } = given('client-1')
  switchboard.connect('client-1', 'broker-1')
  expect(letters).toEqual([['client-1', { type: 'refused', peer: 'broker-1' }]])
})

test('whoever has left asks in vain', () => {
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

test('who leaves ends all of its connections, and only the others are told', () => {
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
