import { wire } from '../codec.js'
import { array, bool, errorCode, int16, int32, int64, string } from '../schema.js'

/**
 * Which APIs a broker serves, in which versions, and which features it has. Whoever asks may not know any version of
 * the broker: a request of an unknown version is answered in version 0 (KIP-511). Version 3 says who asks, and tells
 * features (KIP-584).
 */
export const apiVersions = {
  name: 'ApiVersions',
  key: 18,
  wire: wire({ oldest: 0, newest: 4, flexibleFrom: 3, hasPlainResponseHeader: true }, () => ({
    request: {
      clientSoftwareName: string({ since: 3, ignorable: true }),
      clientSoftwareVersion: string({ since: 3, ignorable: true }),
    },
    response: {
      errorCode: errorCode(),
      apiKeys: array({
        apiKey: int16(),
        minVersion: int16(),
        maxVersion: int16(),
      }),
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      supportedFeatures: array(
        {
          name: string(),
          minVersion: int16(),
          maxVersion: int16(),
        },
        { since: 3, ignorable: true, tag: 0 },
      ),
      finalizedFeaturesEpoch: int64({ since: 3, default: -1, ignorable: true, tag: 1 }),
      finalizedFeatures: array(
        {
          name: string(),
          maxVersionLevel: int16(),
          minVersionLevel: int16(),
        },
        { since: 3, ignorable: true, tag: 2 },
      ),
      zkMigrationReady: bool({ since: 3, ignorable: true, tag: 3 }),
    },
  })),
} as const
