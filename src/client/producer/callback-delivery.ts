import type { KafkaError } from '../../base/errors.js'
import { throwLater } from '../../base/throw-later.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { RecordDelivery } from '../batches/delivery.js'
import type { ProducerErrors } from './producer-errors.js'
import type { DeliveryCallback } from './producer-record.js'

/** Tells the callback of one record of `produce` what became of it. */
export class CallbackDelivery implements RecordDelivery {
  readonly isAwaited = false
  readonly #callback: DeliveryCallback
  readonly #errors: Pick<ProducerErrors, 'of'>

  constructor(callback: DeliveryCallback, errors: Pick<ProducerErrors, 'of'>) {
    this.#callback = callback
    this.#errors = errors
  }

  noteBatch(): void {}

  settled(report: BatchReport, index: number): void {
    const { topic, partition, baseOffset, error } = report
    const offset = baseOffset < 0 ? -1 : baseOffset + index
    try {
      if (error === 'NONE') this.#callback(null, { topic, partition, offset })
      else this.#callback(this.#errors.of(report), null)
    } catch (thrown) {
      throwLater(thrown)
    }
  }

  failed(error: KafkaError): void {
    try {
      this.#callback(error, null)
    } catch (thrown) {
      throwLater(thrown)
    }
  }
}
