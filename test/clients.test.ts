/**
 * Clients of Kafka that others have written, in processes of their own, tell their stories (`compat/clients`) to
 * clusters that listen. These need nothing but Node; `npm run compat` tells them with all the others.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from './support/source-tree.js'

interface Told {
  readonly ended: string
  readonly warnings: readonly string[]
  readonly results: Readonly<Record<string, { readonly result: string; readonly says: string }>>
}

const STORY_MS = 300_000
/** What both do here. */
const FEATURES = [
  ...['topics', 'partitions', 'acks', 'codec-none', 'codec-gzip', 'records', 'large', 'seek', 'pause', 'group'],
  ...['commit', 'idempotent', 'leader-failover', 'coordinator-failover', 'groups', 'configs', 'delete-records'],
  ...['cluster', 'secure'],
]

async function told(name: string): Promise<Told> {
  const args = ['compat/clients.mjs', '--json', '--only', name, '--features', FEATURES.join(',')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: repositoryRoot() })
  return (JSON.parse(stdout) as Told[])[0] as Told
}

describe.each(['kafkajs', '@platformatic/kafka 1'])('%s', (name) => {
  let story: Told
  beforeAll(async () => {
    story = await told(name)
  }, STORY_MS)

  test.each(FEATURES)('%s', (feature) => {
    expect(story.results[feature]).toEqual({ result: 'ok', says: '' })
  })

  test('its cluster warns of nothing, and its program comes to its end', () => {
    expect(story).toMatchObject({ ended: '', warnings: [] })
  })
})
