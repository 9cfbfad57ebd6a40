import { errorName, errorNumber } from '../../base/error-code.js'
import type { TakenSlice, TakeResponse } from '../inner/take.js'

/**
 * How the answer to Take lies on a ring, in host order:
 *
 *     count, news: i32 | count * (index, epoch, error, memoryId, position, bytes, lease, pad: i32,
 *                            fetchOffset, highWatermark: f64)
 */
const HEADER = 8
const ITEM = 48

export const takeResponseFrame = {
  bytes: (response: TakeResponse): number => HEADER + response.slices.length * ITEM,

  write(response: TakeResponse, view: DataView, at: number): void {
    view.setInt32(at, response.slices.length, true)
    view.setInt32(at + 4, response.news, true)
    let item = at + HEADER
    for (const slice of response.slices) {
      view.setInt32(item, slice.index, true)
      view.setInt32(item + 4, slice.epoch, true)
      view.setInt32(item + 8, errorNumber(slice.error), true)
      view.setInt32(item + 12, slice.memoryId, true)
      view.setInt32(item + 16, slice.position, true)
      view.setInt32(item + 20, slice.bytes, true)
      view.setInt32(item + 24, slice.lease, true)
      view.setFloat64(item + 32, slice.fetchOffset, true)
      view.setFloat64(item + 40, slice.highWatermark, true)
      item += ITEM
    }
  },

  read(view: DataView, at: number): TakeResponse {
    const slices: TakenSlice[] = []
    const count = view.getInt32(at, true)
    for (let number = 0; number < count; number++) {
      const item = at + HEADER + number * ITEM
      slices.push({
        index: view.getInt32(item, true),
        epoch: view.getInt32(item + 4, true),
        error: errorName(view.getInt32(item + 8, true)),
        memoryId: view.getInt32(item + 12, true),
        position: view.getInt32(item + 16, true),
        bytes: view.getInt32(item + 20, true),
        lease: view.getInt32(item + 24, true),
        fetchOffset: view.getFloat64(item + 32, true),
        highWatermark: view.getFloat64(item + 40, true),
      })
    }
    return { api: 'Take', slices, news: view.getInt32(at + 4, true) }
  },
}
