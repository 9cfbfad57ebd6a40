import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, bool, errorCode, int32, string } from '../schema.js'

/** Gives topics more partitions (KIP-195). Those that were there stay where they are. */
export const createPartitions = schemaApi({
  name: 'CreatePartitions',
  key: 37,
  servedBy: 'controller',
  isForwarded: true,
  refusal: ({ topics }, errorCode, errorMessage = '') => ({
    api: 'CreatePartitions',
    throttleTimeMs: 0,
    results: topics.map(({ name }) => ({ name, errorCode, errorMessage })),
  }),
  passing: ({ results }) => {
    return results.some(({ errorCode }) => errorCode === 'NOT_CONTROLLER') ? 'NOT_CONTROLLER' : null
  },
  wire: wire({ oldest: 0, newest: 3, flexibleFrom: 2 }, () => ({
    request: {
      topics: array({
        name: string(),
        count: int32(),
        assignments: array({ brokerIds: array(int32()) }, { nullableSince: 0 }),
      }),
      timeoutMs: int32(),
      validateOnly: bool(),
    },
    response: {
      throttleTimeMs: int32(),
      results: array({
        name: string(),
        errorCode: errorCode(),
        errorMessage: string({ nullableSince: 0, default: null }),
      }),
    },
  })),
})
