import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../support/source-tree.js'

const MAIN = join(repositoryRoot(), 'dist', 'test', 'hostile', 'main.js')

// In a process of its own: what nobody can catch ends it, or is told by it.
test('2,000 calls with hostile values end no thread, and each is refused or does what it says', async () => {
  const ran = await promisify(execFile)(process.execPath, [MAIN, '--calls', '2000', '--seed', '1']).catch(
    (error) => error,
  )
  expect(ran.stdout).toMatch(/\n?2000 calls of \d+ methods .* 0 wrong\n$/)
  const [, share] = /\((\d+\.\d) %\) legal/.exec(ran.stdout) ?? []
  expect(Number(share)).toBeGreaterThanOrEqual(30)
}, 120_000)
