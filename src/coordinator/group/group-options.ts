/** What a coordinator knows of the broker's options, by Kafka's names. (`GroupCoordinatorConfig`) */
export interface GroupOptions {
  readonly 'group.initial.rebalance.delay.ms': number
  readonly 'group.min.session.timeout.ms': number
  readonly 'group.max.session.timeout.ms': number
  readonly 'group.max.size': number
  readonly 'offsets.retention.minutes': number
  readonly 'offsets.retention.check.interval.ms': number
  readonly 'offset.metadata.max.bytes': number
}
