import { expect, test } from 'vitest'
import { timestamp } from '../../../../src/base/ids.js'
import type { Broker } from '../../../../src/broker/broker.js'
import { WhiteBox } from '../../../../src/lab/simulate/white-box.js'

test('brokers that take turns without end are told of, though time goes on', () => {
  const whiteBox = new WhiteBox({ topic: 'simulated', minIsr: 1, lagMsMax: 1_000 })
  const broker: Pick<Broker, 'checkMemory' | 'checkReplay'> & { readonly partitions: [] } = {
    partitions: [],
    checkMemory() {},
    checkReplay() {},
  }
  whiteBox.brokerStarted(1, broker as unknown as Broker)
  const turn = (): void => {
    for (let now = 0; now < 300_000; now++) whiteBox.brokerTurned(1, timestamp(now))
  }
  expect(turn).toThrow('Brokers have taken 250,000 turns and go on')
})
