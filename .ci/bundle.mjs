// Joins each compiled worker with all that it imports into one file of dist/threads: a thread that loads one file starts
// in half the time of one that loads forty. Runs after the compiler; packages and Node's own modules stay outside.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const threads = join(dist, 'threads')
const workers = existsSync(join(dist, 'workers')) ? readdirSync(join(dist, 'workers')) : []

rmSync(threads, { recursive: true, force: true })

for (const file of workers.filter((name) => name.endsWith('.js'))) {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: join(dist, 'workers', file),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
  })
  await bundle.write({ file: join(threads, file), format: 'esm', sourcemap: true, codeSplitting: false })
  await bundle.close()
}
