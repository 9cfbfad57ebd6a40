import type * as Crypto from 'node:crypto'
import type * as Tls from 'node:tls'

/**
 * Modules of Node's that only a cluster with TLS or passwords needs. They are loaded then and not before: together they
 * take 7 ms of the start of a gateway's thread.
 */
export const crypto = (): typeof Crypto => process.getBuiltinModule('node:crypto')
export const tls = (): typeof Tls => process.getBuiltinModule('node:tls')
