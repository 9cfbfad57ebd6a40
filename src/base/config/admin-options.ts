/** The admin's options: Kafka's names and Kafka 4.2's defaults (class `AdminClientConfig`). */
import { ConfigError } from '../errors.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions, readOptions } from './definition.js'
import { RECONNECT_OPTIONS } from './reconnect-options.js'

const ADMIN_OPTIONS = {
  'request.timeout.ms': {
    type: 'int',
    default: 30_000,
    min: 0,
    doc: 'How long a request waits for its answer before it is sent again or fails.',
  },
  'default.api.timeout.ms': {
    type: 'int',
    default: 60_000,
    min: 0,
    doc: 'How long a call may take, with all its attempts. At least request.timeout.ms.',
  },
  'retry.backoff.ms': {
    type: 'long',
    default: 100,
    min: 0,
    doc: 'Wait before a call is tried again.',
  },
  ...RECONNECT_OPTIONS,
} as const satisfies OptionDefinitions

export type AdminOptions = Options<typeof ADMIN_OPTIONS>
export type GivenAdminOptions = GivenOptions<typeof ADMIN_OPTIONS>

/** Completes and checks an admin's options. Throws a `ConfigError`. */
export function parseAdminOptions(given: GivenAdminOptions): AdminOptions {
  const said = readOptions(ADMIN_OPTIONS, given, { what: 'admin' })
  return withApiTimeout(parseOptions(ADMIN_OPTIONS, said, { what: 'admin' }), said)
}

/**
 * Kafka: `KafkaAdminClient.configureDefaultApiTimeoutMs`. A default may be raised, a value that the user wrote may not.
 */
function withApiTimeout(options: AdminOptions, given: GivenAdminOptions): AdminOptions {
  const least = options['request.timeout.ms']
  if (options['default.api.timeout.ms'] >= least) return options
  if (given['default.api.timeout.ms'] !== undefined) {
    throw new ConfigError(
      'default.api.timeout.ms',
      `Cannot set default.api.timeout.ms to ${options['default.api.timeout.ms']}: ` +
        `it must be at least request.timeout.ms, which is ${least}`,
    )
  }
  return Object.freeze({ ...options, 'default.api.timeout.ms': least })
}
