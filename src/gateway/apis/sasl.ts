import { saslAuthenticate } from '../../protocol/apis/sasl-authenticate.js'
import { saslHandshake } from '../../protocol/apis/sasl-handshake.js'
import { type Passage, translated, type VersionedPassage } from '../passage.js'

/**
 * SaslHandshake and SaslAuthenticate. A client that fails is answered late, as Kafka does it against guessing, and its
 * connection is closed then. A client that need not authenticate, or has done so, is told that this is not the time.
 * (`SaslServerAuthenticator`; `KafkaApis.handleSaslHandshakeRequest` and `handleSaslAuthenticateRequest`)
 */
const NO_BYTES = new Uint8Array(0)
const TOO_LATE = 'SaslAuthenticate request received after successful authentication'

const handshakePassage = translated({
  name: saslHandshake.name,
  key: saslHandshake.key,
  wire: saslHandshake.wire,
  refusal: (_, errorCode) => ({ errorCode, mechanisms: [] }),
  serve({ mechanism }, exchange) {
    const { authenticator, version, now } = exchange
    if (authenticator === null) return exchange.answer({ errorCode: 'ILLEGAL_SASL_STATE', mechanisms: [] })
    const { message, ends } = authenticator.handshake(mechanism, version, now)
    if (ends !== null) exchange.answerLast(message, ends)
    else exchange.answer(message as object)
  },
})

const authenticatePassage = translated({
  name: saslAuthenticate.name,
  key: saslAuthenticate.key,
  wire: saslAuthenticate.wire,
  serve({ authBytes }, exchange) {
    const { authenticator, now } = exchange
    if (authenticator === null || authenticator.isOpen)
      return exchange.answer({
        errorCode: 'ILLEGAL_SASL_STATE',
        errorMessage: TOO_LATE,
        authBytes: NO_BYTES,
        sessionLifetimeMs: 0,
      })
    const { message, ends } = authenticator.token(authBytes, now)
    if (ends === null) exchange.answer(message)
    else exchange.answerLast(message, ends)
  },
})

export const saslPassages: readonly Passage[] = [handshakePassage, authenticatePassage]

/** A token without a header, as it comes after SaslHandshake v0. Its answer is a token too, so there is none to a fault. */
export const bareToken: VersionedPassage = {
  passage: {
    name: 'SaslToken',
    serve(message, exchange) {
      const { authenticator, now } = exchange
      const { token } = message as { readonly token: Uint8Array }
      const outcome = authenticator?.token(token, now)
      if (outcome?.ends === null) exchange.answer({ token: outcome.message.authBytes })
      else exchange.answerLast(null, outcome?.ends ?? null)
    },
  },
  codec: {
    decodeRequest: (token) => ({ correlationId: 0, clientId: null, message: { token } }),
    encodeResponseParts: ({ message }) => [(message as { readonly token: Uint8Array }).token],
  },
}
