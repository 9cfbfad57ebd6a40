import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int8, int32, string } from '../schema.js'

const NOT_FOUND = { nodeId: -1, host: '', port: -1 }

/**
 * Which broker coordinates a group, a transactional id, or the state of a share group. Version 4 asks for many keys at
 * once (KIP-699).
 */
export const findCoordinator = schemaApi({
  name: 'FindCoordinator',
  key: 10,
  servedBy: 'broker',
  struck: 'members',
  refusal: ({ coordinatorKeys }, errorCode, says) => ({
    api: 'FindCoordinator',
    throttleTimeMs: 0,
    coordinators: coordinatorKeys.map((key) => ({ ...NOT_FOUND, key, errorCode, errorMessage: says ?? null })),
  }),
  passing: ({ coordinators }) => coordinatorError(coordinators.map(({ errorCode }) => errorCode)),
  wire: wire({ oldest: 0, newest: 6, flexibleFrom: 3 }, () => ({
    request: {
      key: string({ until: 3 }),
      keyType: int8({ since: 1 }),
      coordinatorKeys: array(string(), { since: 4 }),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      errorCode: errorCode({ until: 3 }),
      errorMessage: string({ since: 1, until: 3, nullableSince: 1, ignorable: true }),
      nodeId: int32({ until: 3 }),
      host: string({ until: 3 }),
      port: int32({ until: 3 }),
      coordinators: array(
        {
          key: string(),
          nodeId: int32(),
          host: string(),
          port: int32(),
          errorCode: errorCode(),
          errorMessage: string({ nullableSince: 4 }),
        },
        { since: 4 },
      ),
    },
  })),
})
