import type { Acks } from '../../base/config/definition.js'
import { errorName, errorNumber } from '../../base/error-code.js'
import type { BatchReference, PartitionProduceResult, ProduceRequest, ProduceResponse } from '../apis/produce.js'

/**
 * How Produce lies on a ring, in host order (nothing but this process reads it):
 *
 *     request   acks i32 | timeout i32 | count i32 | count * (topicId, partition, memoryId, position, bytes: i32)
 *     response  count i32, pad | count * (topicId, partition, error, leader (-1: null): i32,
 *                          baseOffset, appendTime, startOffset: f64, leaderEpoch, records: i32)
 *                        | all record errors, `records` of each partition: i32
 */
const REQUEST_HEADER = 12
const REQUEST_ITEM = 20
const RESPONSE_HEADER = 8
const RESPONSE_ITEM = 48

export const produceRequestFrame = {
  bytes: (request: ProduceRequest): number => REQUEST_HEADER + request.batches.length * REQUEST_ITEM,

  write(request: ProduceRequest, view: DataView, at: number): void {
    view.setInt32(at, request.acks, true)
    view.setInt32(at + 4, request.timeoutMs, true)
    view.setInt32(at + 8, request.batches.length, true)
    let item = at + REQUEST_HEADER
    for (const batch of request.batches) {
      view.setInt32(item, batch.topicId, true)
      view.setInt32(item + 4, batch.partition, true)
      view.setInt32(item + 8, batch.memoryId, true)
      view.setInt32(item + 12, batch.position, true)
      view.setInt32(item + 16, batch.bytes, true)
      item += REQUEST_ITEM
    }
  },

  read(view: DataView, at: number): ProduceRequest {
    const batches: BatchReference[] = []
    const count = view.getInt32(at + 8, true)
    for (let index = 0; index < count; index++) {
      const item = at + REQUEST_HEADER + index * REQUEST_ITEM
      batches.push({
        topicId: view.getInt32(item, true),
        partition: view.getInt32(item + 4, true),
        memoryId: view.getInt32(item + 8, true),
        position: view.getInt32(item + 12, true),
        bytes: view.getInt32(item + 16, true),
      })
    }
    return { api: 'Produce', acks: view.getInt32(at, true) as Acks, timeoutMs: view.getInt32(at + 4, true), batches }
  },
}

export const produceResponseFrame = {
  bytes(response: ProduceResponse): number {
    let bytes = RESPONSE_HEADER + response.partitions.length * RESPONSE_ITEM
    for (const { recordErrors } of response.partitions) if (recordErrors !== undefined) bytes += 4 * recordErrors.length
    return bytes
  },

  write(response: ProduceResponse, view: DataView, at: number): void {
    view.setInt32(at, response.partitions.length, true)
    let item = at + RESPONSE_HEADER
    let tail = item + response.partitions.length * RESPONSE_ITEM
    for (const result of response.partitions) {
      view.setInt32(item, result.topicId, true)
      view.setInt32(item + 4, result.partition, true)
      view.setInt32(item + 8, errorNumber(result.error), true)
      view.setInt32(item + 12, result.currentLeader?.leader ?? -1, true)
      view.setFloat64(item + 16, result.baseOffset, true)
      view.setFloat64(item + 24, result.logAppendTimeMs, true)
      view.setFloat64(item + 32, result.logStartOffset, true)
      view.setInt32(item + 40, result.currentLeader?.leaderEpoch ?? -1, true)
      view.setInt32(item + 44, result.recordErrors?.length ?? 0, true)
      if (result.recordErrors !== undefined) {
        for (const index of result.recordErrors) {
          view.setInt32(tail, index, true)
          tail += 4
        }
      }
      item += RESPONSE_ITEM
    }
  },

  read(view: DataView, at: number): ProduceResponse {
    const partitions: PartitionProduceResult[] = []
    const count = view.getInt32(at, true)
    let tail = at + RESPONSE_HEADER + count * RESPONSE_ITEM
    for (let index = 0; index < count; index++) {
      const item = at + RESPONSE_HEADER + index * RESPONSE_ITEM
      const records = view.getInt32(item + 44, true)
      const leader = view.getInt32(item + 12, true)
      partitions.push({
        topicId: view.getInt32(item, true),
        partition: view.getInt32(item + 4, true),
        error: errorName(view.getInt32(item + 8, true)),
        baseOffset: view.getFloat64(item + 16, true),
        logAppendTimeMs: view.getFloat64(item + 24, true),
        logStartOffset: view.getFloat64(item + 32, true),
        currentLeader: leader < 0 ? null : { leader, leaderEpoch: view.getInt32(item + 40, true) },
        ...(records > 0 && { recordErrors: readRecordErrors(view, tail, records) }),
      })
      tail += 4 * records
    }
    return { api: 'Produce', partitions }
  },
}

function readRecordErrors(view: DataView, at: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => view.getInt32(at + 4 * index, true))
}
