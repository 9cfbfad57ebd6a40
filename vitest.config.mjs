import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests run from dist: the same files as in the package, so that workers and hot code are never a bundler's version.
export default defineConfig({
  test: {
    include: ['dist/test/**/*.test.js'],
    pool: 'forks',
    // A file waits for threads and sockets half of its time: on two cores there are two at work, and not one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: ['--enable-source-maps'],
    server: { deps: { external: [/\/dist\/(src|workers|bench|compat)\//] } },
    reporters: ['default'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
