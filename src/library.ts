/** All that `library.cjs` holds: what the package exports, and what its door for tests does. */
export * from './index.js'
export * as testing from './testing.js'
