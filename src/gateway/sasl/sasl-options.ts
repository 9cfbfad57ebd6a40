import { fieldNames, fieldOf, isFields } from '../../base/arguments/fields.js'
import { type Shape, WRONG } from '../../base/arguments/shape.js'
import { exactly, objectWith, secret } from '../../base/arguments/shapes.js'

/** Who may come in, with SASL's mechanism PLAIN. */
export interface SaslOptions {
  /** The password of each user: `{ alice: 'secret' }`. */
  readonly users: Readonly<Record<string, string>>
}

const USERS = 'an object of users with their passwords, such as { alice: "secret" }'

const password = secret(
  exactly(
    'a password: a string that is not empty and has no NUL',
    (given): given is string => typeof given === 'string' && given !== '' && !given.includes('\0'),
  ),
)

/** Each user once. A name cannot be empty, nor have a NUL: that is what ends it in a token. */
const users: Shape<Readonly<Record<string, string>>> = secret({
  right: USERS,
  read(given, place) {
    if (!isFields(given)) return WRONG
    const names = fieldNames(given, place)
    if (names.length === 0 || names.some((name) => name === '' || name.includes('\0'))) return WRONG
    return Object.fromEntries(
      names.map((name) => [name, place.field(name).read(password, fieldOf(given, name, place))]),
    )
  },
})

export const saslOptions: Shape<SaslOptions> = secret(
  objectWith(
    { users },
    { mechanism: 'the mechanism is PLAIN', username: 'users: { name: password } says who may come in' },
  ),
)
