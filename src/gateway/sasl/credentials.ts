import { crypto } from '../built-in.js'

/**
 * Who may come in, without the passwords: only what a secret key makes of each one, so that no thread, no error and no
 * dump holds a password. The key is made anew for each cluster.
 */
export interface CredentialsData {
  readonly key: Uint8Array
  readonly users: ReadonlyMap<string, Uint8Array>
}

export type Fault = 'malformed' | 'wrong' | 'for another'

/** Whether a token of PLAIN is right, and whose it is. `says` is for the client. */
export type Checked = { readonly user: string } | { readonly fault: Fault; readonly says: string }

const WRONG = 'Authentication failed: Invalid username or password'
const ANOTHER = 'Authentication failed: Client requested an authorization id that is different from username'
const NUL = '\0'

export function credentialsData(key: Uint8Array, users: ReadonlyMap<string, string>): CredentialsData {
  return { key, users: new Map([...users].map(([user, password]) => [user, digest(key, password)])) }
}

/** All digests have one length, so that comparing them tells nothing of the password's. */
function digest(key: Uint8Array, password: string): Uint8Array {
  return crypto().createHmac('sha256', key).update(password).digest()
}

/**
 * Checks tokens of the mechanism PLAIN (RFC 4616), in the order and with the sentences of Kafka's `PlainSaslServer`:
 *
 *     token   [authorization id] NUL user NUL password
 *
 * An unknown user takes as long as a wrong password, and is answered the same.
 */
export class Credentials {
  readonly #data: CredentialsData
  readonly #nobody: Uint8Array

  constructor(data: CredentialsData) {
    this.#data = data
    // Nobody has this digest: it lacks a password.
    this.#nobody = digest(data.key, '')
  }

  check(token: Uint8Array): Checked {
    const [authorizationId = '', user = '', password = ''] = Buffer.from(token).toString('utf8').split(NUL, 3)
    if (user === '') return { fault: 'malformed', says: 'Authentication failed: username not specified' }
    if (password === '') return { fault: 'malformed', says: 'Authentication failed: password not specified' }
    const known = this.#data.users.get(user)
    const isRight = crypto().timingSafeEqual(digest(this.#data.key, password), known ?? this.#nobody)
    if (known === undefined || !isRight) return { fault: 'wrong', says: WRONG }
    if (authorizationId !== '' && authorizationId !== user) return { fault: 'for another', says: ANOTHER }
    return { user }
  }
}
