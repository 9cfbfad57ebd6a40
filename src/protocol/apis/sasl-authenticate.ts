import { wire } from '../codec.js'
import { bytes, errorCode, int64, string } from '../schema.js'

/** A token of the mechanism that was agreed on (KIP-152). Version 1 says how long the session lasts (KIP-368). */
export const saslAuthenticate = {
  name: 'SaslAuthenticate',
  key: 36,
  wire: wire({ oldest: 0, newest: 2, flexibleFrom: 2 }, () => ({
    request: {
      authBytes: bytes(),
    },
    response: {
      errorCode: errorCode(),
      errorMessage: string({ nullableSince: 0 }),
      authBytes: bytes(),
      sessionLifetimeMs: int64({ since: 1, ignorable: true }),
    },
  })),
} as const
