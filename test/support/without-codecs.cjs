// Preloaded into a process and its threads, in which the packages of codecs are not installed.
const Module = require('node:module')

const MISSING = new Set(['snappy', 'lz4-napi', '@bokuweb/zstd-wasm'])
const resolve = Module._resolveFilename

Module._resolveFilename = function (name, ...others) {
  if (!MISSING.has(name)) return resolve.call(this, name, ...others)
  const error = new Error(`Cannot find module '${name}'`)
  error.code = 'MODULE_NOT_FOUND'
  throw error
}
