export default { test: { globalSetup: './kafka.setup.mjs', testTimeout: 60_000 } }
