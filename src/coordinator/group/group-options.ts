import type { BrokerOptions } from '../../base/config/broker-options.js'

/** What a coordinator knows of the broker's options. (`GroupCoordinatorConfig`) */
export type GroupOptions = Pick<
  BrokerOptions,
  | 'group.initial.rebalance.delay.ms'
  | 'group.min.session.timeout.ms'
  | 'group.max.session.timeout.ms'
  | 'group.max.size'
  | 'offsets.retention.minutes'
  | 'offsets.retention.check.interval.ms'
  | 'offset.metadata.max.bytes'
>
