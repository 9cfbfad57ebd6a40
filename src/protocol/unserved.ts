import { apiVersions } from './apis/api-versions.js'
import { consumerGroupDescribe } from './apis/consumer-group-describe.js'
import { consumerGroupHeartbeat } from './apis/consumer-group-heartbeat.js'
import { saslAuthenticate } from './apis/sasl-authenticate.js'
import { saslHandshake } from './apis/sasl-handshake.js'
import { CONSUMER_OFFSETS } from './records/consumer-offsets.js'

/**
 * Kafka's schemas that nobody in the house uses yet. Whoever serves such an API moves its line to the table of APIs,
 * and whoever keeps such a record takes it from its own file.
 */
export const UNSERVED = {
  apis: [apiVersions, consumerGroupHeartbeat, consumerGroupDescribe, saslHandshake, saslAuthenticate],
  records: CONSUMER_OFFSETS.flatMap(({ key, value }) => [key, value]),
} as const
