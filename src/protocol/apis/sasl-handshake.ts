import { wire } from '../codec.js'
import { array, errorCode, string } from '../schema.js'
import { NEVER_FLEXIBLE } from '../wire/versions.js'

/**
 * A client says by which mechanism it wants to authenticate (KIP-43). After version 0 its tokens come bare, and after
 * version 1 as requests of SaslAuthenticate (KIP-152).
 */
export const saslHandshake = {
  name: 'SaslHandshake',
  key: 17,
  wire: wire({ oldest: 0, newest: 1, flexibleFrom: NEVER_FLEXIBLE }, () => ({
    request: {
      mechanism: string(),
    },
    response: {
      errorCode: errorCode(),
      mechanisms: array(string()),
    },
  })),
} as const
