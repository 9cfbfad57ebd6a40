import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, bool, int8, string } from '../schema.js'
import { alteredNothing, alteredResources, notAltered } from './alter-configs.js'

/** Kafka's numbers for what can be done to one option (`AlterConfigOp.OpType`). */
export const ALTER_OPERATIONS = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const

/** Changes single options of topics, and leaves the others (KIP-339). */
export const incrementalAlterConfigs = schemaApi({
  name: 'IncrementalAlterConfigs',
  key: 44,
  servedBy: 'controller',
  isForwarded: true,
  refusal: ({ resources }, error, says) => {
    return { api: 'IncrementalAlterConfigs', ...alteredNothing(resources, error, says) }
  },
  passing: ({ responses }) => notAltered(responses),
  wire: wire({ oldest: 0, newest: 1, flexibleFrom: 1 }, () => ({
    request: {
      resources: array({
        resourceType: int8(),
        resourceName: string(),
        configs: array({
          name: string(),
          configOperation: int8(),
          value: string({ nullableSince: 0 }),
        }),
      }),
      validateOnly: bool(),
    },
    response: alteredResources,
  })),
})
