import { expect, test } from 'vitest'
import type { ApplicationSeat } from '../../../src/cluster/clients.js'
import { ClusterReset, type ResetHost } from '../../../src/cluster/cluster-reset.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const answerTo = ({ api }: Request): Response =>
  api === 'DeleteTopics' ? { api, topics: [] } : { api: 'EndConversations' }

/** Two brokers and a gateway, and what is done to them, in its order. */
function given() {
  const stage = new Stage()
  const done: string[] = []
  const noted = (what: string) => async (): Promise<void> => void done.push(what)
  const actor = (name: string): ScriptedActor =>
    new ScriptedActor((body) => {
      done.push(`${name}: ${body.api}`)
      return answerTo(body)
    })
  for (const name of ['broker-1', 'broker-2', 'gateway-1'] as const) stage.seat(name, actor(name))
  const seat = (): Pick<ApplicationSeat, 'run'> => ({
    run(asking) {
      stage.seat('client-1', asking)
      queueMicrotask(() => stage.settle())
      return () => stage.kill('client-1')
    },
  })
  const surface = { registered: noted('registered'), empty: noted('empty') }
  const host = {
    brokers: ['broker-1', 'broker-2'],
    gateways: ['gateway-1'],
    clients: { checkOpen: () => {}, endAll: noted('clients end'), seat },
    desk: {
      resumeAll: () => void done.push('resume'),
      healClients: () => void done.push('clients heal'),
      restartAll: noted('restart'),
      unlessOneIsLost: (begin: (lost: Promise<never>) => unknown) => begin(new Promise(() => {})),
    },
    faults: { clear: noted('faults go') },
    supervisor: {
      ask: (question: (asked: typeof surface) => unknown) => question(surface),
      whileThereIsOne: (promise: unknown) => promise,
    },
    renew: noted('renew'),
    strikesOver: noted('strikes are over'),
    startGateways: () => void done.push('gateways start'),
    forgetEnds: () => void done.push('forget'),
  } as unknown as ResetHost
  return { reset: new ClusterReset(host), done, stage }
}

test('what clients have asked is over when brokers pass a question on, and they have before the topics go', async () => {
  const { reset, done } = given()
  await reset.run()
  expect(done).toEqual([
    'resume',
    'clients heal',
    'faults go',
    'clients end',
    'renew',
    'strikes are over',
    'gateways start',
    'restart',
    'registered',
    'gateway-1: EndConversations',
    'broker-1: DeleteTopics',
    'broker-2: DeleteTopics',
    'empty',
    'forget',
  ])
})

test('whoever resets while it is being reset waits for the same, and later there is another one', async () => {
  const { reset, done } = given()
  await Promise.all([reset.run(), reset.run()])
  expect(done.filter((what) => what === 'empty')).toHaveLength(1)
  await reset.run()
  expect(done.filter((what) => what === 'empty')).toHaveLength(2)
})

test('a broker that ends before it has answered is asked again when it is back', async () => {
  const { reset, done, stage } = given()
  stage.seat('broker-2', new ScriptedActor(() => null))
  const running = reset.run()
  while (!done.includes('broker-1: DeleteTopics')) await new Promise((resolve) => setImmediate(resolve))
  stage.kill('broker-2')
  stage.seat('broker-2', new ScriptedActor(answerTo))
  stage.pass(1_000)
  await running
  expect(done.slice(-2)).toEqual(['empty', 'forget'])
})
