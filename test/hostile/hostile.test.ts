import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Cluster, SimulatedCluster } from '../../src/index.js'
import { repositoryRoot } from '../support/source-tree.js'

import { METHODS } from './campaign.js'

const MAIN = join(repositoryRoot(), 'dist', 'test', 'hostile', 'main.js')

// In a process of its own: what nobody can catch ends it, or is told by it.
test('2,000 calls with hostile values end no thread, and each is refused or does what it says', async () => {
  const ran = await promisify(execFile)(process.execPath, [MAIN, '--calls', '2000', '--seed', '1']).catch(
    (error) => error,
  )
  expect(ran.stdout).toMatch(/\n?2,000 calls of \d+ methods .* 0 wrong\n$/)
  const [, share] = /\((\d+\.\d) %\) legal/.exec(ran.stdout) ?? []
  expect(Number(share)).toBeGreaterThanOrEqual(30)
}, 120_000)

/** What the classes have for one another, and names of KafkaJS's that do what another method does. */
const LEFT_OUT = [
  ...['constructor', 'connect', 'disconnect', 'endAll', 'noteExit', 'noteFailure', 'forgetExits', 'forgetEnds'],
  ...['end', 'take', 'ended', 'clear'],
]

function methodsOf(object: object): string[] {
  const names: string[] = []
  for (let proto = Object.getPrototypeOf(object); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === 'function' && !LEFT_OUT.includes(name)) names.push(name)
    }
  }
  return names
}

test('no public method is left out', async () => {
  const [cluster, simulated] = [await Cluster.start(), await SimulatedCluster.start()]
  try {
    const called = METHODS.map(({ name }) => name.split(' ')[0])
    const ofCluster = methodsOf(cluster)
    const objects = {
      cluster,
      attached: await Cluster.attach(cluster.handle()),
      faults: cluster.faults,
      producer: cluster.producer(),
      consumer: cluster.consumer(),
      admin: cluster.admin(),
    }
    const names = Object.entries(objects).flatMap(([of, object]) => methodsOf(object).map((name) => `${of}.${name}`))
    // What both clusters have is one code.
    for (const name of methodsOf(simulated)) if (!ofCluster.includes(name)) names.push(`simulated.${name}`)
    expect(names.filter((name) => !called.includes(name))).toEqual([])
  } finally {
    await Promise.all([cluster.close(), simulated.close()])
  }
})
