import { alterConfigs } from '../../protocol/apis/alter-configs.js'
import { describeConfigs } from '../../protocol/apis/describe-configs.js'
import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.js'
import { withFewRepeats } from '../named-twice.js'
import { type Passage, passedOn } from '../passage.js'

/** The APIs that tell and change options: brokers say what Kafka's schema says. */
export const configPassages: readonly Passage[] = [
  passedOn(describeConfigs, {
    isLarge: true,
    request: (message) => ({
      ...message,
      resources: withFewRepeats(
        message.resources,
        ({ resourceType, resourceName }) => `${resourceType} ${resourceName}`,
      ),
    }),
  }),
  passedOn(alterConfigs),
  passedOn(incrementalAlterConfigs),
]
