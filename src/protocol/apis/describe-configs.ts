import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, bool, errorCode, int8, int32, string } from '../schema.js'

/**
 * Tells the options of topics and brokers, and where each value comes from. Version 3 adds types and documentation
 * (KIP-226, KIP-569).
 */
export const describeConfigs = schemaApi({
  name: 'DescribeConfigs',
  key: 32,
  servedBy: 'broker',
  refusal: ({ resources }, errorCode, errorMessage = '') => ({
    api: 'DescribeConfigs',
    throttleTimeMs: 0,
    results: resources.map(({ resourceType, resourceName }) => {
      return { errorCode, errorMessage, resourceType, resourceName, configs: [] }
    }),
  }),
  wire: wire({ oldest: 1, newest: 4, flexibleFrom: 4 }, () => ({
    request: {
      resources: array({
        resourceType: int8(),
        resourceName: string(),
        configurationKeys: array(string(), { nullableSince: 0 }),
      }),
      includeSynonyms: bool({ since: 1 }),
      includeDocumentation: bool({ since: 3 }),
    },
    response: {
      throttleTimeMs: int32(),
      results: array({
        errorCode: errorCode(),
        errorMessage: string({ nullableSince: 0 }),
        resourceType: int8(),
        resourceName: string(),
        configs: array({
          name: string(),
          value: string({ nullableSince: 0 }),
          readOnly: bool(),
          configSource: int8({ since: 1, default: -1, ignorable: true }),
          isSensitive: bool(),
          synonyms: array(
            {
              name: string(),
              value: string({ nullableSince: 0 }),
              source: int8(),
            },
            { since: 1, ignorable: true },
          ),
          configType: int8({ since: 3, ignorable: true }),
          documentation: string({ since: 3, nullableSince: 0, ignorable: true }),
        }),
      }),
    },
  })),
})
