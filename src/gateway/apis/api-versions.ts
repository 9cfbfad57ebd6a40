import { apiVersions } from '../../protocol/apis/api-versions.js'
import { type Passage, translated } from '../passage.js'

/**
 * ApiVersions: what this gateway passes on, as the table of passages says. It is answered without the broker, so a
 * client can ask while a broker is paused. Whoever asks in a version that is unknown is answered in version 0, with
 * UNSUPPORTED_VERSION and the versions of this API alone (KIP-511).
 */

/** Names and versions of clients' software (`ApiVersionsRequest.isValid`). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
/** The first version that says who asks. */
const SAYS_WHO = 3

const NO_FEATURES = {
  throttleTimeMs: 0,
  supportedFeatures: [],
  finalizedFeaturesEpoch: -1,
  finalizedFeatures: [],
  zkMigrationReady: false,
}

export function apiVersionsPassage(passages: () => readonly Passage[]): Passage {
  return translated({
    name: apiVersions.name,
    key: apiVersions.key,
    wire: apiVersions.wire,
    refusal: (_, errorCode) => ({ ...NO_FEATURES, errorCode, apiKeys: [] }),
    serve(message, exchange) {
      const isValid =
        exchange.version < SAYS_WHO ||
        (SOFTWARE.test(message.clientSoftwareName) && SOFTWARE.test(message.clientSoftwareVersion))
      if (isValid) exchange.authenticator?.toldVersions()
      exchange.answer({
        ...NO_FEATURES,
        errorCode: isValid ? 'NONE' : 'INVALID_REQUEST',
        apiKeys: isValid ? passages().map(rangeOf) : [],
      })
    },
  })
}

/** The answer to a version that is unknown, which is written in version 0. */
export function unsupportedApiVersions(passage: Passage): object {
  return { ...NO_FEATURES, errorCode: 'UNSUPPORTED_VERSION', apiKeys: [rangeOf(passage)] }
}

const rangeOf = ({ key, advertised: { oldest, newest } }: Passage): object => ({
  apiKey: key,
  minVersion: oldest,
  maxVersion: newest,
})
