import { spawnSync } from 'node:child_process'
import type { RecordHandler } from '../../src/index.js'

const CHILD = `
const { existsSync, writeFileSync } = require('node:fs')
const [, begun, goOn] = process.argv
writeFileSync(begun, '')
setInterval(() => existsSync(goOn) && process.exit(), 20)`

/**
 * A handler module that waits in native code, where nothing can end its thread, from when there is the one file until
 * there is the other.
 */
export default function handlerInNativeCode({ begun, goOn }: { begun: string; goOn: string }): RecordHandler {
  return {
    eachMessage() {
      spawnSync(process.execPath, ['-e', CHILD, begun, goOn])
    },
  }
}
