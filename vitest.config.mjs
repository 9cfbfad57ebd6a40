import { defineConfig } from 'vitest/config'

// Tests run from dist: the same files as in the package, so that workers and hot code are never a bundler's version.
export default defineConfig({
  test: {
    include: ['dist/test/**/*.test.js'],
    pool: 'forks',
    execArgv: ['--enable-source-maps'],
    server: { deps: { external: [/\/dist\/(src|workers|bench|compat)\//] } },
    reporters: ['default'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
