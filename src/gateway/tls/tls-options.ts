import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type Shape, WRONG } from '../../base/arguments/shape.js'
import { either, exactly, flag, objectWith, oneOf, optional, secret, text } from '../../base/arguments/shapes.js'
import { ConfigError } from '../../base/errors.js'
import { messageOf } from '../../base/thrown.js'
import { tls } from '../built-in.js'

/** With which certificate brokers show who they are, and whether clients must, too. */
export interface TlsOptions {
  /** The private key, as PEM. */
  readonly key: string | Uint8Array
  /** The certificate for it, as PEM, and behind it those of the authorities between it and what clients trust. */
  readonly cert: string | Uint8Array
  /** What the key is encrypted with. */
  readonly passphrase?: string
  /** The authorities of which clients' certificates must be, as PEM. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array
  /** Whether clients must have a certificate (`ssl.client.auth`). Default `none`. */
  readonly clientAuth?: ClientAuth
}

type ClientAuth = 'none' | 'requested' | 'required'

/** The same with texts that stay as they are, whatever becomes of the caller's bytes. */
export interface ReadTlsOptions extends TlsOptions {
  readonly key: string
  readonly cert: string
  readonly ca?: string
}

/** What a gateway needs to speak TLS. */
export type TlsData = ReadTlsOptions & { readonly clientAuth: ClientAuth }

/** Texts that hold a block of PEM, as a string or as bytes. */
const pem = (what: string): Shape<string> => {
  const right = `${what} as PEM, a string or the bytes of a file`
  const shape = either(
    text,
    exactly(right, (given): given is Uint8Array => given instanceof Uint8Array),
  )
  return secret({
    right,
    read(given, place) {
      const read = shape.read(given, place)
      if (read === WRONG) return WRONG
      const told = typeof read === 'string' ? read : Buffer.from(read).toString('latin1')
      return told.includes('-----BEGIN ') ? told : WRONG
    },
  })
}

export const tlsOptions: Shape<boolean | ReadTlsOptions> = secret(
  either(
    flag,
    objectWith({
      key: pem('a private key'),
      cert: pem('a certificate'),
      passphrase: optional(secret(text)),
      ca: optional(pem('the certificate of an authority')),
      clientAuth: optional(oneOf('none', 'requested', 'required')),
    }),
  ),
)

/** What was given, once it is known to fit together. Throws a ConfigError. */
export function checkedTls(given: ReadTlsOptions): TlsData {
  const { key, cert, passphrase, ca } = given
  const refused = (name: string, says: string): ConfigError =>
    new ConfigError(`listen.tls.${name}`, `Cannot listen with TLS: ${says}`)
  const reading = <Value>(name: string, what: string, read: () => Value): Value => {
    try {
      return read()
    } catch (error) {
      throw refused(name, `listen.tls.${name} is not ${what}: ${messageOf(error)}`)
    }
  }
  const isEncrypted = key.includes('ENCRYPTED')
  if (isEncrypted && passphrase === undefined)
    throw refused('key', 'listen.tls.key is encrypted, and listen.tls.passphrase is missing')
  const secretKey = reading('key', isEncrypted ? 'a private key with this passphrase' : 'a private key', () =>
    createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) }),
  )
  const certificate = reading('cert', 'a certificate', () => new X509Certificate(cert))
  if (!certificate.checkPrivateKey(secretKey))
    throw refused(
      'cert',
      'listen.tls.cert is not the certificate of listen.tls.key: the public key in it is another one',
    )
  if (ca !== undefined) reading('ca', 'a certificate', () => new X509Certificate(ca))
  reading('cert', 'what OpenSSL takes', () => tls().createSecureContext(given))
  return { clientAuth: 'none', ...given }
}
