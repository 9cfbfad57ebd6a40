import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bits, der, integer, octets, oid, sequence, set, time, utf8, yes } from './der.js'
import { generalName } from './general-name.js'

/** A private key and the certificate for it, both as PEM. */
export interface CertifiedKey {
  readonly key: string
  readonly cert: string
}

const DAY_MS = 86_400_000
/** Clocks of clients may be late by so much. */
const EARLIER_MS = DAY_MS
/** Apple's systems refuse certificates that last for more than 398 days. */
const LASTS_MS = 365 * DAY_MS
const SERIAL_BYTES = 16

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const COMMON_NAME = oid('2.5.4.3')
const SUBJECT_KEY = '2.5.29.14'
const KEY_USAGE = '2.5.29.15'
const SUBJECT_ALT_NAME = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const AUTHORITY_KEY = '2.5.29.35'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1')
const CLIENT_AUTH = oid('1.3.6.1.5.5.7.3.2')
/** Bits of a key's usage: digitalSignature; keyCertSign and cRLSign. */
const SIGNS_HANDSHAKES = bits(Buffer.of(0x80), 7)
const SIGNS_CERTIFICATES = bits(Buffer.of(0x06), 1)

const AUTHORITY_NAME = 'Odradek authority for tests'
const SERVER_NAME = 'Odradek broker'

/**
 * Makes certificates for tests, by RFC 5280:
 *
 *     certificate   SEQUENCE { certified, algorithm, signature }
 *     certified     SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject, public key, [3] extensions }
 *
 * The authority's own certificate and that of the server are two: some clients take no authority for a server. Keys have
 * identifiers, since Python's clients demand them from 3.13 on.
 */
export class CertificateAuthority {
  /** The certificate that clients are to trust, as PEM. */
  readonly certificate: string
  readonly #key: KeyObject
  readonly #keyId: Buffer
  readonly #nowMs: number

  constructor(nowMs: number) {
    const { privateKey, publicKey } = newKeys()
    this.#key = privateKey
    this.#nowMs = nowMs
    this.#keyId = keyIdOf(publicKey)
    this.certificate = this.#certify(AUTHORITY_NAME, publicKey, [
      extension(BASIC_CONSTRAINTS, sequence(yes), true),
      extension(KEY_USAGE, SIGNS_CERTIFICATES, true),
    ])
  }

  /** A key with a certificate for a server that is reached by these names and addresses, or a client there. */
  forServer(hosts: readonly string[]): CertifiedKey {
    const { privateKey, publicKey } = newKeys()
    const cert = this.#certify(SERVER_NAME, publicKey, [
      extension(BASIC_CONSTRAINTS, sequence(), true),
      extension(KEY_USAGE, SIGNS_HANDSHAKES, true),
      extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH, CLIENT_AUTH)),
      extension(SUBJECT_ALT_NAME, sequence(...hosts.map(generalName))),
      extension(AUTHORITY_KEY, sequence(der(0x80, this.#keyId))),
    ])
    return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert }
  }

  #certify(name: string, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const certified = sequence(
      der(0xa0, integer(Buffer.of(2))),
      integer(serialNumber()),
      ECDSA_WITH_SHA256,
      nameOf(AUTHORITY_NAME),
      sequence(time(this.#nowMs - EARLIER_MS), time(this.#nowMs + LASTS_MS)),
      nameOf(name),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(extension(SUBJECT_KEY, octets(keyIdOf(publicKey))), ...extensions)),
    )
    return pem(sequence(certified, ECDSA_WITH_SHA256, bits(sign('sha256', certified, this.#key))))
  }
}

/** P-256: every client knows it, and a key takes less than a millisecond. */
const newKeys = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const keyIdOf = (publicKey: KeyObject): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()

/** A number that is positive and has no byte to spare. */
function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_BYTES)
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40
  return serial
}

const nameOf = (name: string): Buffer => sequence(set(sequence(COMMON_NAME, utf8(name))))

const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
  sequence(oid(id), ...(isCritical ? [yes] : []), octets(value))

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
