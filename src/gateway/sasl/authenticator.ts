import type { ErrorCode } from '../../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { apiVersions } from '../../protocol/apis/api-versions.js'
import { saslAuthenticate } from '../../protocol/apis/sasl-authenticate.js'
import { saslHandshake } from '../../protocol/apis/sasl-handshake.js'
import type { Credentials, Fault } from './credentials.js'

/** How clients authenticate. */
export interface AuthenticatorParts {
  readonly credentials: Credentials
  /** After so long a client must have authenticated again; 0: it never must. */
  readonly sessionMs: number
}

/**
 * What becomes of a request that comes next: it is served; it is answered ILLEGAL_SASL_STATE, and then the connection
 * is closed; or the connection is closed at once. `says` is the end of a sentence: `it asks for Fetch …`.
 */
export type Admission = 'served' | 'out of turn' | { readonly says: string }

/** What is answered to a handshake. `ends`: why the connection is closed afterwards. */
export interface HandshakeOutcome {
  readonly message: { readonly errorCode: ErrorCode; readonly mechanisms: readonly string[] } | null
  readonly ends: string | null
}

/** What is answered to a token. `ends`: why the connection is closed afterwards. */
export interface TokenOutcome {
  readonly message: {
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
    readonly authBytes: Uint8Array
    readonly sessionLifetimeMs: number
  }
  readonly ends: string | null
}

const MECHANISM = 'PLAIN'
const MECHANISMS: readonly string[] = [MECHANISM]
/** What the log says of a token; nothing of what is in it. */
const FAULTS: Readonly<Record<Fault, string>> = {
  malformed: 'its token of PLAIN lacks a user or a password',
  wrong: 'its user or its password is wrong',
  'for another': 'it wants to be another user than the one that it authenticates as',
}
const UNKNOWN_YET = 'before it has authenticated, which clients of this port must (SASL)'
const NO_BYTES = new Uint8Array(0)
/** (`KafkaChannel.MIN_REAUTH_INTERVAL_ONE_SECOND_NANOS`) */
const BETWEEN_SESSIONS_MS = 1_000

/**
 * Lets one client in once it has said who it is, as Kafka's `SaslServerAuthenticator` does:
 *
 *     beginning   ApiVersions that is answered: versioned. SaslHandshake of our mechanism: tokens
 *     versioned   SaslHandshake of our mechanism: tokens
 *     tokens      a right token: open. It comes bare after SaslHandshake v0, and otherwise in SaslAuthenticate
 *     open        every request is served. SaslHandshake, where sessions end: tokens
 *     shut        the client has failed: nothing is served, and its connection is closed
 *
 * Anything else in one of these states ends the connection.
 *
 * Owned by the gateway's thread.
 */
export class Authenticator {
  readonly #parts: AuthenticatorParts
  #state: 'beginning' | 'versioned' | 'tokens' | 'open' | 'shut' = 'beginning'
  #hasBareTokens = false
  /** Who has authenticated; null: nobody yet. */
  #user: string | null = null
  #sessionEnd: Timestamp = NEVER
  #begunAgainAt: Timestamp | null = null

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts
  }

  /** Whether any API may be asked for: requests may be as long as everybody's. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Whether the next frame is a token and nothing else. */
  get takesBareToken(): boolean {
    return this.#state === 'tokens' && this.#hasBareTokens
  }

  admission(apiKey: number, now: Timestamp): Admission {
    switch (this.#state) {
      case 'beginning':
        if (apiKey === apiVersions.key || apiKey === saslHandshake.key) return 'served'
        return { says: UNKNOWN_YET }
      case 'versioned':
        return apiKey === saslHandshake.key ? 'served' : { says: UNKNOWN_YET }
      case 'tokens':
        return apiKey === saslAuthenticate.key ? 'served' : 'out of turn'
      case 'open': {
        const beginsAgain = apiKey === saslHandshake.key && this.#mayBeginAgain(now)
        return now <= this.#sessionEnd || beginsAgain
          ? 'served'
          : { says: 'although its session is over: it must authenticate again' }
      }
      case 'shut':
        return { says: 'after it has failed to authenticate' }
    }
  }

  /** The client was told which versions there are; it is told so once. */
  toldVersions(): void {
    if (this.#state === 'beginning') this.#state = 'versioned'
  }

  handshake(mechanism: string, version: number, now: Timestamp): HandshakeOutcome {
    const isAgain = this.#state === 'open'
    if (isAgain && !this.#mayBeginAgain(now))
      return { message: { errorCode: 'ILLEGAL_SASL_STATE', mechanisms: [] }, ends: null }
    if (isAgain) this.#begunAgainAt = now
    if (mechanism === MECHANISM) {
      this.#state = 'tokens'
      this.#hasBareTokens = version === 0
      return { message: { errorCode: 'NONE', mechanisms: MECHANISMS }, ends: null }
    }
    this.#state = 'shut'
    return {
      // Whoever begins again is not answered: `KafkaChannel.maybeBeginServerReauthentication` throws.
      message: isAgain ? null : { errorCode: 'UNSUPPORTED_SASL_MECHANISM', mechanisms: MECHANISMS },
      ends: 'it asks for a mechanism of SASL that is not PLAIN',
    }
  }

  token(token: Uint8Array, now: Timestamp): TokenOutcome {
    const checked = this.#parts.credentials.check(token)
    const text = this.#user === null ? 'authentication' : 're-authentication'
    if ('fault' in checked) {
      // A malformed token is not explained: what is in it may be a secret.
      const says = `Authentication failed during ${text} due to invalid credentials with SASL mechanism ${MECHANISM}`
      return this.#fail(checked.fault === 'malformed' ? says : checked.says, FAULTS[checked.fault])
    }
    if (this.#user !== null && this.#user !== checked.user) {
      const says = `Cannot change principals during re-authentication from User.${this.#user}: User.${checked.user}`
      return this.#fail(says, 'it reauthenticates as another user')
    }
    const { sessionMs } = this.#parts
    this.#user = checked.user
    this.#state = 'open'
    this.#sessionEnd = sessionMs === 0 ? NEVER : timestamp(now + sessionMs)
    const message = {
      errorCode: 'NONE',
      errorMessage: null,
      authBytes: NO_BYTES,
      sessionLifetimeMs: sessionMs,
    } as const
    return { message, ends: null }
  }

  #fail(errorMessage: string, ends: string): TokenOutcome {
    this.#state = 'shut'
    const errorCode = 'SASL_AUTHENTICATION_FAILED'
    return { message: { errorCode, errorMessage, authBytes: NO_BYTES, sessionLifetimeMs: 0 }, ends }
  }

  #mayBeginAgain(now: Timestamp): boolean {
    if (this.#parts.sessionMs === 0) return false
    return this.#begunAgainAt === null || now - this.#begunAgainAt >= BETWEEN_SESSIONS_MS
  }
}
