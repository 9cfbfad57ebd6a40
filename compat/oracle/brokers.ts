/** What both brokers are started with. */
export const SETTINGS = {
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'group.max.size': 3,
  // Groups share one partition, so that whoever has been told of a coordinator knows that all of them are loaded.
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
} as const

/** A broker that scripts are played to. */
export interface OracleBroker {
  /** `host:port`. */
  readonly server: string
  stop(): Promise<void>
}
