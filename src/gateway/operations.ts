/**
 * What anybody may do, as bits: all that there is to do with a resource, since nobody is refused. A bit is `1 <<` the
 * code of an operation. (`AclEntry.supportedOperations`, `AuthHelper.authorizedOperations`)
 */
export const ALL_OPERATIONS = {
  /** Create, alter, describe, cluster action, describe and alter configs, idempotent write. */
  cluster: 8096,
  /** Read, write, create, delete, alter, describe, describe and alter configs. */
  topic: 3576,
  /** Read, delete, describe, describe and alter configs. */
  group: 3400,
} as const

/** Nobody has asked what it may do. */
export const NOT_ASKED = -(2 ** 31)
