import { meantName } from '../../base/config/meant-name.js'
import { ConfigError } from '../../base/errors.js'
import { acks } from './acks.js'
import { autoCommitLosesOrRepeats } from './auto-commit.js'
import { awaitingEachSend } from './awaiting-each-send.js'
import { batchSizeAndLinger } from './batch-size-and-linger.js'
import { bufferFull } from './buffer-full.js'
import { cooperativeAgainstEager } from './cooperative-against-eager.js'
import type { Experiment } from './experiment.js'
import { failover } from './failover.js'
import { fetchMinBytesAndWait } from './fetch-min-bytes-and-wait.js'
import { idempotentHandler } from './idempotent-handler.js'
import { idempotenceKeepsOrder, inFlightOneKeepsOrder, inFlightReorders } from './in-flight.js'
import { keyKeepsOrderPerKey } from './key-order.js'
import { idempotenceDeduplicates, retryDuplicates } from './lost-answer.js'
import { moreConsumersThanPartitions } from './more-consumers-than-partitions.js'
import { notEnoughReplicasAfterAppend } from './not-enough-replicas.js'
import { rebalanceRedelivers } from './rebalance-redelivers.js'
import { slowHandlerIsExpelled } from './slow-handler.js'

/** All experiments, in the order in which they are best read. */
export const EXPERIMENTS: readonly Experiment[] = [
  acks,
  failover,
  inFlightReorders,
  inFlightOneKeepsOrder,
  idempotenceKeepsOrder,
  retryDuplicates,
  idempotenceDeduplicates,
  keyKeepsOrderPerKey,
  notEnoughReplicasAfterAppend,
  awaitingEachSend,
  batchSizeAndLinger,
  bufferFull,
  fetchMinBytesAndWait,
  moreConsumersThanPartitions,
  cooperativeAgainstEager,
  rebalanceRedelivers,
  idempotentHandler,
  slowHandlerIsExpelled,
  autoCommitLosesOrRepeats,
]

/** Finds an experiment. Throws a ConfigError that names all experiments when there is none of that name. */
export function experimentNamed(name: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.name === name)
  if (found !== undefined) return found
  const names = EXPERIMENTS.map((experiment) => experiment.name)
  const meant = meantName(name, names, '; ')
  throw new ConfigError('experiment', `There is no experiment ${name}: there are ${names.join(', ')}${meant}`)
}
