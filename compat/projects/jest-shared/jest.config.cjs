module.exports = { globalSetup: './kafka.setup.cjs', globalTeardown: './kafka.teardown.cjs' }
